"""`python -m arb.auditor`."""

from arb.auditor.main import main

if __name__ == "__main__":
    main()
