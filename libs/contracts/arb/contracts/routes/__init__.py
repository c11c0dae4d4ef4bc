"""Calls of the route executor contract: built by the executor, read back with distrust by the signer."""
