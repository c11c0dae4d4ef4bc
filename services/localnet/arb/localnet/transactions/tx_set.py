"""Which of the offered transactions a ledger takes, at what fee and in which order (core's TxSetFrame)."""

from collections import defaultdict, deque
from collections.abc import Sequence
from fractions import Fraction
from heapq import heapify, heappop, heappush
from typing import NamedTuple

from arb.localnet.transactions.envelope import Frame

_ZERO = b"\x00\x00\x00\x00"
_ONE = b"\x00\x00\x00\x01"


class Selection(NamedTuple):
    """What a ledger takes: `base_fee` is what each operation pays (stroops), `crowded_out` had no place."""

    included: list[Frame]
    crowded_out: list[Frame]
    base_fee: int


def select(frames: Sequence[Frame], max_operations: int, least_base_fee: int) -> Selection:
    """Take the best bids per operation until the ledger is full; equal bids in the order of their hashes.

    Everybody pays the least bid included if somebody had to stay out, else `least_base_fee`. A transaction never
    overtakes an earlier one of its source: where one stays out, those after it do too.
    """
    if sum(frame.op_count for frame in frames) <= max_operations:
        return Selection(list(frames), [], least_base_fee)
    chains: dict[str, deque[Frame]] = defaultdict(deque)
    for frame in sorted(frames, key=lambda frame: frame.seq_num):
        chains[frame.source].append(frame)
    heads = [(_bid_rank(chain[0]), source) for source, chain in chains.items()]
    heapify(heads)
    included: list[Frame] = []
    crowded_out: list[Frame] = []
    free = max_operations
    while heads:
        _, source = heappop(heads)
        chain = chains[source]
        if chain[0].op_count > free:
            crowded_out += chain
            continue
        free -= chain[0].op_count
        included.append(chain.popleft())
        if chain:
            heappush(heads, (_bid_rank(chain[0]), source))
    lowest = min((frame.inclusion_fee // frame.op_count for frame in included), default=least_base_fee)
    return Selection(included, crowded_out, max(least_base_fee, lowest))


def apply_order(frames: Sequence[Frame], set_hash: bytes) -> list[Frame]:
    """The order of application: rounds of one transaction per source in sequence, each by full hash XOR set hash."""
    sources: dict[str, list[Frame]] = defaultdict(list)
    for frame in sorted(frames, key=lambda frame: frame.seq_num):
        sources[frame.source].append(frame)
    mask = int.from_bytes(set_hash, "big")
    ordered: list[Frame] = []
    for turn in range(max((len(chain) for chain in sources.values()), default=0)):
        batch = [chain[turn] for chain in sources.values() if turn < len(chain)]
        ordered += sorted(batch, key=lambda frame: int.from_bytes(frame.full_hash, "big") ^ mask)
    return ordered


def pack_tx_set(classic: Sequence[Frame], contracts: Sequence[Frame], previous_hash: bytes, fees: "BaseFees") -> bytes:
    """The packed GeneralizedTransactionSet: one classic component, and contract calls in one stage of one cluster."""
    phase = _ZERO + _ZERO
    if classic:
        phase = _ZERO + _ONE + _ZERO + _ONE + fees.classic.to_bytes(8, "big") + _envelopes(classic)
    parallel = _ONE + _ZERO + _ZERO
    if contracts:
        parallel = _ONE + _ONE + fees.contracts.to_bytes(8, "big") + _ONE + _ONE + _envelopes(contracts)
    return _ONE + previous_hash + b"\x00\x00\x00\x02" + phase + parallel


class BaseFees(NamedTuple):
    """What each operation of a ledger pays for its place (stroops): classic ones and contract calls bid apart."""

    classic: int
    contracts: int


def _envelopes(frames: Sequence[Frame]) -> bytes:
    ordered = sorted(frames, key=lambda frame: frame.full_hash)
    return len(ordered).to_bytes(4, "big") + b"".join(frame.envelope_xdr for frame in ordered)


def _bid_rank(frame: Frame) -> tuple[Fraction, bytes]:
    """Highest bid per operation first, exactly; equal bids by hash."""
    return (Fraction(-frame.inclusion_fee, frame.op_count), frame.full_hash)
