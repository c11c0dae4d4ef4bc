"""What the accounts service decides, without I/O, clock or randomness."""
