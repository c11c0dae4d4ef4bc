"""Executor: an opportunity becomes at most one transaction."""
