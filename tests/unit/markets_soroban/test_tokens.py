"""Token contracts of assets: the network's own addresses, and what is no address."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arb.markets.asset import NATIVE, Asset
from arb.markets.errors import ContractAddressError
from arb.markets.soroban.tokens import AssetTokens, asset_contract, contract_address, contract_key

PUBLIC = "Public Global Stellar Network ; September 2015"
USDC = Asset("USDC", "GA5ZSEJYB37JRC5AVCIA5MOP4RHTM335X2KGX3IHOJAPP5RE34K4KZVN")
NATIVE_CONTRACT = "CAS3J7GYLGXMF6TDJBBYYSE3HQ6BBSMLNUQ34T6TZMYMW2EVH34XOWMA"
USDC_CONTRACT = "CCW67TSZV3SSS2HXMBQ5JFGCKJNXKZM7UQUWUZPUTHXSTZLEO7SJMI75"


def test_the_addresses_everyone_knows() -> None:
    assert asset_contract(NATIVE, PUBLIC) == NATIVE_CONTRACT
    assert asset_contract(USDC, PUBLIC) == USDC_CONTRACT


def test_long_codes_and_other_networks_have_addresses_of_their_own() -> None:
    y_usdc = Asset("yUSDC", "GDGTVWSM4MGS4T7Z6W4RPWOCHE2I6RDFCIFZGS3DOA63LWQTRNZNTTFF")
    assert asset_contract(y_usdc, PUBLIC) == "CDOFW7HNKLUZRLFZST4EW7V3AV4JI5IHMT6BPXXSY2IEFZ4NE5TWU2P4"
    assert asset_contract(NATIVE, "Standalone Network ; February 2017") != NATIVE_CONTRACT


def test_a_map_reads_both_ways_and_knows_only_its_own() -> None:
    tokens = AssetTokens(PUBLIC, [NATIVE])
    assert tokens.token(NATIVE) == NATIVE_CONTRACT
    assert tokens.asset(NATIVE_CONTRACT) == NATIVE
    assert tokens.token(USDC) is None
    assert tokens.asset(USDC_CONTRACT) is None


@given(st.binary(min_size=32, max_size=32))
def test_keys_and_addresses_are_one_to_one(key: bytes) -> None:
    assert contract_key(contract_address(key)) == key


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "56 characters"),
        ("GA5ZSEJYB37JRC5AVCIA5MOP4RHTM335X2KGX3IHOJAPP5RE34K4KZVN", "C first"),
        (NATIVE_CONTRACT[:-1], "56 characters"),
        (NATIVE_CONTRACT[:-1] + "B", "checksum"),
        (NATIVE_CONTRACT[:-1] + "1", "base32"),
        ("CB" * 28, "version byte|checksum"),
    ],
)
def test_what_is_no_contract_address_is_named(text: str, why: str) -> None:
    with pytest.raises(ContractAddressError, match=why):
        contract_key(text)


def test_a_short_key_has_no_address() -> None:
    with pytest.raises(ContractAddressError, match="32 bytes, got 31"):
        contract_address(bytes(31))
