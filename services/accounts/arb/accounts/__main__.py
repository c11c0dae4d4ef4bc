"""`python -m arb.accounts`."""

from arb.accounts.main import main

main()
