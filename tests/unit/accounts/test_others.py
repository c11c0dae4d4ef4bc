"""What strangers' transactions move: told apart from our own, and booked once however often they are read."""

import base64

from hypothesis import given
from hypothesis import strategies as st
from stellar_sdk import Asset as SdkAsset
from stellar_sdk import ChangeTrust, Operation, Payment, SetOptions, Signer, TransactionBuilder
from support.network import PASSPHRASE, Network, address, credit, keypair

from arb.accounts.domain.others import Others
from arb.accounts.domain.record import AccountRecord, evolve, initial_state, is_unbooked, read_up_to
from arb.contracts.rpc_answers import TransactionRecord
from arb.localnet.ledger.closed import AppliedTx
from arb.messages.base import Fact
from arb.messages.events.account import AccountFunded, HistoryMissed, MovedByOthers, TransactionsRead
from arb.messages.ledger import BalanceChange

TRADING, CHANNEL = address("trading"), address("channel")
OTHERS = Others((TRADING, CHANNEL))
XLM = SdkAsset.native()


def given_network() -> Network:
    network = Network()
    network.fund("trading", "channel", "stranger", "issuer")
    return network


def record_of(applied: AppliedTx) -> TransactionRecord:
    """As getTransactions gives it, of ledger 9."""
    raws = (applied.envelope_xdr, applied.result, applied.result_meta)
    envelope, result, meta = (base64.b64encode(raw).decode() for raw in raws)
    return TransactionRecord(applied.successful, applied.hash.hex(), 9, 1, 1, False, envelope, result, meta)


def moved(applied: AppliedTx) -> dict[str, list[int]]:
    """What the transaction is booked as: deltas by account, every event with its hash and ledger."""
    record = record_of(applied)
    found = dict(OTHERS.moved(record)) if OTHERS.concerned(record) else {}
    assert all((fact.tx_hash, fact.ledger) == (record.hash, 9) for fact in found.values())
    assert all({change.account for change in fact.changes} == {account} for account, fact in found.items())
    return {account: [change.delta for change in fact.changes] for account, fact in found.items()}


def sent(network: Network, source: str, *operations: Operation, signers: tuple[str, ...] = ()) -> AppliedTx:
    return network.apply(network.frame(source, *operations, signers=(source, *signers)))


def test_a_strangers_payments_are_one_event_an_account() -> None:
    network = given_network()
    sent(network, "trading", ChangeTrust(credit("USD"), "1000"))
    # when one transaction pays the trading account twice, in two assets, and the channel once
    payments = [Payment(TRADING, XLM, "3"), Payment(CHANNEL, XLM, "1"), Payment(TRADING, credit("USD"), "5")]
    applied = sent(network, "issuer", *payments, Payment(TRADING, XLM, "4"))
    # then the sums of each are there, stroop for stroop
    assert moved(applied) == {TRADING: [70_000_000, 50_000_000], CHANNEL: [10_000_000]}


def test_what_claims_to_be_ours_is_known_by_source_and_hash() -> None:
    network = given_network()
    paid = sent(network, "trading", Payment(CHANNEL, XLM, "1"))
    assert OTHERS.claimed(record_of(paid)) == (TRADING, paid.hash.hex())
    # if nobody here signed it, then it moved our balances all the same, its fee among them
    assert moved(paid) == {TRADING: [-10_000_100], CHANNEL: [10_000_000]}
    assert OTHERS.claimed(record_of(sent(network, "stranger", Payment(CHANNEL, XLM, "1")))) is None


def test_our_transaction_within_a_strangers_fee_bump_is_known_by_its_own_hash() -> None:
    network = given_network()
    inner = network.builder("channel").append_operation(Payment(address("stranger"), XLM, "1")).build()
    inner.sign(keypair("channel"))
    bump = TransactionBuilder.build_fee_bump_transaction(keypair("stranger"), 400, inner, PASSPHRASE)
    bump.sign(keypair("stranger"))
    applied = network.apply(network.parse(bump))
    assert OTHERS.claimed(record_of(applied)) == (CHANNEL, inner.hash_hex())
    assert moved(applied) == {CHANNEL: [-10_000_000]}


