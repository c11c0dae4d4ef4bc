"""Whether to start a local network or to use the one that is configured."""

import os
from pathlib import Path

from arb.runtime.settings import ServiceSettings


def starts_own_network(settings: ServiceSettings) -> bool:
    """A local network is started when STELLAR_NETWORK is LOCAL and nothing says where it is."""
    return settings.network == "LOCAL" and not _configured("STELLAR_HORIZON_URL")


def _configured(variable: str) -> bool:
    """Whether a variable is set in the environment or in .env."""
    if os.environ.get(variable):
        return True
    try:
        lines = Path(".env").read_text().splitlines()
    except OSError:
        return False
    pairs = (line.split("=", 1) for line in lines if "=" in line and not line.lstrip().startswith("#"))
    return any(name.strip() == variable and value.strip() for name, value in pairs)
