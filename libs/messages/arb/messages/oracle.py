"""A price as an oracle contract gave it."""

from pydantic import Field

from arb.messages.base import AssetText, Message, Stroops


class OraclePrice(Message):
    """`price` / 10^`decimals` of the oracle's base currency for one whole `asset`, as of `timestamp` (unix seconds)."""

    asset: AssetText
    price: Stroops = Field(gt=0)
    decimals: int = Field(ge=0, le=38)
    timestamp: int = Field(ge=0)
