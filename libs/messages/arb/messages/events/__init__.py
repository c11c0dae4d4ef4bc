"""Every event of the platform. Importing this package fills the registry of event types."""

from arb.messages.events import account, engine, limits, opportunity, trade

__all__ = ["account", "engine", "limits", "opportunity", "trade"]
