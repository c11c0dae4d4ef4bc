"""Scanner: an exact picture of the market, turned into opportunities at every ledger."""
