"""Requests for signatures that somebody could forge who took over a process that may ask, and what each is refused as.

`PYTHONPATH=tests .venv/bin/python -m support.forged_requests` writes the table of docs/signer.md from them.
"""

import base64
import re
from collections.abc import Callable
from pathlib import Path

from stellar_sdk import Account, Address, Asset, Keypair, MuxedAccount, StrKey, TransactionBuilder, scval, xdr
from stellar_sdk.operation import (
    AccountMerge,
    BumpSequence,
    ChangeTrust,
    CreateAccount,
    ManageData,
    ManageSellOffer,
    Operation,
    PathPaymentStrictReceive,
    PathPaymentStrictSend,
    Payment,
    SetOptions,
)

from arb.accounts.adapters.signers import KeystoreSigner
from arb.accounts.domain.policy import SigningPolicy
from arb.contracts.routes.call import CallStep, RouteCall, Venue
from arb.contracts.routes.envelope import UNDECLARED, build_route

PASSPHRASE = "Public Global Stellar Network ; September 2015"
TESTNET = "Test SDF Network ; September 2015"
NOW = 1_700_000_000
TRADER, CHANNEL = KeystoreSigner(b"t" * 32), KeystoreSigner(b"c" * 32)
THIEF = Keypair.from_raw_ed25519_seed(b"x" * 32)
USDC = Asset("USDC", Keypair.from_raw_ed25519_seed(b"i" * 32).public_key)
LOOK_ALIKE = Asset("USDC", THIEF.public_key)
XLM = Asset.native()
EXECUTOR, TOKEN, POOL, STRANGE = (StrKey.encode_contract(seed * 32) for seed in (b"e", b"t", b"p", b"s"))
POLICY = SigningPolicy(
    TRADER.address,
    frozenset({CHANNEL.address}),
    max_fee=10_000_000,
    max_amount=10**12,
    route_executors=frozenset({EXECUTOR}),
)
ROUTE = RouteCall(EXECUTOR, TRADER.address, TOKEN, 10**9, 1, (CallStep(Venue.SOROSWAP, POOL, TOKEN, TOKEN, 0),))
Builder = Callable[[TransactionBuilder], object]


def cycle(send: Asset = XLM, dest: Asset = XLM, send_max: str = "1", amount: str = "1.1") -> Operation:
    """What may be signed, unless told otherwise."""
    return PathPaymentStrictReceive(TRADER.address, send, send_max, dest, amount, [USDC], source=TRADER.address)


def envelope(
    *operations: Operation,
    source: str = CHANNEL.address,
    fee: int = 100,
    also: Builder | None = None,
    max_time: int = NOW + 60,
) -> str:
    """A transaction as any program could make it."""
    builder = TransactionBuilder(Account(source, 6), TESTNET, base_fee=fee)
    for operation in operations or (cycle(),):
        builder.append_operation(operation)
    builder.add_time_bounds(0, max_time)
    if also is not None:
        also(builder)
    return builder.build().to_xdr()


def edited(edit: Callable[[xdr.Transaction], object]) -> str:
    """A good transaction with something in it that no builder would put there."""
    parsed = xdr.TransactionEnvelope.from_xdr(envelope())
    assert parsed.v1 is not None
    edit(parsed.v1.tx)
    return parsed.to_xdr()


def fee_bumped() -> str:
    inner = TransactionBuilder.from_xdr(envelope(), PASSPHRASE)
    return TransactionBuilder.build_fee_bump_transaction(THIEF, 10**6, inner, PASSPHRASE).to_xdr()  # type: ignore[arg-type]


def signed_by_the_thief() -> str:
    forged = TransactionBuilder.from_xdr(envelope(), PASSPHRASE)
    forged.sign(THIEF)
    return forged.to_xdr()


