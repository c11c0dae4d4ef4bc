"""Which token a person shows the gateway: one that was configured, or what a run on this machine left for its owner."""

from pathlib import Path

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from arb.cli.launcher.state import NoStateError, StateDir
from arb.cli.output import Exit, fail


class _Configured(BaseSettings):
    """From the environment or `.env`. Never from an argument: those are in every process list."""

    model_config = SettingsConfigDict(env_file=".env", env_ignore_empty=True, extra="ignore", env_prefix="ARB_GATEWAY_")

    token_file: Path | None = None
    token: SecretStr | None = None
    tokens_file: Path | None = None


CREDENTIALS = tuple(f"ARB_GATEWAY_{name.upper()}" for name in ("token_file", "token"))
"""Variables that are a person's own: no service reads them."""


def token_for(url: str) -> str | None:
    """The token for the gateway at `url`; None when there is none. Ends the program when the file cannot be read."""
    given = _Configured()
    if given.token_file is not None:
        try:
            return given.token_file.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it holds no token"
            fail(f"ARB_GATEWAY_TOKEN_FILE={given.token_file} cannot be used: {reason}", Exit.USAGE)
    if given.token is not None:
        return given.token.get_secret_value().strip()
    try:
        return StateDir.existing(None).access_token(url)
    except NoStateError:
        return None


def tokens_file() -> Path:
    """The list of holders that is configured. Ends the program when there is none."""
    given = _Configured().tokens_file
    if given is None:
        fail("which list? --file FILE, or ARB_GATEWAY_TOKENS_FILE in the environment or .env", Exit.USAGE)
    return given
