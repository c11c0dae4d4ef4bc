"""Settings of the gateway beside the shared ones."""

from typing import Annotated

from pydantic import Field
from pydantic_settings import NoDecode

from arb.runtime.settings import ServiceSettings


class GatewaySettings(ServiceSettings):
    """Where dashboards connect."""

    arb_ws_origins: Annotated[str, NoDecode] = Field(default="http://localhost:8780,http://127.0.0.1:8780")
    """Comma-separated origins of pages that may connect."""
    arb_ws_max_clients: int = Field(default=1000, ge=1, le=100_000)

    @property
    def origins(self) -> list[str]:
        """The origins, one by one."""
        return [origin.strip() for origin in self.arb_ws_origins.split(",") if origin.strip()]
