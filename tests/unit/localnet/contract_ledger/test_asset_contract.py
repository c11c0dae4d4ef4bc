"""The Stellar Asset Contract: the same money as trustlines and accounts, and what contracts hold of it."""

import pytest
from stellar_sdk import Asset, AuthorizationFlag, MuxedAccount, xdr
from support.contract_ledger import ContractLedger
from support.counter_contract import counter_wasm

from arb.localnet.ledger.assets import asset_of
from arb.localnet.soroban.values import FALSE, TRUE, VOID, address, boolean, i128, string, symbol, u32, u64
from arb.markets.amount import INT64_MAX


@pytest.fixture
def world() -> ContractLedger:
    return ContractLedger("issuer", "alice", "bob")


@pytest.fixture
def usd(world: ContractLedger) -> Asset:
    asset = Asset("USD", world.address("issuer"))
    flags = AuthorizationFlag.AUTHORIZATION_REVOCABLE | AuthorizationFlag.AUTHORIZATION_CLAWBACK_ENABLED
    issuer = world.keys["issuer"]
    world.classic(world.builder(issuer).append_set_options_op(set_flags=flags), issuer)
    world.trust("alice", asset, "issuer", "100")
    world.trust("bob", asset, "issuer", "5")
    return asset


@pytest.fixture
def token(world: ContractLedger, usd: Asset) -> str:
    return world.asset_contract("alice", usd)


def held(world: ContractLedger, name: str, asset: Asset) -> int:
    line = world.ledger.root.trustline(world.address(name), asset_of(asset.to_xdr_object()))
    assert line is not None
    return line.balance


def topics(applied: tuple[bytes, ...]) -> list[str]:
    event = xdr.ContractEvent.from_xdr_bytes(applied[0])
    assert event.body.v0 is not None
    first = event.body.v0.topics[0].sym
    assert first is not None
    return [first.sc_symbol.decode(), *(topic.type.name for topic in event.body.v0.topics[1:])]


def test_it_describes_its_asset(world: ContractLedger, usd: Asset, token: str) -> None:
    assert world.read("alice", token, "name") == string(f"USD:{usd.issuer}")
    assert world.read("alice", token, "symbol") == string("USD")
    assert world.read("alice", token, "decimals") == u32(7)
    assert world.read("alice", token, "admin") == address(usd.issuer or "")
    assert world.read("alice", token, "balance", address(usd.issuer or "")) == i128(INT64_MAX)


def test_a_transfer_moves_trustlines(world: ContractLedger, usd: Asset, token: str) -> None:
    # when alice sends a quarter to bob
    args = address(world.address("alice")), address(world.address("bob")), i128(25 * 10**7)
    done = world.call("alice", token, "transfer", *args)
    # then the trustlines have moved and the event says so
    assert (done.code, done.value) == ("SUCCESS", VOID)
    assert (held(world, "alice", usd), held(world, "bob", usd)) == (75 * 10**7, 30 * 10**7)
    assert topics(done.applied.events) == ["transfer", "SCV_ADDRESS", "SCV_ADDRESS", "SCV_STRING"]


def test_a_muxed_destination_is_told_in_the_event(world: ContractLedger, usd: Asset, token: str) -> None:
    muxed = MuxedAccount(world.address("bob"), 77).account_muxed
    assert muxed is not None
    done = world.call("alice", token, "transfer", address(world.address("alice")), address(muxed), i128(1))
    event = xdr.ContractEvent.from_xdr_bytes(done.applied.events[0])
    assert event.body.v0 is not None
    assert event.body.v0.data.map is not None
    assert {entry.key.sym.sc_symbol for entry in event.body.v0.data.map.sc_map if entry.key.sym} == {
        b"amount",
        b"to_muxed_id",
    }
    assert event.body.v0.data.map.sc_map[1].val.u64 == xdr.Uint64(u64(77)[1])


@pytest.mark.parametrize(
    ("amount", "error"), [(-1, "Contract, #8"), (101 * 10**7, "Contract, #10"), (2**64, "Contract, #12")]
)
def test_what_cannot_be_transferred(world: ContractLedger, token: str, amount: int, error: str) -> None:
    args = address(world.address("alice")), address(world.address("bob")), i128(amount)
    assert f"Error({error})" in world.refusal("alice", token, "transfer", *args)


