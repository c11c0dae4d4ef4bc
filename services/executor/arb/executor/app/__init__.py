"""Use cases of the executor over its ports."""
