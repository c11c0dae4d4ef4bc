"""The one error root of arb.markets: a refusal of the market is a value, an exception means the input is wrong."""


class MarketsError(ValueError):
    """Input that no market could hold. The message names the value and what would be accepted."""


class AssetError(MarketsError):
    """Text or parts that are not an asset of the network."""


class AmountError(MarketsError):
    """Text or a number that is not an amount of the network."""


class ContractAddressError(MarketsError):
    """Text or bytes that are not the address of a contract."""


class OfferError(MarketsError):
    """An offer, price or limit the network would never store."""


class PoolError(MarketsError):
    """A pool state or a share amount the network would never store."""


class PathError(MarketsError):
    """A path payment the network would call malformed."""


class OracleError(MarketsError):
    """Oracle prices, decimals or times that no price could be computed from."""
