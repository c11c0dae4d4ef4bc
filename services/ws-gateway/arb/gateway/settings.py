"""Settings of the gateway beside the shared ones."""

from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import NoDecode

from arb.runtime.settings import ServiceSettings


class GatewaySettings(ServiceSettings):
    """Who may connect, and how many."""

    origins: Annotated[tuple[str, ...], NoDecode] = Field(
        ("http://localhost:8780", "http://127.0.0.1:8780"),
        validation_alias="ARB_WS_ORIGINS",
        description="origins of pages that may connect, comma separated",
    )
    max_clients: int = Field(
        1000, ge=1, le=100_000, validation_alias="ARB_WS_MAX_CLIENTS", description="a number from 1 to 100000"
    )

    @field_validator("origins", mode="before")
    @classmethod
    def _listed(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value
