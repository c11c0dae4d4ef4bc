"""`python -m arb.accounts` runs the service; `python -m arb.accounts keys VERB` looks after its keystore."""

import sys

from arb.accounts.adapters.no_dumps import forbid_dumps


def _start() -> None:
    forbid_dumps()
    if sys.argv[1:2] == ["keys"]:
        from arb.accounts.keytool.command import run

        sys.exit(run(sys.argv[2:]))
    from arb.accounts.main import main

    main()


_start()
