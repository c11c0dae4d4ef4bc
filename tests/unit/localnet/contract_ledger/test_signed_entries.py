"""Entries signed by accounts: thresholds, order, expiry, nonce, network and both forms of credentials."""

import pytest
from stellar_sdk import Asset, Keypair, TransactionBuilder, scval, xdr
from support.contract_ledger import ContractLedger, Done
from support.ledger_state import Snapshot
from support.signed_entries import SignedCall, ordered, own_credentials, payload, signatures

from arb.localnet.ledger.soroban_config import SorobanConfig
from arb.localnet.soroban.errors import ErrorCode, ErrorType
from arb.localnet.soroban.values import address, i128

NOT_AUTHENTIC, NO_SIGNATURE = (ErrorType.CONTRACT, 5), (ErrorType.VALUE, ErrorCode.UNEXPECTED_TYPE)
AUTH_ACTION, AUTH_INPUT = (ErrorType.AUTH, ErrorCode.INVALID_ACTION), (ErrorType.AUTH, ErrorCode.INVALID_INPUT)


class Bank:
    """XLM's contract; bob, whose account two of three keys of weight one open at medium threshold."""

    def __init__(self) -> None:
        self.world = ContractLedger("alice", "bob", "carol", "dave")
        self.native = self.world.asset_contract("alice", Asset.native())
        builder = self.world.builder(self.key("bob")).append_set_options_op(med_threshold=2, high_threshold=2)
        for name in ("carol", "dave"):
            builder.append_ed25519_public_key_signer(self.world.address(name), 1)
        self.world.classic(builder, self.key("bob"))

    def key(self, name: str) -> Keypair:
        return self.world.keys[name]

    def transfer(self, amount: int = 7) -> TransactionBuilder:
        """Of XLM from bob to alice, sent by alice."""
        args = (address(self.world.address("bob")), address(self.world.address("alice")), i128(amount))
        return self.world.invocation("alice", self.native, "transfer", *args)

    def call(self, *, bound: bool = True) -> SignedCall:
        return SignedCall(self.world, "alice", self.transfer(), bound=bound)

    def balance(self, name: str) -> int:
        account = self.world.ledger.root.account(self.world.address(name))
        assert account is not None
        return account.balance

    def refused(self, call: SignedCall) -> Done:
        """The outcome of a call that must fail, at no cost to anybody but its payer."""
        envelope = call.assembled()
        before = Snapshot.of(self.world.ledger)
        done = self.world.apply("alice", envelope)
        assert done.code == "TRAPPED"
        assert self.world.ledger.state_hash() == before.hash_after_paying(self.world.ledger, done.applied)
        return done


@pytest.fixture(scope="module")
def bank() -> Bank:
    return Bank()


@pytest.mark.parametrize("bound", [True, False])
@pytest.mark.parametrize("signers", [("bob", "carol"), ("carol", "dave"), ("bob", "carol", "dave")])
def test_enough_weight_moves_the_money(bank: Bank, signers: tuple[str, ...], bound: bool) -> None:
    # given a transfer from bob that two of his keys or more have signed
    call, before = bank.call(bound=bound), bank.balance("bob")
    kind = call.entry.credentials.type
    assert kind is (
        xdr.SorobanCredentialsType.SOROBAN_CREDENTIALS_ADDRESS_V2
        if bound
        else xdr.SorobanCredentialsType.SOROBAN_CREDENTIALS_ADDRESS
    )
    call.sign(*ordered(*map(bank.key, signers)))
    # when alice sends it, then bob pays
    assert bank.world.apply("alice", call.assembled()).code == "SUCCESS"
    assert before - bank.balance("bob") == 7


@pytest.mark.parametrize("signers", [("bob",), ("carol",), ("carol", "alice"), ("alice",), ()])
def test_too_little_weight_does_not(bank: Bank, signers: tuple[str, ...]) -> None:
    call = bank.call()
    call.sign(*ordered(*map(bank.key, signers)))
    assert bank.refused(call).errors[:2] == [NOT_AUTHENTIC, AUTH_ACTION]


