"""Settings of the accounts service beside those every service has."""

import shlex
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import NoDecode

from arb.runtime.settings import ServiceSettings

RESERVE = 10_000_000
"""Stroops that an account without entries must keep: two base reserves."""
_FRIENDBOTS = {"TESTNET": "https://friendbot.stellar.org"}


class KeystoreSettings(ServiceSettings):
    """Where the keys are and what opens them."""

    keystore_new_passphrase: SecretStr | None = Field(
        None, validation_alias="ARB_KEYSTORE_NEW_PASSPHRASE", description="a passphrase, for `arb keys rotate`"
    )

    @property
    def keystore_path(self) -> Path:
        """ARB_KEYSTORE, or `keystore.json` in the state directory."""
        return self.keystore or self.state_dir / "keystore.json"

    @property
    def has_passphrase(self) -> bool:
        return self.keystore_passphrase is not None or self.keystore_passphrase_file is not None

    @property
    def secrets(self) -> tuple[str, ...]:
        """Values the log must never show: the content of the passphrase file too, where it can be read."""
        try:
            return (*super().secrets, self.read_passphrase().get_secret_value())
        except (OSError, ValueError):
            return super().secrets

    def read_passphrase(self) -> SecretStr:
        """The keystore's passphrase. A final line break of its file is not part of it.

        OSError when the file cannot be read, UnicodeDecodeError when it is no text, ValueError when nothing is set.
        """
        if self.keystore_passphrase_file is not None:
            return SecretStr(read_passphrase_file(self.keystore_passphrase_file))
        if self.keystore_passphrase is None:
            raise ValueError("neither ARB_KEYSTORE_PASSPHRASE nor ARB_KEYSTORE_PASSPHRASE_FILE is set")
        return self.keystore_passphrase


class AccountsSettings(KeystoreSettings):
    """What the accounts service reads. Amounts are stroops of XLM."""

    channel_minimum: int = Field(
        50_000_000, ge=20_000_000, validation_alias="ARB_CHANNEL_MINIMUM", description="stroops, at least 20000000"
    )
    channel_target: int = Field(
        200_000_000, ge=20_000_000, validation_alias="ARB_CHANNEL_TARGET", description="stroops, above the minimum"
    )
    max_signed_fee: int = Field(
        10_000_000, ge=100, validation_alias="ARB_MAX_SIGNED_FEE", description="stroops for a whole transaction"
    )
    max_signed_amount: int = Field(
        100_000_0000000,
        gt=0,
        validation_alias="ARB_MAX_SIGNED_AMOUNT",
        description="stroops of any asset that one payment or call may send, whatever comes back",
    )
    max_fee_per_operation: int = Field(
        100_000, ge=100, validation_alias="ARB_MAX_FEE_PER_OPERATION", description="stroops, at least 100"
    )
    signer_command: Annotated[tuple[str, ...], NoDecode] = Field(
        (), validation_alias="ARB_SIGNER_COMMAND", description="a program with its arguments, quoted as in a shell"
    )
    signer_seconds: float = Field(
        1.5, gt=0, le=60, validation_alias="ARB_SIGNER_SECONDS", description="seconds for one signature, up to 60"
    )
    friendbot_url: str = Field("", validation_alias="ARB_FRIENDBOT_URL", description="an http(s) URL")

    audit_anchor: bool = Field(
        False, validation_alias="ARB_AUDIT_ANCHOR", description="on or off: the record's hash on the ledger"
    )
    audit_anchor_seconds: float = Field(
        3600.0, gt=0, validation_alias="ARB_AUDIT_ANCHOR_SECONDS", description="seconds between two anchors"
    )

    @field_validator("signer_command", mode="before")
    @classmethod
    def _words(cls, value: Any) -> Any:
        try:
            return tuple(shlex.split(value)) if isinstance(value, str) else value
        except ValueError as error:
            raise _wrong("ARB_SIGNER_COMMAND", f"cannot be read: {error}") from None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.channel_target <= self.channel_minimum:
            raise _wrong("ARB_CHANNEL_TARGET", f"={self.channel_target} is not above ARB_CHANNEL_MINIMUM")
        if self.channel_minimum < RESERVE + self.max_signed_fee:
            short = f"={self.channel_minimum} cannot pay a fee of ARB_MAX_SIGNED_FEE={self.max_signed_fee} beyond"
            raise _wrong("ARB_CHANNEL_MINIMUM", f"{short} the minimum balance of {RESERVE} stroops")
        if not self.has_passphrase:
            raise _wrong("ARB_KEYSTORE_PASSPHRASE", "is missing, and so is ARB_KEYSTORE_PASSPHRASE_FILE")
        return self

    @property
    def friendbot(self) -> str | None:
        """Where accounts are funded for the asking; None on the public network."""
        if self.network == "PUBLIC":
            return None
        return self.friendbot_url or _FRIENDBOTS.get(self.network) or f"{self.horizon_url}/friendbot"


def read_passphrase_file(path: Path) -> str:
    """The first and only line of a file. OSError, UnicodeDecodeError."""
    return path.read_text(encoding="utf-8").rstrip("\r\n")


def _wrong(variable: str, problem: str) -> PydanticCustomError:
    return PydanticCustomError("setting", "{problem}", {"variable": variable, "problem": problem})
