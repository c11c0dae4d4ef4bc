"""Whether to start a local network or to use the one that is configured."""

import os
from pathlib import Path

from dotenv import dotenv_values

from arb.runtime.settings import ServiceSettings

_WHERE = {"STELLAR_HORIZON_URL", "STELLAR_SOROBAN_RPC_URL", "STELLAR_RPC_URL"}


def starts_own_network(settings: ServiceSettings) -> bool:
    """A local network is started when STELLAR_NETWORK is LOCAL and nothing says where it is."""
    return settings.network == "LOCAL" and not _WHERE & _configured()


def _configured() -> set[str]:
    """Variables that have a value in the environment or in .env, in upper case as settings ignore case."""
    given = {**(dotenv_values(Path(".env")) if Path(".env").is_file() else {}), **os.environ}
    return {name.upper() for name, value in given.items() if value}