def route(call: RouteCall = ROUTE, edit: Callable[[xdr.InvokeHostFunctionOp], object] | None = None) -> str:
    made = build_route(
        call, UNDECLARED, channel=CHANNEL.address, sequence=7, fee=1000, max_time=NOW + 60, passphrase=PASSPHRASE
    ).envelope_xdr
    parsed = xdr.TransactionEnvelope.from_xdr(made)
    assert parsed.v1 is not None
    invoked = parsed.v1.tx.operations[0].body.invoke_host_function_op
    assert invoked is not None
    if edit is not None:
        edit(invoked)
    return parsed.to_xdr()


def transferred_to_the_thief(invoked: xdr.InvokeHostFunctionOp) -> None:
    """The token's own transfer in place of a route."""
    called = invoked.host_function.invoke_contract
    assert called is not None
    called.contract_address = Address(TOKEN).to_xdr_sc_address()
    called.function_name = xdr.SCSymbol(b"transfer")
    called.args = [scval.to_address(TRADER.address), scval.to_address(THIEF.public_key), scval.to_int128(10**9)]


def transfer_of_all(invoked: xdr.InvokeHostFunctionOp) -> None:
    """The call is a good one; what it is authorised to take is more."""
    within = invoked.auth[0].root_invocation.sub_invocations[0].function.contract_fn
    assert within is not None
    within.args[2] = scval.to_int128(2**100)


def a_second_entry(invoked: xdr.InvokeHostFunctionOp) -> None:
    invoked.auth.append(invoked.auth[0])


def uploaded(invoked: xdr.InvokeHostFunctionOp) -> None:
    invoked.host_function = xdr.HostFunction(
        xdr.HostFunctionType.HOST_FUNCTION_TYPE_UPLOAD_CONTRACT_WASM, wasm=b"\0asm"
    )


def with_muxed(account_id: str) -> xdr.MuxedAccount:
    return MuxedAccount(account_id, 7).to_xdr_object()


def muxed_destination(transaction: xdr.Transaction) -> None:
    inner = transaction.operations[0].body.path_payment_strict_receive_op
    assert inner is not None
    inner.destination = with_muxed(TRADER.address)


def muxed_source(transaction: xdr.Transaction) -> None:
    transaction.source_account = with_muxed(CHANNEL.address)


def muxed_operation_source(transaction: xdr.Transaction) -> None:
    transaction.operations[0].source_account = with_muxed(TRADER.address)


def fee_of(fee: int) -> Callable[[xdr.Transaction], None]:
    def edit(transaction: xdr.Transaction) -> None:
        transaction.fee = xdr.Uint32(fee)

    return edit


def without_time_bounds(transaction: xdr.Transaction) -> None:
    transaction.cond = xdr.Preconditions(xdr.PreconditionType.PRECOND_NONE)


def negative(transaction: xdr.Transaction) -> None:
    inner = transaction.operations[0].body.path_payment_strict_receive_op
    assert inner is not None
    inner.send_max = xdr.Int64(-5)


