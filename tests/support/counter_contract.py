"""A counter as a contract, in wasm text: enough of one to be uploaded, created, called, refused and archived."""

from wasmtime import wat2wasm

_ALPHABET = "_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_U32_TAG, _SYMBOL_TAG, _VOID = 4, 14, 2
_PERSISTENT = 1


def _symbol(text: str) -> int:
    body = 0
    for character in text:
        body = body << 6 | (_ALPHABET.index(character) + 1)
    return body << 8 | _SYMBOL_TAG


def counter_wasm() -> bytes:
    """`increment() -> u32`, `owned(by: Address) -> u32` with `by`'s authorisation, `trap()`, `spin()` without end."""
    key = f"(i64.const {_symbol('COUNT')}) "
    stored = f"(i64.const {_PERSISTENT})"
    wat = f"""(module
      (import "l" "_" (func $put (param i64 i64 i64) (result i64)))
      (import "l" "0" (func $has (param i64 i64) (result i64)))
      (import "l" "1" (func $get (param i64 i64) (result i64)))
      (import "a" "0" (func $require_auth (param i64) (result i64)))
      (import "v" "_" (func $vec_new (result i64)))
      (import "v" "6" (func $vec_push (param i64 i64) (result i64)))
      (import "x" "1" (func $publish (param i64 i64) (result i64)))
      (memory (export "memory") 1)
      (func $increment (export "increment") (result i64)
        (local $count i64)
        (local.set $count (i64.const {1 << 32 | _U32_TAG}))
        (if (i64.eq (call $has {key}{stored}) (i64.const 1))
          (then (local.set $count (i64.add (call $get {key}{stored}) (i64.const {1 << 32})))))
        (drop (call $put {key}(local.get $count) {stored}))
        (drop (call $publish (call $vec_push (call $vec_new) (i64.const {_symbol("counted")})) (local.get $count)))
        (local.get $count))
      (func (export "owned") (param $by i64) (result i64)
        (drop (call $require_auth (local.get $by)))
        (call $increment))
      (func (export "trap") (result i64)
        (drop (call $increment))
        unreachable)
      (func (export "spin") (result i64)
        (drop (call $increment))
        (loop $again (br $again))
        (i64.const {_VOID})))"""
    name = b"contractenvmetav0"
    section = bytes([len(name)]) + name + bytes(4) + (22).to_bytes(4, "big") + bytes(4)
    return bytes(wat2wasm(wat)) + bytes([0, len(section)]) + section
