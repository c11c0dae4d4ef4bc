"""`python -m arb.localnet`."""

from arb.localnet.main import main

raise SystemExit(main())
