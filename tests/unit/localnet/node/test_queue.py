"""The queue answers as core's TransactionQueue does (src/herder/TransactionQueue.cpp)."""

from stellar_sdk import xdr

from arb.localnet.node.queue import Status, Submission

from .conftest import Bench

Code = xdr.TransactionResultCode


def code(answer: Submission) -> str:
    """The transaction code of a refusal."""
    assert answer.status is Status.ERROR, answer
    assert answer.result is not None
    return answer.result.code.name


def test_a_transaction_is_pending_then_applied(bench: Bench) -> None:
    bench.open("alice")
    answer = bench.submit("alice")
    assert answer.status is Status.PENDING
    assert bench.close() == [answer.hash.hex()]
    record = bench.node.history.transaction(answer.hash)
    assert record is not None
    assert record.successful


def test_the_same_bytes_again_are_a_duplicate_while_queued(bench: Bench) -> None:
    bench.open("alice")
    envelope = bench.build("alice")
    assert bench.send(envelope).status is Status.PENDING
    assert bench.send(envelope).status is Status.DUPLICATE


def test_a_second_transaction_of_the_source_has_to_wait(bench: Bench) -> None:
    bench.open("alice")
    bench.submit("alice")
    assert bench.submit("alice", ahead=2).status is Status.TRY_AGAIN_LATER
    assert bench.submit("alice", fee=100_000).status is Status.TRY_AGAIN_LATER, "only a fee bump may replace"
    bench.close()
    assert bench.submit("alice").status is Status.PENDING


def test_sequences_that_are_not_the_next_are_bad(bench: Bench) -> None:
    bench.open("alice")
    assert code(bench.submit("alice", ahead=2)) == "txBAD_SEQ"
    assert code(bench.submit("alice", ahead=0)) == "txBAD_SEQ"
    bench.submit("alice")
    assert code(bench.submit("alice", ahead=0)) == "txBAD_SEQ", "lower than the queued one"


def test_an_applied_transaction_is_banned_then_its_sequence_is_bad(bench: Bench) -> None:
    bench.open("alice")
    envelope = bench.build("alice")
    bench.send(envelope)
    bench.close()
    for _ in range(9):
        assert bench.send(envelope).status is Status.TRY_AGAIN_LATER
        bench.close()
    assert code(bench.send(envelope)) == "txBAD_SEQ"


def test_a_fee_bump_replaces_at_ten_times_the_bid(bench: Bench) -> None:
    bench.open("alice", "bob")
    inner = bench.build("alice")
    bench.send(inner)
    # given a bid of 100 an operation, when a fee bump (two operations) bids 999, then it is told what would do
    refused = bench.send(bench.bump(inner, "bob", 999))
    assert code(refused) == "txINSUFFICIENT_FEE"
    assert refused.result is not None
    assert refused.result.fee_charged == 2_000
    bump = bench.bump(inner, "bob", 1_000)
    assert bench.send(bump).status is Status.PENDING
    assert bench.send(inner).status is Status.DUPLICATE, "the inner transaction of what is queued"
    assert bench.close() == [bump.hash_hex()]
    assert bench.node.history.transaction(inner.hash()) is bench.node.history.transaction(bump.hash())


def test_a_fee_bump_of_a_later_sequence_has_to_wait(bench: Bench) -> None:
    bench.open("alice", "bob")
    bench.submit("alice")
    later = bench.bump(bench.build("alice", ahead=2), "bob", 10_000)
    assert bench.send(later).status is Status.TRY_AGAIN_LATER


def test_fees_promised_must_be_payable_together(bench: Bench) -> None:
    bench.open("alice", "bob", "payer")
    huge = 6_000 * 10**7 // 2  # stroops an operation, two operations: 6,000 of the payer's 10,000 XLM
    assert bench.send(bench.bump(bench.build("alice"), "payer", huge)).status is Status.PENDING
    assert code(bench.send(bench.bump(bench.build("bob"), "payer", huge))) == "txINSUFFICIENT_BALANCE"


def test_a_full_ledger_takes_the_best_bids_and_charges_the_lowest_of_them(bench: Bench) -> None:
    names = [f"user{index}" for index in range(6)]
    bench.open(*names, max_operations=3)
    answers = {name: bench.submit(name, fee=100 + 50 * index) for index, name in enumerate(names)}
    first = bench.close()
    assert set(first) == {answers[name].hash.hex() for name in ("user3", "user4", "user5")}
    record = bench.node.history.transaction(answers["user5"].hash)
    assert record is not None
    assert record.fee_charged == 250
    assert set(bench.close()) == {answers[name].hash.hex() for name in ("user0", "user1", "user2")}


def test_a_full_queue_lets_only_better_bids_in_and_bans_what_they_push_out(bench: Bench) -> None:
    names = [f"user{index}" for index in range(7)]
    bench.open(*names, max_operations=3)  # the queue holds six
    cheap = bench.build("user0", fee=150)
    bench.send(cheap)
    for name in names[1:6]:
        assert bench.submit(name, fee=200).status is Status.PENDING
    refused = bench.submit("user6", fee=150)
    assert code(refused) == "txINSUFFICIENT_FEE"
    assert refused.result is not None
    assert refused.result.fee_charged == 151
    assert bench.submit("user6", fee=151).status is Status.PENDING
    assert bench.send(cheap).status is Status.TRY_AGAIN_LATER


def test_what_finds_no_room_ages_out_after_four_ledgers_and_stays_banned(bench: Bench) -> None:
    bench.open("poor", *(f"rich{index}" for index in range(4)), max_operations=1)
    poor = bench.build("poor", fee=100)
    bench.send(poor)
    for index in range(4):
        assert bench.submit(f"rich{index}", fee=1_000).status is Status.PENDING
        assert poor.hash_hex() not in bench.close()
    assert bench.close() == [], "it has left the queue"
    assert bench.send(poor).status is Status.TRY_AGAIN_LATER
    bench.close(9)
    assert bench.send(poor).status is Status.PENDING


def test_a_transaction_too_near_its_end_is_refused(bench: Bench) -> None:
    bench.open("alice")
    soon = int(bench.now) + 1
    assert code(bench.send(bench.build("alice", max_time=soon))) == "txTOO_LATE"
    assert bench.send(bench.build("alice", max_time=soon + 2)).status is Status.PENDING


def test_a_queued_transaction_that_time_overtakes_is_never_applied(bench: Bench) -> None:
    bench.open("alice")
    before = bench.sequence("alice")
    envelope = bench.build("alice", max_time=int(bench.now) + 5)
    assert bench.send(envelope).status is Status.PENDING
    bench.now += 10  # the machine slept
    assert bench.close() == []
    assert bench.send(envelope).status is Status.TRY_AGAIN_LATER
    assert bench.sequence("alice") == before


def test_a_foreign_signature_is_refused(bench: Bench) -> None:
    bench.open("alice", "bob")
    envelope = bench.build("alice")
    envelope.signatures.clear()
    envelope.sign(bench.key("bob"))
    assert code(bench.send(envelope)) == "txBAD_AUTH"
