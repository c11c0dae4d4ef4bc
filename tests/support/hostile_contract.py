"""A contract in wasm text that does what no contract should: every function of it harms whoever runs it unguarded."""

from support.soroban_guests import compiled, text, word

from arb.localnet.soroban import values as v

_LARGE = 20_000
"""Bytes: more than events and a return value may be together on the public network."""
_HUGE = 70_000
"""Bytes: more than an entry may be."""

_U32 = v.u32


def hostile_wasm() -> bytes:
    """Functions without arguments but `again(self)`, which calls the contract it is in; `fine()` harms nobody."""
    large = f"(call $b_3 {word(_U32(0))} {word(_U32(_LARGE))})"
    huge = f"(call $b_3 {word(_U32(0))} {word(_U32(_HUGE))})"
    event = f"(drop (call $x_1 (call $v_6 (call $v__) {word(v.symbol('loud'))}) {large}))"
    persistent, void = "(i64.const 1)", word(v.VOID)
    return compiled(
        f"""
        {text(0, "fine")}
        (func (export "fine") (result i64) {void})
        (func (export "trap") (result i64) unreachable)
        (func (export "divide") (result i64) (i64.div_u (i64.const 1) (i64.const 0)))
        (func (export "outside") (result i64) (i64.load (i32.const 0x7fffffff)))
        (func (export "spin") (result i64) (loop $l (br $l)) (unreachable))
        (func $recurse (export "recurse") (result i64) (i64.add (call $recurse) (i64.const 256)))
        (func (export "grow") (result i64) (loop $l (drop (memory.grow (i32.const 1))) (br $l)) (unreachable))
        (func (export "hoard") (result i64) (local $b i64) (local.set $b {large})
          (loop $l (local.set $b (call $b_e (local.get $b) (local.get $b))) (br $l)) (unreachable))
        (func (export "nest") (result i64) (local $v i64) (local.set $v (call $v__))
          (loop $l (local.set $v (call $v_6 (call $v__) (local.get $v))) (br $l)) (unreachable))
        (func (export "loud") (result i64) {event} {event} {void})
        (func (export "shout") (result i64) (loop $l {event} (br $l)) (unreachable))
        (func (export "large") (result i64) {large})
        (func (export "store") (result i64) (drop (call $l__ {word(_U32(1))} {word(_U32(1))} {persistent})) {void})
        (func (export "store_huge") (result i64) (drop (call $l__ {word(_U32(1))} {huge} {persistent})) {void})
        (func (export "read") (result i64) (drop (call $l_0 {word(_U32(2))} {persistent})) {void})
        (func (export "forge") (result i64) (i64.const 0x7777777777777777))
        (func (export "refuse") (result i64) (i64.const 0x0000000700000003))
        (func (export "again") (param $self i64) (result i64)
          (call $d__ (local.get $self) {word(v.symbol("fine"))} (call $v__)))
        """,
        "b.3", "b.e", "d._", "l._", "l.0", "v._", "v.6", "x.1",
        memory='(memory (export "memory") 2)',
    )  # fmt: skip
