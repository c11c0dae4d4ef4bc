"""Settings of the gateway beside the shared ones."""

from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import NoDecode

from arb.runtime.gateway_tokens import Holder, parse_holders
from arb.runtime.settings import ServiceSettings


class GatewaySettings(ServiceSettings):
    """Who may connect, and how many."""

    origins: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        validation_alias="ARB_WS_ORIGINS",
        description="origins such as https://desk.example, comma separated",
    )
    max_clients: int = Field(
        1000, ge=1, le=100_000, validation_alias="ARB_WS_MAX_CLIENTS", description="a number from 1 to 100000"
    )

    @field_validator("origins", mode="before")
    @classmethod
    def _listed(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @property
    def allowed_origins(self) -> tuple[str, ...]:
        """Pages that may connect: those named, by default the dashboard that is served beside the gateway."""
        own = tuple(f"http://{host}:{self.http_port}" for host in ("localhost", "127.0.0.1"))
        return self.origins or own

    @property
    def holders(self) -> tuple[Holder, ...]:
        """Those of ARB_GATEWAY_TOKENS."""
        given = self.gateway_tokens
        return parse_holders(given.get_secret_value().split(",")) if given is not None else ()