MINE = TRADER.address
THEIR_CYCLE = PathPaymentStrictReceive(THIEF.public_key, XLM, "1", XLM, "1", [USDC], source=THIEF.public_key)
TO_THIEF = PathPaymentStrictReceive(THIEF.public_key, XLM, "1", XLM, "1.1", [USDC], source=MINE)
FORGED = {
    "payment out": (envelope(Payment(THIEF.public_key, XLM, "1000", source=MINE)), "operation_type"),
    "payment from a channel": (envelope(Payment(THIEF.public_key, XLM, "4")), "operation_source"),
    "payment hidden behind a cycle": (
        envelope(cycle(), Payment(THIEF.public_key, XLM, "1", source=MINE)),
        "operation_type",
    ),
    "path payment to a stranger": (envelope(TO_THIEF), "destination"),
    "path payment that sends all": (
        envelope(PathPaymentStrictSend(MINE, XLM, "1", XLM, "0.0000001", [USDC], source=MINE)),
        "operation_type",
    ),
    "cycle that pays more than it brings": (envelope(cycle(send_max="1.1", amount="1")), "may_lose"),
    "cycle that ends in a look-alike": (envelope(cycle(send=USDC, dest=LOOK_ALIKE)), "not_a_cycle"),
    "cycle that sends everything": (envelope(cycle(send_max="900000000", amount="900000001")), "amount_too_large"),
    "new account": (envelope(CreateAccount(THIEF.public_key, "1000", source=MINE)), "operation_type"),
    "merge into a stranger": (envelope(AccountMerge(THIEF.public_key, source=MINE)), "operation_type"),
    "another signer": (
        envelope(SetOptions(master_weight=0, home_domain="example.org", source=MINE)),
        "operation_type",
    ),
    "trustline to a look-alike": (envelope(ChangeTrust(LOOK_ALIKE, source=MINE)), "operation_type"),
    "offer at a bad price": (envelope(ManageSellOffer(XLM, USDC, "1000", "0.0000001", source=MINE)), "operation_type"),
    "data entry": (envelope(ManageData("a", "b", source=MINE)), "operation_type"),
    "sequence number burnt": (envelope(BumpSequence(2**60, source=MINE)), "operation_type"),
    "stranger's operation": (envelope(cycle(), THEIR_CYCLE), "operation_source"),
    "stranger's channel": (envelope(source=THIEF.public_key), "foreign_source"),
    "101 operations": (edited(lambda t: t.operations.extend(t.operations * 100)), "operation_count"),
    "no operation": (edited(lambda t: t.operations.clear()), "operation_count"),
    "multiplexed source": (edited(muxed_source), "malformed"),
    "multiplexed source of the operation": (edited(muxed_operation_source), "malformed"),
    "multiplexed destination": (edited(muxed_destination), "malformed"),
    "fee of 2^31": (edited(fee_of(2**31)), "fee_too_high"),
    "fee of 2^32 - 1": (edited(fee_of(2**32 - 1)), "fee_too_high"),
    "negative amount": (edited(negative), "may_lose"),
    "no max time": (edited(without_time_bounds), "time_bounds"),
    "max time of zero, which is for ever": (envelope(max_time=0), "time_bounds"),
    "max time in a year": (envelope(max_time=NOW + 31_536_000), "lives_too_long"),
    "ledger bounds": (envelope(also=lambda b: b.set_ledger_bounds(1, 2**31)), "time_bounds"),
    "extra signer wanted": (envelope(also=lambda b: b.add_extra_signer(THIEF.public_key)), "time_bounds"),
    "memo": (envelope(also=lambda b: b.add_text_memo("to exchange account 7")), "memo"),
    "fee bump around it": (fee_bumped(), "signatures"),
    "signed already": (signed_by_the_thief(), "signatures_present"),
    "bytes behind the end": (
        base64.b64encode(base64.b64decode(envelope()) + b"\0\0\0\0").decode(),
        "not_canonical",
    ),
    "cut off": (envelope()[:-20], "malformed"),
    "no XDR at all": ("AAAA", "malformed"),
    "no base64": ("{'envelope': 1}", "malformed"),
    "route through a strange contract": (route(ROUTE._replace(executor=STRANGE)), "foreign_contract"),
    "route for a stranger": (route(ROUTE._replace(trader=THIEF.public_key)), "foreign_operations"),
    "route with all there is": (route(ROUTE._replace(amount=2**100)), "amount_too_large"),
    "token's own transfer": (route(edit=transferred_to_the_thief), "route"),
    "authority over more than the call": (route(edit=transfer_of_all), "not_canonical"),
    "a second authorisation": (route(edit=a_second_entry), "not_canonical"),
    "contract code": (route(edit=uploaded), "operation_type"),
}

PAGE = Path(__file__).parents[2] / "docs" / "signer.md"
_TABLE = re.compile(r"\| request \| refused as \|\n(?:\|.*\n)+")


def table() -> str:
    """What is refused, as it stands on the page."""
    rows = "".join(f"| {what} | `{code}` |\n" for what, (_, code) in FORGED.items())
    return f"| request | refused as |\n|---|---|\n{rows}"


if __name__ == "__main__":
    PAGE.write_text(_TABLE.sub(table(), PAGE.read_text()))
