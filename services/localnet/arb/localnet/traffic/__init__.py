"""Traffic: the market of a local network, seeded or recorded, made of ordinary signed transactions."""

from typing import Protocol

from arb.localnet.node.node import Node
from arb.localnet.settings import Settings
from arb.localnet.traffic.contracts.deployment import Deployment
from arb.localnet.traffic.errors import TrafficError
from arb.localnet.traffic.replay import RecordedMarket
from arb.localnet.traffic.seeded import SeededMarket

__all__ = ["Traffic", "TrafficError", "start"]


class Traffic(Protocol):
    """A market that runs."""

    @property
    def contracts(self) -> Deployment | None:
        """The contracts it has deployed, if any."""

    async def start(self) -> None:
        """Set the market up, before anything is served."""

    async def stop(self) -> None:
        """Send nothing any more."""


async def start(node: Node, settings: Settings) -> Traffic:
    """Set up the recorded market of `settings.pools`, else the seeded one, and let it trade before every close.

    With `settings.traffic` off, recorded pools are loaded and left as they are.

    Raises:
        TrafficError: the recording cannot be used, or the network refused to have the market set up.
    """
    traffic: Traffic
    if settings.pools is not None:
        traffic = RecordedMarket(node, settings.pools, replay=settings.traffic)
    else:
        traffic = SeededMarket(node, settings)
    await traffic.start()
    return traffic
