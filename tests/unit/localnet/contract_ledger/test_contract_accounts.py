"""Contracts as accounts: their own __check_auth, delegates that sign for them (CAP-71), and calls they allow below."""

from hashlib import sha256

import pytest
from stellar_sdk import Asset, Keypair, scval, xdr
from support.account_contracts import account_wasm, allowing_wasm
from support.contract_ledger import ContractLedger, Done
from support.ledger_state import Snapshot
from support.signed_entries import SignedCall, own_credentials, payload, signatures, with_delegates

from arb.localnet.soroban.codec import from_scval
from arb.localnet.soroban.errors import ErrorCode, ErrorType
from arb.localnet.soroban.values import HostValue, address, i128, map_, symbol, vec

AUTH_ACTION, AUTH_INPUT = (ErrorType.AUTH, ErrorCode.INVALID_ACTION), (ErrorType.AUTH, ErrorCode.INVALID_INPUT)
FUNDS = 10**9


class Accounts:
    """Two contract accounts that hold XLM, and two contracts that call others."""

    def __init__(self) -> None:
        self.world = ContractLedger("alice", "bob")
        self.native = self.world.asset_contract("alice", Asset.native())
        self.vault, self.other = (self._deploy(account_wasm(), name) for name in ("vault", "other"))
        self.front, self.middle = (self._deploy(allowing_wasm(), name) for name in ("front", "middle"))
        for holder in (self.vault, self.other, self.front):
            args = (address(self.world.address("alice")), address(holder), i128(FUNDS))
            assert self.world.call("alice", self.native, "transfer", *args).code == "SUCCESS"

    def _deploy(self, wasm: bytes, name: str) -> str:
        return self.world.deploy("alice", wasm, salt=sha256(name.encode()).digest())

    def balance(self, holder: str) -> int:
        return int(self.world.read("alice", self.native, "balance", address(holder))[1])

    def transfer(self, holder: str, amount: int = 5) -> tuple[HostValue, ...]:
        return address(holder), address(self.world.address("bob")), i128(amount)

    def spend(self) -> SignedCall:
        """A transfer out of the vault, sent by alice, who has no say in it."""
        builder = self.world.invocation("alice", self.native, "transfer", *self.transfer(self.vault))
        return SignedCall(self.world, "alice", builder)

    def refused(self, call: SignedCall) -> Done:
        envelope = call.assembled()
        before = Snapshot.of(self.world.ledger)
        done = self.world.apply("alice", envelope)
        assert done.code == "TRAPPED"
        assert self.world.ledger.state_hash() == before.hash_after_paying(self.world.ledger, done.applied)
        return done


@pytest.fixture(scope="module")
def accounts() -> Accounts:
    return Accounts()


def delegate(who: str, signature: xdr.SCVal, *nested: xdr.SorobanDelegateSignature) -> xdr.SorobanDelegateSignature:
    value = scval.to_address(who).address
    assert value is not None
    return xdr.SorobanDelegateSignature(value, signature, list(nested))


def test_a_contract_account_decides_itself_and_is_told_what_about(accounts: Accounts) -> None:
    # given an entry of the vault with what its __check_auth takes for a signature
    call, before = accounts.spend(), accounts.balance(accounts.vault)
    own_credentials(call.entry).signature = scval.to_symbol("ok")
    # when it is sent, then the money moves
    done = accounts.world.apply("alice", call.assembled())
    assert done.code == "SUCCESS"
    assert before - accounts.balance(accounts.vault) == 5
    # and the account was told the call it allows
    (told,) = [
        event for event in map(xdr.ContractEvent.from_xdr_bytes, done.applied.events) if _topic(event) == "checked"
    ]
    assert told.body.v0 is not None
    fields = {
        symbol("args"): vec(accounts.transfer(accounts.vault)),
        symbol("contract"): address(accounts.native),
        symbol("fn_name"): symbol("transfer"),
    }
    assert from_scval(told.body.v0.data) == vec([vec([symbol("Contract"), map_(fields.items())])])


def _topic(event: xdr.ContractEvent) -> str:
    assert event.body.v0 is not None
    return str(from_scval(event.body.v0.topics[0])[1])


def test_a_contract_account_that_refuses(accounts: Accounts) -> None:
    call = accounts.spend()
    own_credentials(call.entry).signature = scval.to_symbol("no")
    assert accounts.refused(call).errors[:2] == [(ErrorType.WASM_VM, ErrorCode.INVALID_ACTION), AUTH_ACTION]


