"""Pure decisions and folds of the executor: no I/O, no clock, no randomness."""
