"""What the contract pools hold, read from the ledger under the keys that their contracts keep it under."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from arb.localnet.ledger import keys
from arb.localnet.ledger.contract_entries import PERSISTENT, ContractData
from arb.localnet.ledger.reads import LedgerReads
from arb.localnet.soroban import values as v
from arb.localnet.soroban.codec import pack, pack_address, unpack
from arb.localnet.soroban.instance_codec import INSTANCE_DATA_KEY, unpack_instance
from arb.localnet.soroban.values import HostValue
from arb.localnet.traffic.contracts.deployment import Deployment
from arb.localnet.traffic.contracts.universe import ContractPool, Kind

_INSTANCE_KEYS: Final[dict[Kind, tuple[HostValue, HostValue]]] = {
    Kind.SOROSWAP: (v.u32(2), v.u32(3)),
    Kind.AQUARIUS: (v.vec([v.symbol("ReserveA")]), v.vec([v.symbol("ReserveB")])),
}
_PHOENIX_KEYS: Final = tuple(pack(v.u32(number)) for number in (1, 2))


def reserves(state: LedgerReads, deployment: Deployment, pool: ContractPool) -> dict[str, int] | None:
    """A pool's reserves in stroops by code; None for one without any."""
    address = _packed(deployment.pools[pool])
    if pool.kind is Kind.PHOENIX:
        entries = [_value(state, address, key) for key in _PHOENIX_KEYS]
        held: list[int] = [0 if entry is None else unpack(entry)[1] for entry in entries]
    else:
        instance = _value(state, address, INSTANCE_DATA_KEY)
        stored: Mapping[HostValue, HostValue] = {} if instance is None else unpack_instance(instance).storage
        held = [stored[key][1] if key in stored else 0 for key in _INSTANCE_KEYS[pool.kind]]
    return dict(zip(deployment.sorted_codes(pool), held, strict=True)) if all(held) else None


@lru_cache(maxsize=256)
def _packed(address: str) -> bytes:
    return pack_address(v.contract(address))


def _value(state: LedgerReads, address: bytes, key: bytes) -> bytes | None:
    entry = state.get(keys.contract_data_key(address, key, PERSISTENT))
    return entry.value if isinstance(entry, ContractData) else None
