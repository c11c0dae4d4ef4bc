"""Contracts that are accounts, and contracts that allow what happens below them, in wasm text."""

from support.soroban_guests import compiled, word

from arb.localnet.soroban import values as v

PASS = v.symbol("ok")


def account_wasm() -> bytes:
    """Accepts the signature `ok`; with Void it asks its first delegate, with 1 the same one twice, else it traps.

    What it was asked goes into an event: (topic `checked`, contexts). `ask()` asks for delegates out of turn,
    `own()` for the contract's own authorisation.
    """
    first = f"(call $v_1 (call $a_9) {word(v.u32(0))})"
    return compiled(
        f"""
        (func (export "__check_auth") (param $payload i64) (param $signature i64) (param $contexts i64) (result i64)
          (drop (call $x_1 (call $v_6 (call $v__) {word(v.symbol("checked"))}) (local.get $contexts)))
          (if (i64.eq (local.get $signature) {word(v.VOID)})
            (then (drop (call $a_a {first})))
            (else (if (i64.eq (local.get $signature) {word(v.u32(1))})
              (then (drop (call $a_a {first})) (drop (call $a_a {first})))
              (else (if (i64.ne (local.get $signature) {word(PASS)}) (then unreachable))))))
          {word(v.VOID)})
        (func (export "ask") (result i64) (call $a_9))
        (func (export "own") (result i64) (call $a_0 (call $x_7)))
        """,
        "a.0", "a.9", "a.a", "v._", "v.1", "v.6", "x.1", "x.7",
    )  # fmt: skip


def allowing_wasm() -> bytes:
    """`allow(entries, contract, function, args)` allows what the entries say, then calls; `pass_on` only calls."""
    return compiled(
        """
        (func (export "allow")
          (param $entries i64) (param $contract i64) (param $name i64) (param $args i64) (result i64)
          (drop (call $a_3 (local.get $entries)))
          (call $d__ (local.get $contract) (local.get $name) (local.get $args)))
        (func $pass_on (export "pass_on") (param $contract i64) (param $name i64) (param $args i64) (result i64)
          (call $d__ (local.get $contract) (local.get $name) (local.get $args)))
        (func (export "twice") (param $contract i64) (param $name i64) (param $args i64) (result i64)
          (drop (call $pass_on (local.get $contract) (local.get $name) (local.get $args)))
          (call $pass_on (local.get $contract) (local.get $name) (local.get $args)))
        """,
        "a.3", "d._",
    )  # fmt: skip
