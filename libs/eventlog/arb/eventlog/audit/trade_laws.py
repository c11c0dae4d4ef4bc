"""What must hold between the events of trades, whoever wrote them: order, signatures and the lease of a channel.

- A trade's events follow the table: nothing is submitted or ends on the ledger that was not signed, nothing follows an
  end.
- What the executor calls signed is what the signer says it signed: hash, source, sequence, bounds and the bytes of the
  transaction, whose hash is the one they name.
- A fee bump is around the transaction that was signed for the same trade, byte for byte, and stored as it was signed.
- For one sequence number of a channel account no second envelope is signed while the first may still be applied.
"""

import hashlib
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from arb.messages.base import Fact
from arb.messages.events import account, trade
from arb.messages.events.opportunity import OpportunityFound

_MAY_FOLLOW: dict[type[Fact], tuple[str, ...]] = {
    trade.TradePlanned: ("",),
    trade.TradeApproved: ("planned",),
    trade.TradeRejected: ("planned", "approved"),
    trade.TradeRehearsed: ("approved",),
    trade.TradeSigned: ("approved",),
    trade.TradeSubmitted: ("signed",),
    trade.TradeDropped: ("submitted",),
    trade.TradeRebid: ("signed", "submitted"),
    trade.TradeConfirmed: ("signed", "submitted"),
    trade.TradeFailed: ("signed", "submitted"),
    trade.TradeExpired: ("signed", "submitted"),
}
_GOES_ON: dict[type[Fact], str] = {
    trade.TradePlanned: "planned",
    trade.TradeApproved: "approved",
    trade.TradeSigned: "signed",
    trade.TradeSubmitted: "submitted",
}
"""The others end the trade."""
_SETTLED = (trade.TradeConfirmed, trade.TradeFailed, trade.TradeExpired)
_NO_SIGNATURES = bytes(4)
"""How an envelope without signatures ends: it has none of them (XDR array of length 0)."""
_BEFORE_INNER = 4 + 36 + 8
"""Bytes of a fee bump's envelope before the one within: its type, who pays (an ed25519 account), the fee."""
_LEASES_KEPT = 1_000


class _Given(NamedTuple):
    """What the signer says it signed. `core`: the envelope's bytes before its signatures."""

    tx_hash: str
    source: str
    sequence: int
    max_time: int
    max_fee: int
    core: bytes


class _Lease(NamedTuple):
    """One envelope for one sequence number of a channel."""

    trade_id: str
    tx_hash: str
    max_time: int


