"""`python -m arb.gateway`."""

from arb.gateway.main import main

main()
