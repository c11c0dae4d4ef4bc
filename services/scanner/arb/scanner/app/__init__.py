"""Use cases of the scanner: follow the markets, publish what pays while the engine runs, answer for both."""
