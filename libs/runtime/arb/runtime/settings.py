"""Settings every service shares, from the environment and `.env`; a wrong one stops the start with one line."""

import re
import sys
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    AliasChoices,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from arb.markets.amount import INT64_MAX
from arb.markets.asset import NATIVE, Asset
from arb.markets.errors import AssetError
from arb.markets.universe import universe
from arb.runtime.complaints import first_complaint
from arb.runtime.errors import EXIT_SETTINGS
from arb.runtime.failpoints import wanted
from arb.runtime.gateway_tokens import Rights, TokensError, is_loopback, parse_holders
from arb.runtime.logging import LogFormat, LogLevel
from arb.runtime.networks import PRESETS, NetworkName
from arb.runtime.strkeys import is_strkey

_INTEGER: Final = re.compile(r"-?[0-9]{1,19}")
_DECIMAL: Final = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,9})?")

FOR_TESTS: Final = ("ARB_FAILPOINT", "ARB_CLOCK_OFFSET_SECONDS")
"""Settings that no `.env` is meant to hold."""

Mode = Literal["paper", "live"]
Port = Annotated[int, Field(ge=0, le=65535)]


def _contract(value: str) -> str:
    if not is_strkey(value, "C"):
        raise PydanticCustomError("contract", "is not a contract id")
    return value


ContractId = Annotated[str, AfterValidator(_contract)]
"""A contract's address, `C…` with its checksum."""