def test_a_contract_without_check_auth_cannot_allow(accounts: Accounts) -> None:
    builder = accounts.world.invocation("alice", accounts.native, "transfer", *accounts.transfer(accounts.front))
    call = SignedCall(accounts.world, "alice", builder)
    assert accounts.refused(call).errors[0] == (ErrorType.WASM_VM, ErrorCode.MISSING_VALUE)


def test_an_account_signs_for_a_contract(accounts: Accounts) -> None:
    # given an entry of the vault that bob signed in its place
    call, before = accounts.spend(), accounts.balance(accounts.vault)
    bob = accounts.world.keys["bob"]
    call.entries = [with_delegates(call.entry, [])]
    digest = payload(call.entry, accounts.world.ledger.network_id)
    call.entries = [with_delegates(call.entry, [delegate(bob.public_key, signatures(digest, [bob]))])]
    # when it is sent, then the vault's __check_auth asks bob, and the money moves
    assert accounts.world.apply("alice", call.assembled()).code == "SUCCESS"
    assert before - accounts.balance(accounts.vault) == 5


def test_delegates_have_delegates(accounts: Accounts) -> None:
    # given that the vault asks the other contract, and that one bob: each shares the vault's payload
    call = accounts.spend()
    bob = accounts.world.keys["bob"]
    call.entries = [with_delegates(call.entry, [])]
    digest = payload(call.entry, accounts.world.ledger.network_id)
    inner = delegate(bob.public_key, signatures(digest, [bob]))
    call.entries = [with_delegates(call.entry, [delegate(accounts.other, scval.to_void(), inner)])]
    assert accounts.world.apply("alice", call.assembled()).code == "SUCCESS"


@pytest.mark.parametrize("fault", ["nobody signed", "another payload", "asked twice", "no room", "unsorted", "twice"])
def test_a_delegation_that_does_not_hold(accounts: Accounts, fault: str) -> None:
    # given an entry of the vault with a delegate's signature, and something wrong with it
    call, bob = accounts.spend(), accounts.world.keys["bob"]
    bare = call.entry
    call.entries = [with_delegates(bare, [])]
    digest = payload(call.entry, bytes(32) if fault == "another payload" else accounts.world.ledger.network_id)
    signed = delegate(bob.public_key, signatures(digest, [bob]))
    stranger = delegate(accounts.other, scval.to_symbol("ok"))
    given = {"nobody signed": [], "unsorted": [stranger, signed], "twice": [signed, signed]}.get(fault, [signed])
    call.entries = [bare if fault == "no room" else with_delegates(bare, given)]
    if fault == "asked twice":
        own_credentials(call.entry).signature = scval.to_uint32(1)
        call.entries = [with_delegates(call.entry, given)]
        digest = payload(call.entry, accounts.world.ledger.network_id)
    # when it is sent, then it is refused
    expected = {
        "nobody signed": (ErrorType.OBJECT, ErrorCode.INDEX_BOUNDS),
        "no room": (ErrorType.OBJECT, ErrorCode.INDEX_BOUNDS),
        "another payload": (ErrorType.CRYPTO, ErrorCode.INVALID_INPUT),
    }
    assert accounts.refused(call).errors[0] == expected.get(fault, AUTH_INPUT)


def test_only_a_check_may_ask_for_delegates(accounts: Accounts) -> None:
    assert "Error(Context, InvalidAction)" in accounts.world.refusal("alice", accounts.vault, "ask")


def allowance(token: str, function: str, *args: HostValue) -> HostValue:
    """An InvokerContractAuthEntry of one call."""
    context = {symbol("args"): vec(args), symbol("contract"): address(token), symbol("fn_name"): symbol(function)}
    fields = {symbol("context"): map_(context.items()), symbol("sub_invocations"): vec([])}
    return vec([symbol("Contract"), map_(fields.items())])


def test_a_contract_allows_in_advance_what_is_called_below_it(accounts: Accounts) -> None:
    # given that the front contract allows a transfer of its XLM, which the middle one makes
    args = accounts.transfer(accounts.front)
    entries = vec([allowance(accounts.native, "transfer", *args)])
    below = (address(accounts.native), symbol("transfer"), vec(args))
    asked = (entries, address(accounts.middle), symbol("pass_on"), vec(below))
    before = accounts.balance(accounts.front)
    assert accounts.world.call("alice", accounts.front, "allow", *asked).code == "SUCCESS"
    assert before - accounts.balance(accounts.front) == 5


