"""`python -m arb.scanner` runs the service; `python -m arb.scanner scan FILE` scans a recorded market."""

import sys


def _start() -> None:
    if sys.argv[1:2] == ["scan"]:
        from arb.scanner.scan_command import run

        sys.exit(run(sys.argv[2:]))
    from arb.scanner.main import main

    main()


_start()
