"""The networks a service can be pointed at, and what each implies unless settings say otherwise."""

from dataclasses import dataclass
from typing import Literal

NetworkName = Literal["LOCAL", "TESTNET", "PUBLIC"]


@dataclass(frozen=True, slots=True)
class NetworkPreset:
    """Passphrase and default endpoints. No RPC default: it must be given."""

    passphrase: str
    horizon_url: str
    rpc_url: str | None


PRESETS: dict[NetworkName, NetworkPreset] = {
    "LOCAL": NetworkPreset("Standalone Network ; February 2017", "http://localhost:8000", "http://localhost:8000/rpc"),
    "TESTNET": NetworkPreset(
        "Test SDF Network ; September 2015",
        "https://horizon-testnet.stellar.org",
        "https://soroban-testnet.stellar.org",
    ),
    "PUBLIC": NetworkPreset("Public Global Stellar Network ; September 2015", "https://horizon.stellar.org", None),
}
