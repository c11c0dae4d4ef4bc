"""Every code a transaction can be refused with, and the order in which core looks for them."""

import pytest
from stellar_sdk import (
    AccountMerge,
    BeginSponsoringFutureReserves,
    BumpSequence,
    CreateAccount,
    MuxedAccount,
    Payment,
    SetOptions,
    Signer,
    SignerKey,
    xdr,
)
from stellar_sdk import Asset as SdkAsset
from support.network import GENESIS_TIME, Network, address, keypair, op_codes

from arb.localnet.ledger.txn import LedgerTxnError
from arb.localnet.operations.handler import Handler, OpContext
from arb.localnet.transactions.envelope import MalformedEnvelopeError

XLM = SdkAsset.native()


@pytest.fixture
def network() -> Network:
    """Alice and Bob with 400 XLM each: less than the largest fee a transaction can name."""
    network = Network()
    network.fund("alice", "bob", xlm="400")
    return network


def pay(to: str = "bob", amount: str = "1") -> Payment:
    return Payment(address(to), XLM, amount)


def test_a_good_transaction_is_acceptable_and_judging_changes_nothing(network: Network) -> None:
    before = network.ledger.state_hash()
    result = network.check(network.frame("alice", pay()))
    assert result.ok
    assert result.fee_charged == 100
    assert network.ledger.state_hash() == before


def test_too_early_and_too_late_by_time(network: Network) -> None:
    # given bounds of one second only, and a check for the ledger that closes at network.now + 1
    for shift, code in ((0, "txSUCCESS"), (1, "txTOO_EARLY"), (-1, "txTOO_LATE")):
        at = network.now + 1 + shift
        builder = network.builder("alice").append_operation(pay())
        builder.time_bounds = None
        builder.add_time_bounds(at, at)
        assert network.check(network.sign(builder, ["alice"])).code.name == code


@pytest.mark.parametrize(
    ("bounds", "code"), [((3, 4), "txSUCCESS"), ((4, 0), "txTOO_EARLY"), ((0, 3), "txTOO_LATE"), ((0, 0), "txSUCCESS")]
)
def test_ledger_bounds_exclude_their_end(network: Network, bounds: tuple[int, int], code: str) -> None:
    # given ledger 2 closed, so that 3 is next
    builder = network.builder("alice").append_operation(pay()).set_ledger_bounds(*bounds)
    assert network.check(network.sign(builder, ["alice"])).code.name == code


def test_no_operations(network: Network) -> None:
    assert network.check(network.frame("alice")).code.name == "txMISSING_OPERATION"


@pytest.mark.parametrize("ahead", [-1, 0, 2])
def test_a_wrong_sequence_number(network: Network, ahead: int) -> None:
    seq = network.account("alice").seq_num + ahead
    assert network.check(network.frame("alice", pay(), seq=seq)).code.name == "txBAD_SEQ"


def test_a_queued_transaction_before_this_one_counts(network: Network) -> None:
    seq = network.account("alice").seq_num
    frame = network.frame("alice", pay(), seq=seq + 2)
    assert network.ledger.check(frame, network.now + 1, pending_seq=seq + 1).ok


def test_too_low_a_fee_tells_the_least(network: Network) -> None:
    result = network.check(network.frame("alice", pay(), pay(), fee=99))
    assert (result.code.name, result.fee_charged) == ("txINSUFFICIENT_FEE", 200)


def test_a_source_that_does_not_exist(network: Network) -> None:
    assert network.check(network.frame("nobody", pay())).code.name == "txNO_ACCOUNT"


def test_the_wrong_signer_or_one_too_many(network: Network) -> None:
    assert network.check(network.frame("alice", pay(), signers=["bob"])).code.name == "txBAD_AUTH"
    assert network.check(network.frame("alice", pay(), signers=[])).code.name == "txBAD_AUTH"
    assert network.check(network.frame("alice", pay(), signers=["alice", "bob"])).code.name == "txBAD_AUTH_EXTRA"


def test_a_fee_the_balance_above_the_reserve_cannot_pay(network: Network) -> None:
    # given an account with its reserve and 100 stroops
    network.run("alice", CreateAccount(address("poor"), "1.00001"))
    assert network.check(network.frame("poor", BumpSequence(0))).ok
    assert network.check(network.frame("poor", BumpSequence(0), fee=101)).code.name == "txINSUFFICIENT_BALANCE"


def test_a_minimum_sequence_number_lets_numbers_be_skipped(network: Network) -> None:
    seq = network.account("alice").seq_num
    for minimum, code in ((seq, "txSUCCESS"), (seq + 1, "txBAD_SEQ")):
        builder = network.builder("alice", seq=seq + 10).append_operation(pay()).set_min_sequence_number(minimum)
        frame = network.sign(builder, ["alice"])
        assert network.check(frame).code.name == code
        if code == "txSUCCESS":
            network.apply(frame)
            assert network.account("alice").seq_num == seq + 10


