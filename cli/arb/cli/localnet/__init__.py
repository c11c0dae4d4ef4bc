"""What `arb localnet` does with a local network, reached by URL only."""
