"""Which assets the platform trades on which network, as data: one place, read by accounts, scanner and gateway.

Issuers of PUBLIC and TESTNET are those of the assets' own home domains. On LOCAL they are deterministic: the ed25519
seed of an issuer is SHA-256 of "localnet issuer " + CODE, and this file holds the public keys that follow from it.
Issuers are never discovered at run time: a code alone proves nothing, anybody may issue a "USDC".
"""

from collections.abc import Iterable
from typing import Final

from arb.markets.asset import NATIVE, Asset
from arb.markets.errors import AssetError

_ISSUERS: Final[dict[str, dict[str, str]]] = {
    "LOCAL": {
        "AQUA": "GAZD65EDX3PQOIY3WPY6FTURYK5VWUG4Q5OW4BDKFI6R7VY2WBPZTLNL",
        "yUSDC": "GCZDLEFQ6TSRZZLXC7UIWX6IFRYJAOVPFRXUTK7TGDYISQAGYDZUTZMY",
        "EURC": "GA6BLOQTLCBXMO7IPEUMZXIJ7QGKATGWJOKJYK5MT3SAZM5ZFSSELK5K",
        "BTCLN": "GARN6UI2UN6632WNZPSP35XV37IQRJMYTPKD53D2KYLOU4HDKE4X5SCT",
        "KALE": "GD7FGRJCWMZRZV7M33T6B4YMMJQJPN33DUCCPRHPPKUORPKLBBUBUPR5",
        "USDC": "GDMI7IA72IRMKDBBTV6O7FOCAELVGKRPZYNJY2BOCYZKO3BD2J5DG7GR",
    },
    "TESTNET": {
        "USDC": "GBBD47IF6LWK7P7MDEVSCWR7DPUWV3NY3DTQEVFL4NAT4AQH3ZLLFLA5",
        "EURC": "GB3Q6QDZYTHWT7E5PVS3W7FUT5GVAFC5KSZFFLPU25GO7VTC3NM2ZTVO",
    },
    "PUBLIC": {
        "AQUA": "GBNZILSTVQZ4R7IKQDGHYGY2QXL5QOFJYQMXPKWRRM5PAV7Y4M67AQUA",
        "yUSDC": "GDGTVWSM4MGS4T7Z6W4RPWOCHE2I6RDFCIFZGS3DOA63LWQTRNZNTTFF",
        "EURC": "GDHU6WRG4IEQXM5NZ4BMPKOXHW76MZM4Y2IEMFDVXBSDP6SJY4ITNPP2",
        "BTCLN": "GDPKQ2TSNJOFSEE7XSUXPWRP27H6GFGLWD7JCHNEYYWQVGFA543EVBVT",
        "KALE": "GBDVX4VELCDSQ54KQJYTNHXAHFLBCA77ZY2USQBM4CSHTTV7DME7KALE",
        "USDC": "GA5ZSEJYB37JRC5AVCIA5MOP4RHTM335X2KGX3IHOJAPP5RE34K4KZVN",
    },
}


def default_universe(network: str) -> tuple[Asset, ...]:
    """Native first, then the credit assets of `network` (LOCAL, TESTNET or PUBLIC). AssetError for another name."""
    issuers = _ISSUERS.get(network)
    if issuers is None:
        raise AssetError(f"network {network!r} has no asset universe: expected one of {', '.join(_ISSUERS)}")
    return (NATIVE, *(Asset(code, issuer) for code, issuer in issuers.items()))


def universe(network: str, extra: Iterable[str] = ()) -> tuple[Asset, ...]:
    """The default assets and those of `extra` (each "CODE:ISSUER"), each once.

    AssetError names a bad one: also one with the code of a default asset, in whatever case, and another issuer. People
    and dashboards tell assets by their codes, so it would pass for the one that it is not.
    """
    default = default_universe(network)
    genuine = {asset.code.lower(): asset for asset in default}
    added = [Asset.parse(text) for text in extra]
    for asset in added:
        known = genuine.get(asset.code.lower(), asset)
        if asset != known:
            raise AssetError(f"asset {asset} looks like {known} and is another one: only the latter is traded")
    return tuple(dict.fromkeys((*default, *added)))