def test_missing_trustlines_and_wrong_arguments(world: ContractLedger, usd: Asset, token: str) -> None:
    stranger = ContractLedger("stranger").address("stranger")
    args = address(world.address("alice")), address(stranger), i128(1)
    assert "Error(Contract, #13)" in world.refusal("alice", token, "transfer", *args)
    assert "Error(Value, UnexpectedSize)" in world.refusal("alice", token, "transfer", *args[:2])
    assert "Error(Value, UnexpectedType)" in world.refusal("alice", token, "balance", u32(1))
    assert "Error(Context, MissingValue)" in world.refusal("alice", token, "nonsense")


def test_contracts_hold_balances_in_contract_data(world: ContractLedger, usd: Asset, token: str) -> None:
    # given a contract that was paid
    counter = world.deploy("alice", counter_wasm())
    args = address(world.address("alice")), address(counter), i128(10)
    assert world.call("alice", token, "transfer", *args).code == "SUCCESS"
    assert world.read("alice", token, "balance", address(counter)) == i128(10)
    # when the issuer claws back what it was paid
    assert world.call("issuer", token, "clawback", address(counter), i128(4)).code == "SUCCESS"
    assert world.call("issuer", token, "set_authorized", address(counter), boolean(False)).code == "SUCCESS"
    # then the rest stays, and is frozen
    assert world.read("alice", token, "balance", address(counter)) == i128(6)
    assert world.read("alice", token, "authorized", address(counter)) == FALSE
    assert "Error(Contract, #11)" in world.refusal("alice", token, "transfer", *args)


def test_issuing_and_burning(world: ContractLedger, usd: Asset, token: str) -> None:
    alice = address(world.address("alice"))
    minted = world.call("issuer", token, "mint", alice, i128(7))
    burnt = world.call("alice", token, "burn", alice, i128(3))
    assert topics(minted.applied.events) == ["mint", "SCV_ADDRESS", "SCV_STRING"]
    assert topics(burnt.applied.events) == ["burn", "SCV_ADDRESS", "SCV_STRING"]
    assert held(world, "alice", usd) == 100 * 10**7 + 4
    # and once the admin is another, the issuer mints no more
    world.call("issuer", token, "set_admin", address(world.address("bob")))
    assert world.call("bob", token, "mint", alice, i128(1)).code == "SUCCESS"


def test_trustlines_are_frozen_and_clawed_back(world: ContractLedger, usd: Asset, token: str) -> None:
    alice = address(world.address("alice"))
    assert world.call("issuer", token, "set_authorized", alice, boolean(False)).code == "SUCCESS"
    assert world.read("alice", token, "authorized", alice) == FALSE
    args = alice, address(world.address("bob")), i128(1)
    assert "Error(Contract, #11)" in world.refusal("alice", token, "transfer", *args)
    assert world.call("issuer", token, "clawback", alice, i128(10**7)).code == "SUCCESS"
    assert held(world, "alice", usd) == 99 * 10**7
    assert world.call("issuer", token, "set_authorized", alice, boolean(True)).code == "SUCCESS"
    assert world.read("alice", token, "authorized", alice) == TRUE


def test_allowances_are_spent_and_expire(world: ContractLedger, usd: Asset, token: str) -> None:
    # given bob may take 10 of alice's for some ledgers
    alice, bob = address(world.address("alice")), address(world.address("bob"))
    until = world.ledger.last.seq + 8
    assert world.call("alice", token, "approve", alice, bob, i128(10), u32(until)).code == "SUCCESS"
    # when he takes 6, then 4 are left, 5 are refused, and in the end nothing is
    assert world.call("bob", token, "transfer_from", bob, alice, bob, i128(6)).code == "SUCCESS"
    assert world.read("bob", token, "allowance", alice, bob) == i128(4)
    assert "Error(Contract, #9)" in world.refusal("bob", token, "transfer_from", bob, alice, bob, i128(5))
    for _ in range(8):
        world.close()
    assert world.read("bob", token, "allowance", alice, bob) == i128(0)


def test_xlm_respects_the_reserve_and_has_no_issuer(world: ContractLedger) -> None:
    native = world.asset_contract("alice", Asset.native())
    alice, bob = address(world.address("alice")), address(world.address("bob"))
    assert "Error(Contract, #10)" in world.refusal("alice", native, "transfer", alice, bob, i128(1000 * 10**7))
    assert "Error(Contract, #2)" in world.refusal("alice", native, "burn", alice, i128(1))
    before = world.ledger.root.account(world.address("bob"))
    assert before is not None
    assert world.call("alice", native, "transfer", alice, bob, i128(5)).code == "SUCCESS"
    after = world.ledger.root.account(world.address("bob"))
    assert after is not None
    assert after.balance - before.balance == 5
    assert symbol("native") != world.read("alice", native, "symbol") == string("native")
