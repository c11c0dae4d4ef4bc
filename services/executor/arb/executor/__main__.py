"""`python -m arb.executor` runs the service; with `replay` or `backtest` it looks at the record on the bus."""

import sys


def _start() -> None:
    if sys.argv[1:2] in (["replay"], ["backtest"]):
        from arb.executor.record_commands import run

        sys.exit(run(sys.argv[1:]))
    from arb.executor.main import main

    main()


_start()