@pytest.mark.parametrize("fault", ["nothing allowed", "another amount", "used twice", "another contract"])
def test_what_a_contract_did_not_allow(accounts: Accounts, fault: str) -> None:
    # given that the middle contract goes beyond what the front one allowed
    args = accounts.transfer(accounts.front)
    allowed = accounts.transfer(accounts.front, 4 if fault == "another amount" else 5)
    entries = vec([] if fault == "nothing allowed" else [allowance(accounts.native, "transfer", *allowed)])
    below = (address(accounts.native), symbol("transfer"), vec(args))
    name = symbol("twice" if fault == "used twice" else "pass_on")
    caller = accounts.middle if fault == "another contract" else accounts.front
    callee = accounts.front if fault == "another contract" else accounts.middle
    before = accounts.world.ledger.state_hash()
    # when it is simulated with enforced authorisation, then it is refused, and nothing has happened
    builder = accounts.world.invocation("alice", caller, "allow", entries, address(callee), name, vec(below))
    found = accounts.world.simulate("alice", builder.build(), record=False)
    if fault == "another contract":
        assert found.error is None, "a direct caller has allowed what it calls"
        return
    assert found.error is not None
    assert found.error.startswith("HostError: Error(Auth, InvalidAction)")
    assert accounts.world.ledger.state_hash() == before


def test_an_allowance_that_is_none(accounts: Accounts) -> None:
    for entries in (
        vec([symbol("x")]),
        vec([vec([symbol("Contract"), map_([])])]),
        vec([vec([symbol("Nope"), map_([])])]),
    ):
        asked = (entries, address(accounts.middle), symbol("pass_on"), vec([]))
        assert "Error(Auth, InvalidInput)" in accounts.world.refusal("alice", accounts.front, "allow", *asked)


def test_a_contract_account_allows_its_own_administration(accounts: Accounts) -> None:
    # given a call of the vault itself that asks for the vault's authorisation: its check enters it a second time
    builder = accounts.world.invocation("alice", accounts.vault, "own")
    call = SignedCall(accounts.world, "alice", builder)
    own_credentials(call.entry).signature = scval.to_symbol("ok")
    assert accounts.world.apply("alice", call.assembled()).code == "SUCCESS"
    # and without it the call is refused
    again = SignedCall(accounts.world, "alice", accounts.world.invocation("alice", accounts.vault, "own"))
    own_credentials(again.entry).signature = scval.to_symbol("no")
    assert accounts.refused(again).errors[1] == AUTH_ACTION


def test_an_account_is_made_and_a_trustline_opened_by_contract(accounts: Accounts) -> None:
    # given an address that nobody has, and an asset that bob does not trust
    world, fresh = accounts.world, Keypair.from_raw_ed25519_seed(bytes([77]) * 32).public_key
    usd = Asset("USD", world.address("alice"))
    token = world.asset_contract("alice", usd)
    sender = address(world.address("alice"))
    little = (sender, address(fresh), i128(9_999_999))
    assert "Error(Contract, #14)" in world.refusal("alice", accounts.native, "transfer", *little)
    # when it is sent the reserve of an account, then it is one
    enough = (sender, address(fresh), i128(10_000_000))
    assert world.call("alice", accounts.native, "transfer", *enough).code == "SUCCESS"
    made = world.ledger.root.account(fresh)
    assert made is not None
    assert (made.balance, made.seq_num, made.thresholds) == (10_000_000, world.ledger.last.seq << 32, b"\1\0\0\0")
    # and when bob trusts by contract, then he can be paid; asked again it does nothing, for a contract neither
    assert world.call("bob", token, "trust", address(world.address("bob"))).code == "SUCCESS"
    account = world.ledger.root.account(world.address("bob"))
    assert account is not None
    assert account.num_sub_entries == 1
    for holder in (world.address("bob"), accounts.vault):
        assert world.call("alice", token, "trust", address(holder)).code == "SUCCESS"
    assert world.call("alice", token, "transfer", sender, address(world.address("bob")), i128(5)).code == "SUCCESS"
    assert "Error(Contract, #2)" in world.refusal("alice", accounts.native, "trust", address(fresh))
    assert "Error(Contract, #14)" in world.refusal("alice", token, "trust", address(fresh))
