"""`arb keys`: what a person does with the keystore while the service does not run, or beside it."""
