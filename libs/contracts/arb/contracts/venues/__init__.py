"""Contracts that others deployed, each with its own calls: exchanges, tokens, oracles, the detector."""
