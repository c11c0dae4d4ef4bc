"""Values read off the ledger that several messages carry."""

from pydantic import Field

from arb.messages.base import AccountText, AssetText, Message, Stroops


class BalanceChange(Message):
    """What one transaction did to one balance of one of our own accounts, fees included."""

    account: AccountText
    asset: AssetText
    delta: Stroops


class Balance(Message):
    """A balance at the close of a ledger, in stroops."""

    asset: AssetText
    amount: Stroops = Field(ge=0)
