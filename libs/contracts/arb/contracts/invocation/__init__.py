"""A contract call from wish to outcome: simulated, restored, authorised, paid for, and what its answers ask for."""
