"""`python -m arb.executor`."""

from arb.executor.main import main

main()
