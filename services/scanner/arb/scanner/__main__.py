"""`python -m arb.scanner` runs the service; with a verb it looks at a recorded market.

`scan FILE`: pools recorded in a file. `replay`, `backtest`: the market record on the bus.
"""

import sys


def _start() -> None:
    match sys.argv[1:2]:
        case ["scan"]:
            from arb.scanner.scan_command import run as scan

            sys.exit(scan(sys.argv[2:]))
        case ["replay"] | ["backtest"]:
            from arb.scanner.record_commands import run as on_record

            sys.exit(on_record(sys.argv[1:]))
    from arb.scanner.main import main

    main()


_start()