def test_minimum_age_and_ledger_gap_of_the_sequence_number(network: Network) -> None:
    # given Alice's sequence number used in the ledger just closed
    network.run("alice", pay())
    young = network.sign(network.builder("alice").append_operation(pay()).set_min_sequence_age(2), ["alice"])
    near = network.sign(network.builder("alice").append_operation(pay()).set_min_sequence_ledger_gap(2), ["alice"])
    assert network.check(young).code.name == "txBAD_MIN_SEQ_AGE_OR_GAP"
    assert network.check(near).code.name == "txBAD_MIN_SEQ_AGE_OR_GAP"
    # when a ledger passes
    network.close()
    assert network.check(young).ok
    assert network.check(near).ok


def test_extra_signers_have_to_sign(network: Network) -> None:
    bob = SignerKey.ed25519_public_key(address("bob"))

    def outcome(extra: list[SignerKey], signers: list[str]) -> str:
        builder = network.builder("alice").append_operation(pay())
        builder.extra_signers = extra
        return network.check(network.sign(builder, signers)).code.name

    assert outcome([bob], ["alice"]) == "txBAD_AUTH"
    assert outcome([bob], ["alice", "bob"]) == "txSUCCESS"
    assert outcome([bob, bob], ["alice", "bob"]) == "txMALFORMED"


def test_soroban_data_on_a_classic_transaction(network: Network) -> None:
    resources = xdr.SorobanResources(xdr.LedgerFootprint([], []), xdr.Uint32(0), xdr.Uint32(0), xdr.Uint32(0))
    builder = network.builder("alice").append_operation(pay())
    builder.set_soroban_data(xdr.SorobanTransactionData(xdr.SorobanTransactionDataExt(0), resources, xdr.Int64(0)))
    assert network.check(network.sign(builder, ["alice"])).code.name == "txMALFORMED"


def test_an_unmodelled_operation_is_not_supported(network: Network) -> None:
    result = network.check(network.frame("alice", BeginSponsoringFutureReserves(address("bob"))))
    assert (result.code.name, op_codes(result.to_xdr())) == ("txFAILED", ["opNOT_SUPPORTED"])


def test_the_operations_after_the_first_bad_one_stay_unjudged(network: Network) -> None:
    result = network.check(network.frame("alice", pay(), Payment(address("bob"), XLM, "0"), pay()))
    assert result.code.name == "txFAILED"
    assert op_codes(result.to_xdr()) == ["PAYMENT_SUCCESS", "PAYMENT_MALFORMED", "PAYMENT_SUCCESS"]


def test_an_operations_source_has_to_sign_and_exist(network: Network) -> None:
    theirs = Payment(address("alice"), XLM, "1", source=address("bob"))
    assert network.run("alice", theirs) == ["opBAD_AUTH"]
    assert network.run("alice", theirs, signers=["alice", "bob"]) == ["PAYMENT_SUCCESS"]
    # an account that does not exist (yet) is asked for its own key; at apply it has to be there
    ghost = Payment(address("alice"), XLM, "1", source=address("ghost"))
    assert network.run("alice", ghost) == ["opBAD_AUTH"]
    assert network.run("alice", ghost, signers=["alice", "ghost"]) == ["opNO_ACCOUNT"]
    born = CreateAccount(address("ghost"), "10")
    assert network.run("alice", born, ghost, signers=["alice", "ghost"]) == [
        "CREATE_ACCOUNT_SUCCESS",
        "PAYMENT_SUCCESS",
    ]


def test_core_checks_time_before_fee_before_account_before_sequence_before_signatures(network: Network) -> None:
    # given a transaction with every fault, when its faults go one by one
    builder = network.builder("nobody", fee=1, seq=9).append_operation(pay())
    builder.time_bounds = None
    builder.add_time_bounds(0, GENESIS_TIME)
    assert network.check(network.sign(builder, [])).code.name == "txTOO_LATE"
    assert network.check(network.frame("nobody", pay(), fee=1, seq=9, signers=[])).code.name == "txINSUFFICIENT_FEE"
    assert network.check(network.frame("nobody", pay(), seq=9, signers=[])).code.name == "txNO_ACCOUNT"
    assert network.check(network.frame("alice", pay(), seq=9, signers=[])).code.name == "txBAD_SEQ"
    assert network.check(network.frame("alice", pay(), fee=2**32 - 1, signers=[])).code.name == "txBAD_AUTH"


