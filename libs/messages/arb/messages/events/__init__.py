"""Every event of the platform. Importing this package fills the registry of event types."""

from arb.messages.events import account, audit, detector, engine, limits, opportunity, trade, venue

__all__ = ["account", "audit", "detector", "engine", "limits", "opportunity", "trade", "venue"]
