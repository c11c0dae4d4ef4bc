"""Settings of the accounts service beside those every service has."""

from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, model_validator
from pydantic_core import PydanticCustomError

from arb.runtime.settings import ServiceSettings

_FRIENDBOTS = {"TESTNET": "https://friendbot.stellar.org"}


class AccountsSettings(ServiceSettings):
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
    max_fee_per_operation: int = Field(
        100_000, ge=100, validation_alias="ARB_MAX_FEE_PER_OPERATION", description="stroops, at least 100"
    )
    friendbot_url: str = Field("", validation_alias="ARB_FRIENDBOT_URL", description="an http(s) URL")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.channel_target <= self.channel_minimum:
            raise _wrong("ARB_CHANNEL_TARGET", f"={self.channel_target} is not above ARB_CHANNEL_MINIMUM")
        if self.keystore_passphrase is None and self.keystore_passphrase_file is None:
            raise _wrong("ARB_KEYSTORE_PASSPHRASE", "is missing, and so is ARB_KEYSTORE_PASSPHRASE_FILE")
        return self

    @property
    def keystore_path(self) -> Path:
        """ARB_KEYSTORE, or `keystore.json` in the state directory."""
        return self.keystore or self.state_dir / "keystore.json"

    @property
    def friendbot(self) -> str | None:
        """Where accounts are funded for the asking; None on the public network."""
        if self.network == "PUBLIC":
            return None
        return self.friendbot_url or _FRIENDBOTS.get(self.network) or f"{self.horizon_url}/friendbot"

    def read_passphrase(self) -> SecretStr:
        """The keystore's passphrase. OSError when its file cannot be read; a final line break is not part of it."""
        if self.keystore_passphrase_file is not None:
            return SecretStr(self.keystore_passphrase_file.read_text(encoding="utf-8").rstrip("\r\n"))
        assert self.keystore_passphrase is not None
        return self.keystore_passphrase


def _wrong(variable: str, problem: str) -> PydanticCustomError:
    return PydanticCustomError("setting", "{problem}", {"variable": variable, "problem": problem})
