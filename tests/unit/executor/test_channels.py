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


def test_a_trade_in_flight_before_a_restart_keeps_its_channel() -> None:
    pool = ChannelPool()
    pool.adopt(["A"])
    pool.hold("A", "t0")
    pool.refresh({"A": 41})
    assert pool.lease("t1") is None


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