class TradeLaws:
    """Feed it every fact of the record in order. What it remembers of a trade it forgets with the trade's end."""

    def __init__(self) -> None:
        self._states: dict[str, str] = {}
        self._given: dict[str, list[_Given]] = {}
        self._rebids: dict[str, list[account.RebidSigned]] = {}
        self._leases: dict[tuple[str, int], _Lease] = {}
        self._leased: dict[str, list[tuple[str, int]]] = {}
        self._network_id: bytes | None = None
        self._closed = 0
        """Close time of the newest ledger that any event tells of."""

    def broken_by(self, subject: str, fact: Fact, time: bytes) -> Sequence[str]:
        """Which laws the next fact of the aggregate with this subject breaks, in words. `time`: its own, RFC 3339."""
        # By exact type, not by pattern: to ask of a model what it is costs as much as to read a small one.
        law = _LAWS.get(type(fact))
        return () if law is None else law(self, subject.rpartition(".")[2], fact, time)

    def _found(self, _: str, fact: OpportunityFound, time: bytes) -> Sequence[str]:
        self._closed = max(self._closed, fact.close_time)
        return ()

    def _adopted(self, _: str, fact: account.AccountAdopted, time: bytes) -> Sequence[str]:
        self._network_id = hashlib.sha256(fact.network_passphrase.encode()).digest()
        return ()

    def _goes_on(self, trade_id: str, fact: Fact, time: bytes) -> Sequence[str]:
        broken = self._out_of_turn(trade_id, fact)
        self._states[trade_id] = _GOES_ON[type(fact)]
        return broken

    def _signed(self, trade_id: str, fact: trade.TradeSigned, time: bytes) -> Sequence[str]:
        return [*self._goes_on(trade_id, fact, time), *self._held_against_signer(trade_id, fact)]

    def _noted(self, trade_id: str, fact: Fact, time: bytes) -> Sequence[str]:
        return self._out_of_turn(trade_id, fact)

    def _rebid(self, trade_id: str, fact: trade.TradeRebid, time: bytes) -> Sequence[str]:
        """A higher bid is around the trade's own transaction, and the signer says that it signed these very bytes."""
        broken = list(self._out_of_turn(trade_id, fact))
        theirs = next((one for one in self._rebids.get(trade_id, ()) if one.tx_hash == fact.tx_hash), None)
        if theirs is None:
            return [*broken, f"the signer has no record of having signed {fact.tx_hash} for trade {trade_id}"]
        core = _core(theirs.envelope_xdr) or b""
        if not (core and _begins_with(fact.envelope_xdr, core)) or (fact.fee_source, fact.max_fee) != (
            theirs.fee_source,
            theirs.max_fee,
        ):
            broken.append(f"what is stored as bid for trade {trade_id} is not what was signed")
        return broken

    def _rebid_given(self, _: str, fact: account.RebidSigned, time: bytes) -> Sequence[str]:
        self._rebids.setdefault(fact.trade_id, []).append(fact)
        broken: list[str] = []
        core = _core(fact.envelope_xdr)
        if not self._has_hash(core, fact.tx_hash):
            broken.append(f"the fee bump signed for trade {fact.trade_id} is not one with the hash {fact.tx_hash}")
        inner = (core or b"")[_BEFORE_INNER:]
        given = self._given.get(fact.trade_id, ())
        if not any(one.tx_hash == fact.inner_hash and one.core and inner.startswith(one.core) for one in given):
            broken.append(f"a fee bump was signed around {fact.inner_hash}, which trade {fact.trade_id} was not given")
        return broken

    def _ended(self, trade_id: str, fact: Fact, time: bytes) -> Sequence[str]:
        broken = self._out_of_turn(trade_id, fact)
        self._states.pop(trade_id, None)
        self._given.pop(trade_id, None)
        self._rebids.pop(trade_id, None)
        leased = self._leased.pop(trade_id, ())
        if type(fact) in _SETTLED:
            # The sequence is used up, or the envelope is proven dead.
            for channel in leased:
                self._leases.pop(channel, None)
        return broken

    def _out_of_turn(self, trade_id: str, fact: Fact) -> Sequence[str]:
        state = self._states.get(trade_id, "")
        if state in _MAY_FOLLOW[type(fact)]:
            return ()
        return [f"{fact.type} may not follow {state or 'the end of a trade, or none'}"]

    def _given_out(self, _: str, fact: account.TradeEnvelopeSigned, time: bytes) -> Sequence[str]:
        broken: list[str] = []
        now = int(datetime.fromisoformat(time.decode()).timestamp())
        core = _core(fact.envelope_xdr)
        if not self._has_hash(core, fact.tx_hash):
            broken.append(f"the envelope signed for trade {fact.trade_id} is not one with the hash {fact.tx_hash}")
        given = _Given(fact.tx_hash, fact.source, fact.sequence, fact.max_time, fact.max_fee, core or b"")
        self._given.setdefault(fact.trade_id, []).append(given)
        self._closed = max(self._closed, fact.closed_at)
        channel = (fact.source, fact.sequence)
        held = self._leases.get(channel)
        # The signer says by which ledger it went; where it does not, in older records, its clock has to do.
        passed = self._closed if fact.closed_at else max(self._closed, now)
        if held is not None and held.tx_hash != fact.tx_hash and held.max_time >= passed:
            broken.append(
                f"a second envelope, {fact.tx_hash} of trade {fact.trade_id}, was signed for sequence {fact.sequence} "
                f"of channel {fact.source} while {held.tx_hash} of trade {held.trade_id} may still be applied, "
                f"until {held.max_time}"
            )
        self._leases[channel] = _Lease(fact.trade_id, fact.tx_hash, fact.max_time)
        self._leased.setdefault(fact.trade_id, []).append(channel)
        if len(self._leases) > _LEASES_KEPT:
            dead = min(self._closed, now)
            self._leases = {at: lease for at, lease in self._leases.items() if lease.max_time >= dead}
        return broken

    def _has_hash(self, core: bytes | None, tx_hash: str) -> bool:
        """Whether a transaction has the hash that is claimed, on the network that the own accounts are on."""
        if core is None:
            return False
        return self._network_id is None or hashlib.sha256(self._network_id + core).hexdigest() == tx_hash

    def _held_against_signer(self, trade_id: str, fact: trade.TradeSigned) -> Sequence[str]:
        given = self._given.get(trade_id)
        if not given:
            return [f"the signer has no record of having signed for trade {trade_id}"]
        theirs = next((one for one in given if one.tx_hash == fact.tx_hash), given[-1])
        core = theirs.core
        same_bytes = bool(core) and _begins_with(fact.envelope_xdr, core)
        stated = _Given(fact.tx_hash, fact.source, fact.sequence, fact.max_time, fact.max_fee, core)
        differing = [
            name.replace("tx_hash", "hash")
            for name, here, there in zip(_Given._fields, stated, theirs, strict=True)
            if here != there
        ]
        if not same_bytes:
            differing.append("transaction")
        if not differing:
            return ()
        return [f"what is stored as signed for trade {trade_id} is not what was signed: {', '.join(differing)} differ"]


def _begins_with(envelope_xdr: str, core: bytes) -> bool:
    try:
        return b64decode(envelope_xdr, validate=True).startswith(core)
    except (Base64Error, ValueError):
        return False


def _core(envelope_xdr: str) -> bytes | None:
    """An unsigned envelope's type and transaction: what its hash covers after the network's id. None: it is none."""
    try:
        envelope = b64decode(envelope_xdr, validate=True)
    except (Base64Error, ValueError):
        return None
    return envelope[:-4] if envelope.endswith(_NO_SIGNATURES) and len(envelope) > 8 else None


_LAWS: dict[type[Fact], Callable[[TradeLaws, str, Any, bytes], Sequence[str]]] = {
    OpportunityFound: TradeLaws._found,
    account.AccountAdopted: TradeLaws._adopted,
    account.TradeEnvelopeSigned: TradeLaws._given_out,
    trade.TradePlanned: TradeLaws._goes_on,
    trade.TradeApproved: TradeLaws._goes_on,
    trade.TradeSigned: TradeLaws._signed,
    trade.TradeSubmitted: TradeLaws._goes_on,
    trade.TradeDropped: TradeLaws._noted,
    trade.TradeRebid: TradeLaws._rebid,
    account.RebidSigned: TradeLaws._rebid_given,
    trade.TradeRejected: TradeLaws._ended,
    trade.TradeRehearsed: TradeLaws._ended,
    trade.TradeConfirmed: TradeLaws._ended,
    trade.TradeFailed: TradeLaws._ended,
    trade.TradeExpired: TradeLaws._ended,
}
