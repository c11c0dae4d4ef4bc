"""The arb command."""
