"""The executor's ports on the real world."""