def test_transactions_that_fail_or_pass_by_move_nothing() -> None:
    network = given_network()
    failed = sent(network, "stranger", Payment(TRADING, XLM, "1"), Payment(TRADING, credit("USD"), "5"))
    assert not failed.successful
    assert moved(failed) == {}
    assert moved(sent(network, "stranger", Payment(address("issuer"), XLM, "1"))) == {}
    # our key stands in the meta, as a signer of somebody else's account, but nothing of ours moves
    signer = Signer.ed25519_public_key(TRADING, 1)
    assert moved(sent(network, "stranger", SetOptions(signer=signer))) == {}


def test_what_goes_away_in_anothers_transaction_is_booked_too() -> None:
    network = given_network()
    taken = Payment(address("stranger"), XLM, "2", source=TRADING)
    assert moved(sent(network, "stranger", taken, signers=("trading",))) == {TRADING: [-20_000_000]}


def folded(*facts: Fact) -> AccountRecord:
    record = initial_state
    for fact in facts:
        record = evolve(record, fact)
    return record


def funded(ledger: int) -> AccountFunded:
    return AccountFunded(account=TRADING, ledger=ledger, tx_hash=None, changes=())


def by_others(ledger: int, number: int = 0) -> MovedByOthers:
    change = BalanceChange(account=TRADING, asset="native", delta=1)
    return MovedByOthers(tx_hash=f"{number:064x}", ledger=ledger, changes=(change,))


def test_nothing_counts_that_the_opening_holds() -> None:
    assert not is_unbooked(folded(), by_others(5))
    assert not is_unbooked(folded(funded(5)), by_others(4))
    assert not is_unbooked(folded(funded(5)), by_others(5))
    assert is_unbooked(folded(funded(5)), by_others(6))


def test_the_position_is_what_the_events_prove() -> None:
    assert read_up_to([folded(), folded()]) is None
    assert read_up_to([folded(funded(7)), folded(funded(5)), folded()]) == 5
    # the ledger of a booked transaction may hold more of them
    assert read_up_to([folded(funded(5), by_others(9)), folded(funded(6), by_others(12))]) == 11
    assert read_up_to([folded(funded(5), TransactionsRead(ledger=20)), folded(funded(6), by_others(12))]) == 20
    assert read_up_to([folded(funded(5), HistoryMissed(first_ledger=6, last_ledger=30))]) == 30


LEDGERS = st.lists(st.lists(st.sets(st.sampled_from("ab"), min_size=1), max_size=3), min_size=1, max_size=8)
"""For each ledger its transactions, for each of these the accounts that it pays."""


@given(LEDGERS, st.lists(st.integers(0, 12), max_size=6), st.tuples(st.integers(1, 4), st.integers(1, 4)))
def test_every_payment_is_booked_once_wherever_the_reader_dies(
    ledgers: list[list[set[str]]], lives: list[int], openings: tuple[int, int]
) -> None:
    # given payments in ledgers 1, 2, ..., two accounts with openings, and a reader that dies after so many writes
    records = {name: folded(funded(ledger)) for name, ledger in zip("ab", openings, strict=True)}
    paid = dict.fromkeys("ab", 0)
    for writes in (*lives, 10_000):
        position = read_up_to(records.values())
        assert position is not None
        for ledger, name, number in [
            (ledger, name, number)
            for ledger, transactions in enumerate(ledgers, 1)
            for number, names in enumerate(transactions)
            for name in sorted(names)
            if ledger > position
        ]:
            fact = by_others(ledger, number)
            if is_unbooked(records[name], fact):
                if writes == 0:
                    break
                writes -= 1
                records[name] = evolve(records[name], fact)
                paid[name] += 1
    # then each account has every payment after its opening, once
    assert paid == {
        name: sum(name in names for transactions in ledgers[opening:] for names in transactions)
        for name, opening in zip("ab", openings, strict=True)
    }
