"""Localnet: a local Stellar network in one process, for demo and tests."""
