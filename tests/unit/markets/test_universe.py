"""What is traded is named by issuer: nothing that merely has a known code gets in."""

import pytest

from arb.markets.asset import Asset
from arb.markets.errors import AssetError
from arb.markets.universe import default_universe, universe

STRANGER = "GBZXN7PIRZGNMHGA7MUUUF4GWPY5AYPV6LY4UV2GL6VJGIQRXFDNMADI"


def test_added_assets_come_after_the_default_ones_each_once() -> None:
    default = default_universe("PUBLIC")
    added = universe("PUBLIC", [f"FOO:{STRANGER}", str(default[-1]), "native", f"FOO:{STRANGER}"])
    assert added == (*default, Asset("FOO", STRANGER))


@pytest.mark.parametrize("network", ["LOCAL", "TESTNET", "PUBLIC"])
@pytest.mark.parametrize("code", ["XLM", "xlm", "USDC", "usdc", "Eurc"])
def test_a_known_code_of_another_issuer_is_refused(network: str, code: str) -> None:
    with pytest.raises(AssetError, match=f"{code}:{STRANGER} looks like"):
        universe(network, [f"{code}:{STRANGER}"])


def test_a_secret_key_in_place_of_an_issuer_is_not_repeated() -> None:
    seed = "SAV76USXIJOBMEQXPANUOQM6F5LIOTLPDIDVRJBFFE2MDJXG24TAPUU7"
    with pytest.raises(AssetError, match="secret key") as refused:
        Asset.parse(f"USDC:{seed}")
    assert seed not in str(refused.value)