@pytest.mark.parametrize("order", [(1, 0), (0, 0), (0, 1, 1)])
def test_signatures_come_in_order_and_once(bank: Bank, order: tuple[int, ...]) -> None:
    keys = ordered(bank.key("bob"), bank.key("carol"))
    call = bank.call()
    call.sign(*(keys[index] for index in order))
    assert bank.refused(call).errors[:2] == [NOT_AUTHENTIC, AUTH_ACTION]


@pytest.mark.parametrize("late", [-1, 10_000_000])
def test_a_signature_has_its_time(bank: Bank, late: int) -> None:
    # given a signature that has expired, or that would hold longer than entries may live
    call = bank.call()
    own_credentials(call.entry).signature_expiration_ledger = xdr.Uint32(bank.world.ledger.last.seq + late)
    call.sign(*ordered(bank.key("bob"), bank.key("carol")))
    assert SorobanConfig().max_entry_ttl < 10_000_000
    assert bank.refused(call).errors[0] == AUTH_INPUT


def test_an_entry_is_used_once(bank: Bank) -> None:
    # given an entry that was used
    call = bank.call()
    call.sign(*ordered(bank.key("bob"), bank.key("carol")))
    envelope = call.assembled()
    data, fee = envelope.transaction.soroban_data, envelope.transaction.fee
    assert bank.world.apply("alice", envelope).code == "SUCCESS"
    # when another transaction carries it, then its nonce is spent
    again = SignedCall(bank.world, "alice", bank.transfer())
    again.entries = call.entries
    repeated = again.assembled()
    repeated.transaction.soroban_data, repeated.transaction.fee = data, fee
    before = Snapshot.of(bank.world.ledger)
    done = bank.world.apply("alice", repeated)
    assert (done.code, done.errors[0]) == ("TRAPPED", (ErrorType.AUTH, ErrorCode.EXISTING_VALUE))
    assert bank.world.ledger.state_hash() == before.hash_after_paying(bank.world.ledger, done.applied)


def test_a_signature_of_another_network(bank: Bank) -> None:
    call = bank.call()
    digest = payload(call.entry, bytes(32))
    own_credentials(call.entry).signature = signatures(digest, ordered(bank.key("bob"), bank.key("carol")))
    assert bank.refused(call).errors[:2] == [(ErrorType.CRYPTO, ErrorCode.INVALID_INPUT), AUTH_ACTION]


def test_a_signature_of_the_other_form(bank: Bank) -> None:
    # given the old form's payload, signed, in an entry of the new form
    old = bank.call(bound=False)
    call = bank.call()
    own_credentials(old.entry).nonce = own_credentials(call.entry).nonce
    digest = payload(old.entry, bank.world.ledger.network_id)
    own_credentials(call.entry).signature = signatures(digest, ordered(bank.key("bob"), bank.key("carol")))
    assert bank.refused(call).errors[:2] == [(ErrorType.CRYPTO, ErrorCode.INVALID_INPUT), AUTH_ACTION]


def test_an_entry_for_another_amount(bank: Bank) -> None:
    # given a signature for 7 in a call that moves 8
    small = bank.call()
    small.sign(*ordered(bank.key("bob"), bank.key("carol")))
    call = SignedCall(bank.world, "alice", bank.transfer(8))
    call.entries = small.entries
    assert bank.refused(call).errors[0] == AUTH_ACTION


@pytest.mark.parametrize(
    "value",
    [
        scval.to_void(),
        scval.to_vec([scval.to_void()]),
        scval.to_vec([scval.to_map({scval.to_symbol("public_key"): scval.to_bytes(bytes(32))})]),
        scval.to_map({}),
    ],
)
def test_a_signature_that_is_none(bank: Bank, value: xdr.SCVal) -> None:
    call = bank.call()
    own_credentials(call.entry).signature = value
    assert bank.refused(call).errors[:2] == [NO_SIGNATURE, AUTH_ACTION]


def test_an_entry_that_holds_no_value(bank: Bank) -> None:
    call = bank.call()
    own_credentials(call.entry).signature = xdr.SCVal(xdr.SCValType.SCV_LEDGER_KEY_CONTRACT_INSTANCE)
    assert bank.refused(call).errors[0] == (ErrorType.VALUE, ErrorCode.UNEXPECTED_TYPE)
