"""What `arb audit` does behind its verbs."""