def test_a_v0_envelope_counts_as_the_v1_of_the_same_hash(network: Network) -> None:
    builder = network.builder("alice")
    builder.v1 = False
    envelope = builder.append_operation(pay()).build()
    envelope.sign(keypair("alice"))
    frame = network.parse(envelope)
    assert frame.hash == envelope.hash()
    assert network.apply(frame).successful


def test_a_defect_inside_an_operation_costs_its_transaction_only(network: Network) -> None:
    # given an operation whose handler breaks after it has changed the ledger
    def break_half_way(ctx: OpContext, body: xdr.OperationBody) -> xdr.OperationResultTr:
        account = ctx.ltx.load_account(ctx.source)
        assert account is not None
        account.balance = 0
        raise LedgerTxnError("half way")

    broken, sound = network.frame("alice", pay()), network.frame("bob", Payment(address("alice"), XLM, "1"))
    broken.operations[0].handler = Handler(break_half_way, lambda source, body: None)
    alice = network.account("alice")
    # when it is applied beside another transaction
    closed = network.close(broken, sound)
    # then the ledger closes, and all that is left of it is fee and sequence number
    assert {network.result(tx).result.code.name for tx in closed.txs} == {"txINTERNAL_ERROR", "txSUCCESS"}
    assert network.account("alice").balance == alice.balance - 100 + 10_000_000
    assert network.account("alice").seq_num == alice.seq_num + 1


def test_a_source_merged_away_earlier_in_the_ledger_still_pays_its_fee(network: Network) -> None:
    # given Alice's payment, and Bob's transaction that merges Alice into him, in one ledger, in whichever order
    merge = network.frame("bob", AccountMerge(address("bob"), source=address("alice")), signers=["bob", "alice"])
    closed = network.close(network.frame("alice", pay()), merge)
    codes = [network.result(tx).result.code.name for tx in closed.txs]
    # then who comes second fails or not by that, and every coin is accounted for
    assert codes == (["txSUCCESS", "txNO_ACCOUNT"] if closed.txs[0].frame is merge else ["txSUCCESS", "txSUCCESS"])
    assert {tx.fee_charged for tx in closed.txs} == {100}
    assert network.coins_add_up()


@pytest.mark.parametrize("junk", [b"", b"\x00\x00\x00\x02", b"junk junk junk junk", bytes(400)])
def test_what_is_no_envelope_is_refused(network: Network, junk: bytes) -> None:
    with pytest.raises(MalformedEnvelopeError):
        network.ledger.parse(junk)


def test_bytes_after_an_envelope_are_refused(network: Network) -> None:
    with pytest.raises(MalformedEnvelopeError):
        network.ledger.parse(network.frame("alice", pay()).envelope_xdr + bytes(4))


def test_muxed_accounts_move_the_balances_behind_them(network: Network) -> None:
    to = MuxedAccount(address("bob"), 1234)
    before = network.account("bob").balance
    assert network.run("alice", Payment(to, XLM, "3")) == ["PAYMENT_SUCCESS"]
    assert network.account("bob").balance == before + 30_000_000


def test_a_memo_is_no_obstacle(network: Network) -> None:
    builder = network.builder("alice").append_operation(pay()).add_text_memo("thanks")
    assert network.apply(network.sign(builder, ["alice"])).successful


def test_thresholds_ask_for_weight_by_operation(network: Network) -> None:
    # given Alice, whose master key weighs 1, with Bob as a signer of 1 and thresholds 1, 2, 2
    bob = Signer.ed25519_public_key(address("bob"), 1)
    network.run("alice", SetOptions(low_threshold=1, med_threshold=2, high_threshold=2, signer=bob))
    # then a low operation needs one of them, a medium one both, and who is not needed is too many
    assert network.run("alice", BumpSequence(0)) == ["BUMP_SEQUENCE_SUCCESS"]
    assert network.run("alice", BumpSequence(0), signers=["bob"]) == ["BUMP_SEQUENCE_SUCCESS"]
    assert network.run("alice", BumpSequence(0), signers=["alice", "bob"]) == ["txBAD_AUTH_EXTRA"]
    assert network.run("alice", pay("alice")) == ["opBAD_AUTH"]
    assert network.run("alice", pay("alice"), signers=["alice", "bob"]) == ["PAYMENT_SUCCESS"]
    # and a master key of weight 0 signs nothing any more
    assert network.run("alice", SetOptions(master_weight=0), signers=["alice", "bob"]) == ["SET_OPTIONS_SUCCESS"]
    assert network.run("alice", BumpSequence(0)) == ["txBAD_AUTH"]
    assert network.run("alice", BumpSequence(0), signers=["bob"]) == ["BUMP_SEQUENCE_SUCCESS"]
