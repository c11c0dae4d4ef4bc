"""Puts recorded pools straight into the ledger, with the issuers and the accounts that hold what is in them.

Real transactions cannot do it: nobody here holds the keys of the public network's issuers. So that sums are right all
the same, the native asset in pools and accounts comes out of the root account.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from arb.localnet.ledger.balances import MAX_SUBENTRIES
from arb.localnet.ledger.entries import Account, PoolEntry, TrustLine
from arb.localnet.ledger.state import LedgerState
from arb.localnet.ledger.txn import LedgerTxn
from arb.localnet.traffic.actors import Actor, actor, issuer
from arb.localnet.traffic.universe import CODES
from arb.markets.amount import INT64_MAX, STROOPS_PER_UNIT
from arb.markets.asset import Asset
from arb.markets.pool import Pool

INVENTORY: Final = INT64_MAX // 16
"""Stroops of every credit asset a provider holds to swap with: little enough to have room for any pool's reserves."""
_PROVIDER_XLM: Final = 1_000_000_000 * STROOPS_PER_UNIT
_CHANNEL_XLM: Final = 10_000 * STROOPS_PER_UNIT
_ISSUER_XLM: Final = 100 * STROOPS_PER_UNIT


@dataclass(frozen=True, slots=True)
class Holding:
    """A provider and the pools whose shares it holds."""

    provider: Actor
    pools: tuple[Pool, ...]

    def assets(self) -> Counter[Asset]:
        """The credit assets of its pools and how many pools use each."""
        return Counter(side for pool in self.pools for side in (pool.a, pool.b) if not side.is_native)


def share_out(pools: Iterable[Pool]) -> tuple[Holding, ...]:
    """Distribute pools over as few providers as an account's limit on subentries allows."""
    groups: list[list[Pool]] = []
    lines: set[Asset] = set()
    for pool in pools:
        grown = lines | {side for side in (pool.a, pool.b) if not side.is_native}
        if not groups or 2 * len(groups[-1]) + 2 + len(grown) > MAX_SUBENTRIES:
            groups.append([])
            grown = {side for side in (pool.a, pool.b) if not side.is_native}
        groups[-1].append(pool)
        lines = grown
    return tuple(Holding(actor(f"recorded provider {n}"), tuple(group)) for n, group in enumerate(groups))


def load(state: LedgerState, root: str, holdings: Iterable[Holding], channels: Iterable[Actor]) -> None:
    """Create everything; `root` is the account (G...) that pays for it, `channels` get XLM for fees only.

    The issuers of localnet's own assets are created too, so that whoever wants to trust those can.
    """
    with LedgerTxn(state) as ltx:
        issuers = dict.fromkeys(issuer(code).account_id for code in CODES)
        spent = 0
        for holding in holdings:
            spent += _load_holding(ltx, holding)
            issuers |= dict.fromkeys(side.issuer for side in holding.assets() if side.issuer is not None)
        funded = [(account_id, _ISSUER_XLM) for account_id in issuers]
        funded += [(channel.account_id, _CHANNEL_XLM) for channel in channels]
        for account_id, balance in funded:
            ltx.create(_account(ltx, account_id, balance))
            spent += balance
        payer = ltx.load_account(root)
        assert payer is not None
        payer.balance -= spent
        ltx.commit()


def _account(ltx: LedgerTxn, account_id: str, balance: int) -> Account:
    return Account(account_id, balance, seq_num=ltx.header.ledger_seq << 32)


def _load_holding(ltx: LedgerTxn, holding: Holding) -> int:
    """Create a provider, its trustlines and its pools; answers the native stroops that took."""
    who, uses = holding.provider.account_id, holding.assets()
    account = _account(ltx, who, _PROVIDER_XLM)
    account.num_sub_entries = len(uses) + 2 * len(holding.pools)  # a pool share trustline counts twice
    ltx.create(account)
    spent = account.balance
    for side, count in uses.items():
        ltx.create(TrustLine(who, side, INVENTORY, INT64_MAX, pool_use_count=count))
    for pool in holding.pools:
        entry = PoolEntry(pool.id, pool.a, pool.b, pool.reserve_a, pool.reserve_b, pool.shares, trustline_count=1)
        ltx.create(entry)
        ltx.create(TrustLine(who, entry.share, pool.shares, INT64_MAX))
        spent += pool.reserve_a if pool.a.is_native else 0  # native sorts first: it is never asset b
    return spent
