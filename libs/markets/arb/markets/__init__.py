"""Exact market mathematics: assets, amounts, quotes, path payments, cycle search, plans."""
