"""What the scanner decides, without I/O, clock or randomness."""
