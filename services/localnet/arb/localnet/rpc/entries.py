"""getLedgerEntries: entries of the last closed ledger by their packed keys."""

import base64
from typing import Any, Final

from stellar_sdk import xdr

from arb.localnet.node.node import Node
from arb.localnet.rpc.errors import invalid_params
from arb.localnet.rpc.params import Params, check_format, packed, texts
from arb.localnet.soroban.archive import archived_entry, live_until

_MOST_KEYS: Final = 200
_ARCHIVED: Final = 0
"""The last ledger of life that the network gives for an archived entry: it does not keep the real one."""
_HEAD, _TAIL = 4, 4
"""A packed LedgerEntry is lastModifiedLedgerSeq, data, extension; localnet's extensions are the empty one."""


def get_ledger_entries(node: Node, params: Params) -> dict[str, Any]:
    """The entries that exist, archived ones included, in the order of the keys."""
    check_format(params)
    keys = texts(params, "keys")
    if len(keys) > _MOST_KEYS:
        raise invalid_params(f"key count ({len(keys)}) exceeds maximum supported ({_MOST_KEYS})")
    found = [entry for index, key in enumerate(keys) if (entry := _entry(node, key, index)) is not None]
    return {"entries": found, "latestLedger": node.ledger.last.seq}


def _entry(node: Node, text: str, index: int) -> dict[str, Any] | None:
    message = f"cannot unmarshal key value {text} at index {index}"
    raw = packed(text, message)
    try:
        kind = xdr.LedgerKey.from_xdr_bytes(raw).type
    except (ValueError, TypeError, EOFError):
        raise invalid_params(message) from None
    if kind == xdr.LedgerEntryType.TTL:
        raise invalid_params("ledger ttl entries cannot be queried directly")
    state = node.ledger.root
    entry, until = state.get(raw), live_until(state, raw)
    if entry is None:
        entry, until = archived_entry(state, raw), _ARCHIVED
    if entry is None:
        return None
    whole = entry.packed()
    life = {} if until is None else {"liveUntilLedgerSeq": until}
    return {
        **life,
        "key": text,
        "xdr": base64.b64encode(whole[_HEAD:-_TAIL]).decode(),
        "lastModifiedLedgerSeq": entry.last_modified,
        "extXdr": base64.b64encode(whole[-_TAIL:]).decode(),
    }
