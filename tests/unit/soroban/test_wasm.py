"""The contracts as they lie in the repository: recorded bytes, imports that every host here has, specs that parse."""

import hashlib
from pathlib import Path

import pytest
from stellar_sdk import xdr
from wasmtime import Engine, Module
from xdrlib3 import Unpacker

WASM = Path(__file__).parents[3] / "soroban" / "wasm"
CONTRACTS = sorted(WASM.glob("*.wasm"))

# What the deployed contracts that matter here import between them; a host that runs those runs ours.
HOST_FUNCTIONS = {
    f"{module}.{export}"
    for module, exports in {
        "a": "013",
        "b": "348_befgijkm",
        "c": "_",
        "d": "0_",
        "i": "012345678_abhinopqrvwxyz",
        "l": "0123678_ae",
        "m": "01234568_9a",
        "v": "012346_degh",
        "x": "013457",
    }.items()
    for export in exports
}

FUNCTIONS = {
    "aquarius_pool": {"swap", "estimate_swap", "get_reserves", "get_fee_fraction", "get_tokens", "deposit", "withdraw"},
    "detector": {
        "set_reflector_contract_id",
        "is_asset_supported",
        "get_supported_assets",
        "scan_opportunities",
    },
    "factory": {"all_pairs_length", "all_pairs", "get_pair", "pair_exists", "create_pair"},
    "flash_lender": {"flash_loan"},
    "flash_route": {"run"},
    "oracle": {
        "base",
        "assets",
        "decimals",
        "resolution",
        "price",
        "lastprice",
        "prices",
        "last_timestamp",
        "history_retention_period",
        "version",
    },
    "pair": {"get_reserves", "swap", "deposit", "withdraw", "skim", "sync", "token_0", "token_1", "balance"},
    "phoenix_pool": {"swap", "simulate_swap", "query_pool_info", "query_config", "provide_liquidity"},
    "route_executor": {"execute", "stage", "exec_op"},
    "router": {
        "router_get_amounts_out",
        "router_get_amounts_in",
        "router_pair_for",
        "swap_exact_tokens_for_tokens",
        "swap_tokens_for_exact_tokens",
        "add_liquidity",
        "remove_liquidity",
    },
    "token": {"balance", "transfer", "approve", "allowance", "transfer_from", "burn", "decimals", "name", "symbol"},
}


def spec(wasm: bytes) -> list[xdr.SCSpecEntry]:
    """Entries of the contractspecv0 section."""
    section = b"".join(body for name, body in custom_sections(wasm) if name == "contractspecv0")
    unpacker, entries = Unpacker(section), []
    while unpacker.get_position() < len(section):
        entries.append(xdr.SCSpecEntry.unpack(unpacker))
    return entries


def custom_sections(wasm: bytes) -> list[tuple[str, bytes]]:
    position, found = 8, []

    def leb128() -> int:
        nonlocal position
        value = shift = 0
        while True:
            byte = wasm[position]
            position += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while position < len(wasm):
        kind, position = wasm[position], position + 1
        size = leb128()
        end = position + size
        if kind == 0:
            length = leb128()
            found.append((wasm[position : position + length].decode(), wasm[position + length : end]))
        position = end
    return found


def type_name(entry: xdr.SCSpecEntry) -> str | None:
    for kind in ("udt_struct_v0", "udt_union_v0", "udt_enum_v0", "udt_error_enum_v0"):
        declared = getattr(entry, kind)
        if declared is not None:
            return str(declared.name.decode())
    return None


def test_every_contract_is_there_with_its_recorded_hash() -> None:
    # given the hashes that the build wrote down
    lines = [line.split() for line in (WASM / "SHA256SUMS").read_text().splitlines()]
    recorded = {name: digest for digest, name in lines}
    # when the files are hashed
    actual = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in CONTRACTS}
    # then nothing is missing, changed or unrecorded
    assert actual == recorded
    assert {path.stem for path in CONTRACTS} == set(FUNCTIONS)


def test_the_list_of_host_functions_is_whole() -> None:
    assert len(HOST_FUNCTIONS) == 80


@pytest.mark.parametrize("path", CONTRACTS, ids=lambda path: path.stem)
def test_a_contract_imports_only_what_the_deployed_ones_import(path: Path) -> None:
    imports = {f"{item.module}.{item.name}" for item in Module(Engine(), path.read_bytes()).imports}
    assert imports - HOST_FUNCTIONS == set()


@pytest.mark.parametrize("path", CONTRACTS, ids=lambda path: path.stem)
def test_a_contract_says_what_it_offers(path: Path) -> None:
    # given the spec in the wasm
    entries = spec(path.read_bytes())
    # then it offers the interface it is there for, and no type name means two things
    offered = {entry.function_v0.name.sc_symbol.decode() for entry in entries if entry.function_v0 is not None}
    assert offered >= FUNCTIONS[path.stem]
    names = [name for name in map(type_name, entries) if name is not None]
    assert len(names) == len(set(names))
