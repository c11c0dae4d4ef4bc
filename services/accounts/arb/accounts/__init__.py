"""Accounts: creates and funds accounts, holds the keys, signs by policy."""