class ServiceSettings(BaseSettings):
    """What every service reads. A service subclasses it and adds its own fields the same way.

    Each field names its variable as `validation_alias` and says what is accepted as `description`: the line that
    is printed for a wrong value is built from these two.
    """

    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8", env_ignore_empty=True, extra="ignore", frozen=True
    )

    network: NetworkName = Field("LOCAL", validation_alias="STELLAR_NETWORK", description="LOCAL, TESTNET or PUBLIC")
    horizon_url: str = Field("", validation_alias="STELLAR_HORIZON_URL", description="an http(s) URL")
    rpc_urls: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        validation_alias=AliasChoices("STELLAR_SOROBAN_RPC_URL", "STELLAR_RPC_URL"),
        description="http(s) URLs, comma separated",
    )
    network_passphrase: str = Field(
        "", validation_alias="STELLAR_NETWORK_PASSPHRASE", description="the passphrase of STELLAR_NETWORK"
    )
    detector_contract_id: ContractId | None = Field(
        None, validation_alias="ARBITRAGE_DETECTOR_CONTRACT_ID", description="a contract id, C and 55 characters"
    )
    oracle_contract_id: ContractId | None = Field(
        None, validation_alias="REFLECTOR_ORACLE_CONTRACT_ID", description="a contract id, C and 55 characters"
    )
    route_executor_contract_id: ContractId | None = Field(
        None, validation_alias="ARB_ROUTE_EXECUTOR_CONTRACT_ID", description="a contract id, C and 55 characters"
    )
    num_accounts: int = Field(10, ge=1, le=100, validation_alias="NUM_ACCOUNTS", description="a number from 1 to 100")
    scan_interval: float = Field(
        15.0, ge=1, le=3600, validation_alias="ARBITRAGE_SCAN_INTERVAL", description="seconds, from 1 to 3600"
    )
    nats_url: str = Field("nats://127.0.0.1:4222", validation_alias="NATS_URL", description="a nats:// or tls:// URL")
    connect_seconds: float = Field(
        30.0, gt=0, le=3600, validation_alias="ARB_CONNECT_SECONDS", description="seconds to wait for NATS, up to 3600"
    )
    mode: Mode = Field("paper", validation_alias="ARB_MODE", description="paper or live")
    state_dir: Path = Field(Path(".arb"), validation_alias="ARB_STATE_DIR", description="a directory")
    log_level: LogLevel = Field("INFO", validation_alias="ARB_LOG_LEVEL", description="DEBUG, INFO, WARNING or ERROR")
    log_format: LogFormat = Field("json", validation_alias="ARB_LOG_FORMAT", description="json or console")
    health_host: str = Field("127.0.0.1", validation_alias="ARB_HEALTH_HOST", description="an address to listen on")
    health_port: Port = Field(
        0, validation_alias="ARB_HEALTH_PORT", description="a port from 1 to 65535, or 0 for none"
    )
    ws_host: str = Field("127.0.0.1", validation_alias="ARB_WS_HOST", description="an address to listen on")
    ws_port: Port = Field(
        8768, validation_alias="ARB_WS_PORT", description="a port from 1 to 65535, or 0 for a free one"
    )
    http_port: Port = Field(
        8780, validation_alias="ARB_HTTP_PORT", description="a port from 1 to 65535, or 0 for a free one"
    )
    gateway_tokens_file: Path | None = Field(
        None, validation_alias="ARB_GATEWAY_TOKENS_FILE", description="a file of name:role:sha256 lines"
    )
    gateway_tokens: SecretStr | None = Field(
        None, validation_alias="ARB_GATEWAY_TOKENS", description="name:role:sha256 entries, comma separated"
    )
    gateway_anonymous: Rights | None = Field(
        None, validation_alias="ARB_GATEWAY_ANONYMOUS", description="none, viewer or, on LOCAL only, operator"
    )
    keystore: Path | None = Field(None, validation_alias="ARB_KEYSTORE", description="a file")
    keystore_passphrase: SecretStr | None = Field(
        None, validation_alias="ARB_KEYSTORE_PASSPHRASE", description="a passphrase"
    )
    keystore_passphrase_file: Path | None = Field(
        None, validation_alias="ARB_KEYSTORE_PASSPHRASE_FILE", description="a readable file that holds the passphrase"
    )
    extra_assets: Annotated[tuple[str, ...], NoDecode] = Field(
        (), validation_alias="ARB_ASSETS", description="CODE:ISSUER, comma separated"
    )

    failpoints: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        validation_alias="ARB_FAILPOINT",
        description="names from docs/faults.md, comma separated, each with *N for the Nth time; never on PUBLIC",
    )
    clock_offset: int = Field(
        0,
        ge=-86_400,
        le=86_400,
        validation_alias="ARB_CLOCK_OFFSET_SECONDS",
        description="seconds this service's clock is to be wrong by, for tests, up to a day; never on PUBLIC",
    )

    @classmethod
    def load(cls) -> Self:
        """The settings, or one line on stderr and exit code 2."""
        try:
            return cls()
        except ValidationError as error:
            print(cls.complaint(error), file=sys.stderr)  # noqa: T201  (logging is not set up without settings)
            raise SystemExit(EXIT_SETTINGS) from None

    @classmethod
    def complaint(cls, error: ValidationError) -> str:
        """One line for the first wrong setting: variable, value (unless secret), what was wrong, what is accepted."""
        return first_complaint(error, cls.model_fields.values())

    @property
    def assets(self) -> tuple[Asset, ...]:
        """The assets that are scanned and traded: those of the network's universe and of ARB_ASSETS."""
        return universe(self.network, self.extra_assets)

    @property
    def anonymous_rights(self) -> Rights:
        """What a client of the gateway may do that shows no token.

        Unless it is said: nothing where tokens are configured; without any, everything on a LOCAL network for
        programs of this machine, and looking on elsewhere.
        """
        if self.gateway_anonymous is not None:
            return self.gateway_anonymous
        if self.gateway_tokens_file is not None or self.gateway_tokens is not None:
            return "none"
        return "operator" if self.network == "LOCAL" and is_loopback(self.ws_host) else "viewer"

    @property
    def secrets(self) -> tuple[str, ...]:
        """Values the log must never show."""
        held = (getattr(self, name) for name in type(self).model_fields)
        return tuple(value.get_secret_value() for value in held if isinstance(value, SecretStr))

    @field_validator("*", mode="before")
    @classmethod
    def _plain_number(cls, value: Any, info: ValidationInfo) -> Any:
        """Numbers are ASCII digits: no 1_000, no 1e7, no digits of other scripts, nothing that 64 bits do not hold."""
        wanted = cls.model_fields[str(info.field_name)].annotation
        if not isinstance(value, str) or wanted not in (int, float):
            return value
        if not (_INTEGER if wanted is int else _DECIMAL).fullmatch(value.strip()):
            raise PydanticCustomError("number", "is not a number in plain digits")
        if abs(wanted(value)) > INT64_MAX:
            raise PydanticCustomError("number", "is more than 64 bits hold")
        return value

    @field_validator("network", "log_level", mode="before")
    @classmethod
    def _upper(cls, value: Any) -> Any:
        return value.upper() if isinstance(value, str) else value

    @field_validator("rpc_urls", "extra_assets", "failpoints", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("horizon_url", "nats_url")
    @classmethod
    def _url(cls, value: str, info: Any) -> str:
        return _checked_url(value, ("nats", "tls") if info.field_name == "nats_url" else ("http", "https"))

    @field_validator("rpc_urls")
    @classmethod
    def _urls(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_checked_url(value, ("http", "https")) for value in values)

    @field_validator("extra_assets")
    @classmethod
    def _assets(cls, values: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        for value in values:
            try:
                asset = Asset.parse(value)
            except AssetError:
                asset = NATIVE
            if asset.is_native:
                raise PydanticCustomError("asset", "holds {asset}, which is not CODE:ISSUER", {"asset": repr(value)})
        try:
            universe(str(info.data.get("network", "LOCAL")), values)
        except AssetError as wrong:
            raise PydanticCustomError("asset", "is wrong: {reason}", {"reason": str(wrong)}) from None
        return values

    @field_validator("failpoints")
    @classmethod
    def _places(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        try:
            for value in values:
                wanted(value)
        except ValueError as wrong:
            raise PydanticCustomError("failpoint", "is wrong: {reason}", {"reason": str(wrong)}) from None
        return values

    @field_validator("gateway_tokens")
    @classmethod
    def _holders(cls, value: SecretStr | None) -> SecretStr | None:
        try:
            parse_holders(value.get_secret_value().split(",") if value is not None else ())
        except TokensError as wrong:
            raise PydanticCustomError("setting", "is wrong: {reason}", {"reason": str(wrong)}) from None
        return value

    @model_validator(mode="after")
    def _operators_are_known(self) -> Self:
        if self.gateway_anonymous == "operator" and self.network != "LOCAL":
            raise _wrong("ARB_GATEWAY_ANONYMOUS", f"is 'operator': on {self.network} who trades has to show a token")
        return self

    @model_validator(mode="before")
    @classmethod
    def _presets(cls, given: Any) -> Any:
        """Fill in what the network implies, and refuse what contradicts it."""
        name = str(given.get("STELLAR_NETWORK", "LOCAL")).upper()
        preset = PRESETS.get(name)  # type: ignore[call-overload]
        if preset is None:
            return given
        given = dict(given)
        for variable in FOR_TESTS:
            if name == "PUBLIC" and given.get(variable):
                raise _wrong(variable, "is for tests: PUBLIC has real money on it")
        if not given.get("STELLAR_SOROBAN_RPC_URL") and not given.get("STELLAR_RPC_URL"):
            if preset.rpc_url is None:
                raise _wrong("STELLAR_SOROBAN_RPC_URL", f"is missing: {name} has no default RPC server")
            given["STELLAR_SOROBAN_RPC_URL"] = preset.rpc_url
        passphrase = given.setdefault("STELLAR_NETWORK_PASSPHRASE", preset.passphrase)
        if name != "LOCAL" and passphrase != preset.passphrase:
            raise _wrong("STELLAR_NETWORK_PASSPHRASE", f"is not the passphrase of {name}, {preset.passphrase!r}")
        # A local network may have any passphrase but that of a real one, on which `live` must not be the default.
        for other, real in PRESETS.items():
            if name == "LOCAL" and other != name and passphrase == real.passphrase:
                raise _wrong("STELLAR_NETWORK_PASSPHRASE", f"is that of {other}: set STELLAR_NETWORK={other}")
        given.setdefault("STELLAR_HORIZON_URL", preset.horizon_url)
        given.setdefault("ARB_MODE", "paper" if name == "PUBLIC" else "live")
        return given


def _wrong(variable: str, problem: str) -> PydanticCustomError:
    return PydanticCustomError("setting", "{problem}", {"variable": variable, "problem": problem})


def _checked_url(value: str, schemes: tuple[str, ...]) -> str:
    try:
        parts = urlsplit(value)
        valid = parts.scheme in schemes and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        valid = False
    if not valid:
        raise PydanticCustomError("url", "is not a URL of the kind wanted")
    return value.rstrip("/")
