"""What can go wrong in any verb, as one line and an exit code. A person never sees a trace."""

from collections.abc import Iterator
from contextlib import contextmanager

from arb.cli.interrupt import Interrupted
from arb.cli.launcher.ports import PortInUseError
from arb.cli.launcher.process import ProcessFailedError
from arb.cli.launcher.state import StateError
from arb.cli.output import Exit, fail
from arb.cli.session import NotReadyError
from arb.contracts.errors import NetworkError
from arb.eventlog.errors import EventLogError, StoreUnavailableError
from arb.runtime.errors import StartupError

OWN_CODES = (Exit.USAGE, Exit.UNREACHABLE, Exit.PORT_TAKEN)
"""Exit codes that services share with this command line."""


@contextmanager
def one_line() -> Iterator[None]:
    """End with one line for every error that has a name."""
    try:
        yield
    except StateError as error:
        fail(str(error), Exit.USAGE)
    except PortInUseError as error:
        fail(str(error), Exit.PORT_TAKEN)
    except (ProcessFailedError, StartupError) as error:
        fail(str(error), next((code for code in OWN_CODES if code == error.exit_code), Exit.NEGATIVE))
    except NotReadyError as error:
        fail(str(error), Exit.NEGATIVE)
    except StoreUnavailableError as error:
        fail(str(error), Exit.UNREACHABLE)
    except EventLogError as error:
        fail(f"the record cannot be read: {error}", Exit.NEGATIVE)
    except NetworkError as error:
        fail(f"the network cannot be asked: {error}", Exit.UNREACHABLE)
    except Interrupted:
        fail("interrupted", Exit.NEGATIVE)
