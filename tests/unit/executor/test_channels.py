"""Channel accounts: two live envelopes never share a channel, nor a sequence number."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from arb.executor.domain.channels import ChannelPool

ACCOUNTS = ("A", "B", "C")


def test_a_channel_is_unusable_until_its_sequence_is_read() -> None:
    pool = ChannelPool()
    pool.adopt(ACCOUNTS)
    assert pool.lease("t1") is None
    pool.refresh({"A": 41})
    assert pool.lease("t1") == ("A", 42)
    assert pool.lease("t2") is None


def test_a_released_channel_waits_for_a_fresh_sequence() -> None:
    pool = ChannelPool()
    pool.adopt(["A"])
    pool.refresh({"A": 41})
    pool.lease("t1")
    pool.release("t1")
    assert pool.lease("t2") is None
    assert pool.stale() == ["A"]
    pool.refresh({"A": 42})
    assert pool.lease("t2") == ("A", 43)


def test_a_number_that_was_used_up_never_comes_back() -> None:
    # given a trade that the ledger has, and a node that has fallen behind
    pool = ChannelPool()
    pool.adopt(["A"])
    pool.refresh({"A": 41})
    lease = pool.lease("t1")
    pool.release("t1", lease)
    pool.refresh({"A": 41})
    assert pool.lease("t2") is None
    assert pool.stale() == ["A"]
    pool.refresh({"A": 42})
    assert pool.lease("t2") == ("A", 43)


def test_what_others_did_to_an_idle_channel_shows_at_the_next_reading() -> None:
    pool = ChannelPool()
    pool.adopt(["A", "B"])
    pool.refresh({"A": 41, "B": 7})
    assert set(pool.idle()) == {"A", "B"}
    # somebody else used the key of one, and the other was merged
    pool.refresh({"A": 45, "B": None})
    assert pool.free == 1
    assert pool.lease("t1") == ("A", 46)
    assert pool.idle() == ["B"]


def test_a_trade_in_flight_before_a_restart_keeps_its_channel() -> None:
    pool = ChannelPool()
    pool.adopt(["A"])
    pool.hold("A", "t0")
    pool.refresh({"A": 41})
    assert pool.lease("t1") is None


def test_a_channel_on_which_another_executor_is_in_flight_is_not_leased() -> None:
    pool = ChannelPool()
    pool.adopt(["A"])
    pool.refresh({"A": 41})
    pool.hold("A", "theirs")
    assert (pool.lease("ours"), pool.free) == (None, 0)
    pool.release("theirs")
    pool.refresh({"A": 42})
    assert pool.lease("ours") == ("A", 43)


def test_a_channel_released_since_the_last_close_is_the_last_choice() -> None:
    pool = ChannelPool()
    pool.adopt(["A", "B"])
    pool.refresh({"A": 1, "B": 1})
    first = pool.lease("t1")
    assert first is not None
    pool.closed(1)
    pool.release("t1")
    pool.refresh({first.source: 2})
    second = pool.lease("t2")
    assert second is not None
    assert second.source != first.source
    # though it is leased when there is no other
    assert pool.lease("t3") == (first.source, 3)


def test_two_executors_come_to_use_different_channels() -> None:
    """Whichever names they have, and though each knows of every trade of the other."""
    for name in ("executor-2", "b", "c", "d", "e", "f"):
        pools = [ChannelPool("executor-1"), ChannelPool(name)]
        collisions = 0
        for pool in pools:
            pool.adopt((*ACCOUNTS, "D", "E", "F"))
            pool.refresh(dict.fromkeys((*ACCOUNTS, "D", "E", "F"), 1))
        for ledger in range(40):
            asked = [pool.lease(f"{index} {ledger}") for index, pool in enumerate(pools)]
            assert asked[0] is not None
            assert asked[1] is not None
            if asked[0].source == asked[1].source:
                collisions += 1
                pools[1].rest(asked[1], ledger)
                pools[1].release(f"1 {ledger}")
            for pool in pools:
                pool.closed(ledger + 1)
                for index in range(2):
                    pool.release(f"{index} {ledger}")
                pool.refresh(dict.fromkeys(pool.stale(), ledger + 2))
        assert collisions <= 4


def test_two_who_asked_for_a_channel_at_once_both_have_to_let_go_of_it() -> None:
    pool = ChannelPool()
    pool.adopt(["A"])
    pool.refresh({"A": 41})
    pool.lease("ours")
    # the signer had given it to the other one
    pool.hold("A", "theirs")
    pool.release("ours")
    assert (pool.stale(), pool.lease("next")) == ([], None)
    pool.release("theirs")
    assert pool.stale() == ["A"]


def test_a_channel_rests_until_an_unknown_envelope_is_dead_or_its_number_used_up() -> None:
    for closed, sequence, free in ((100, 41, 0), (101, 41, 1), (50, 42, 1)):
        pool = ChannelPool()
        pool.adopt(["A"])
        pool.refresh({"A": 41})
        leased = pool.lease("ours")
        assert leased is not None
        pool.rest(leased, 100)
        pool.release("ours")
        assert pool.stale() == ["A"]
        pool.closed(closed)
        pool.refresh({"A": sequence})
        assert pool.free == free


def test_executors_begin_at_different_ends_and_always_at_the_same() -> None:
    many = [f"account-{number}" for number in range(10)]
    firsts = []
    for instance in ("executor-1", "executor-2", "executor-1"):
        pool = ChannelPool(instance)
        pool.adopt(many)
        pool.refresh(dict.fromkeys(many, 1))
        leased = [pool.lease(f"t{number}") for number in range(10)]
        firsts.append([lease.source for lease in leased if lease is not None])
    assert firsts[0] == firsts[2] != firsts[1]
    assert all(sorted(order) == many for order in firsts)


class Pool(RuleBasedStateMachine):
    """Any order of leases, releases and refreshes, against the ledger as the model."""

    def __init__(self) -> None:
        super().__init__()
        self.pool = ChannelPool()
        self.pool.adopt(ACCOUNTS)
        self.ledger = dict.fromkeys(ACCOUNTS, 100)
        self.live: dict[str, tuple[str, int]] = {}
        self.count = 0

    @rule()
    def lease(self) -> None:
        self.count += 1
        leased = self.pool.lease(f"t{self.count}")
        if leased is not None:
            assert leased[1] == self.ledger[leased[0]] + 1
            self.live[f"t{self.count}"] = leased

    @rule(data=st.data(), included=st.booleans())
    def end(self, data: st.DataObject, included: bool) -> None:
        if self.live:
            trade = data.draw(st.sampled_from(sorted(self.live)))
            account, sequence = self.live.pop(trade)
            if included:
                self.ledger[account] = sequence
            self.pool.release(trade)

    @rule()
    def refresh(self) -> None:
        self.pool.refresh({a: self.ledger[a] for a in self.pool.stale()})

    @invariant()
    def no_channel_is_shared(self) -> None:
        accounts = [account for account, _ in self.live.values()]
        assert len(accounts) == len(set(accounts))


TestPool = Pool.TestCase
TestPool.settings = settings(max_examples=50, stateful_step_count=30, deadline=None)
