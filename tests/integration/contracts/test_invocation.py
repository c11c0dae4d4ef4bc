"""The life of a contract call on a live network: done, refused, overtaken, expired, archived, never included."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import pytest
from stellar_sdk import scval, xdr
from support.invocation import PASSPHRASE, WASM, InvocationWorld
from support.localnet import Localnet, running_localnet

from arb.contracts.interfaces import InterfaceCache
from arb.contracts.invocation.attended import Attended
from arb.contracts.invocation.auth import AuthorisationError, signed_by_account
from arb.contracts.invocation.classify import Sent, after_lookup, after_send, refusal_of
from arb.contracts.invocation.fees import FeeAboveCap, FeePolicy
from arb.contracts.invocation.naming import named
from arb.contracts.invocation.operations import ContractOperation, ExtendTtl, UploadWasm
from arb.contracts.invocation.outcomes import (
    AfterLookup,
    GiveUp,
    GiveUpReason,
    Poll,
    Rebuild,
    RebuildReason,
    ResendSameBytes,
    Succeeded,
)
from arb.contracts.invocation.prepare import Prepared, prepare, prepare_signed
from arb.contracts.transactions import Signer, Transaction, sign

LIFE = 400
"""Ledgers that new contract entries live on this network."""


@pytest.fixture(scope="module")
def network() -> Iterator[Localnet]:
    with running_localnet(manual="on", min_persistent_ttl=LIFE) as running:
        yield running


@pytest.fixture
async def world(network: Localnet) -> AsyncIterator[InvocationWorld]:
    async with InvocationWorld(network) as opened:
        yield opened


async def prepared(world: InvocationWorld, operation: ContractOperation) -> Prepared:
    found = await prepare(world.rpc, await world.drafted(operation))
    assert isinstance(found, Prepared), found
    return found


async def landed(world: InvocationWorld, call: Prepared, unsigned: Transaction) -> AfterLookup:
    """Sign, send, close a ledger and look."""
    transaction = sign(unsigned, world.channel, world.alice)
    answer = await world.rpc.send_transaction(transaction.envelope_xdr)
    assert answer.status == "PENDING", (answer, refusal_of(answer))
    await world.close()
    sent = Sent(transaction.hash_hex, call.ledger, call.draft.max_time)
    return after_lookup(await world.rpc.get_transaction(transaction.hash_hex), sent)


def built(world: InvocationWorld, call: Prepared, *signed: xdr.SorobanAuthorizationEntry) -> Transaction:
    return call.build(world.fees, inclusion_fee=100, signed=signed)


async def test_a_channel_pays_while_another_account_acts(world: InvocationWorld) -> None:
    # given a token of alice's
    token = await world.token("PAID")
    before = await world.account(world.channel), await world.account(world.alice)
    # when she mints, on a channel's sequence number
    done = await world.done(world.call(token, "mint", world.bob.address, 500))
    # then the channel paid exactly the fee, alice nothing, and the event says what was done
    after = await world.account(world.channel), await world.account(world.alice)
    assert 0 < before[0].balance - after[0].balance <= done.fee_charged
    assert (after[0].sequence, after[1]) == (before[0].sequence + 1, before[1])
    assert done.events[0].contract == token
    assert scval.from_symbol(done.events[0].topics[0]) == "mint"
    assert done.value is not None
    assert (await prepared(world, world.call(token, "balance", world.bob.address))).value == scval.to_int128(500)


async def test_another_account_authorises(world: InvocationWorld) -> None:
    # given bob's money, which alice asks to move
    token = await world.token("BOBS")
    await world.done(world.call(token, "mint", world.bob.address, 500))
    move = world.call(token, "transfer", world.bob.address, world.alice.address, 100)
    # when nobody signs for him nothing is sent, and nothing can be built; when he signs it is done
    refused = await world.run(move)
    assert isinstance(refused, GiveUp)
    assert refused.reason is GiveUpReason.AUTH_REFUSED
    call = await prepared(world, move)
    with pytest.raises(AuthorisationError, match=world.bob.address):
        built(world, call)
    await world.done(move, world.bob)


@pytest.mark.parametrize("bound", [False, True])
async def test_both_forms_of_credentials_hold_once(world: InvocationWorld, bound: bool) -> None:
    # given a transfer of bob's, with credentials of the older form or the one that signs the address too
    token = await world.token(f"FORM{bound}")
    await world.done(world.call(token, "mint", world.bob.address, 500))
    call = await prepared(world, world.call(token, "transfer", world.bob.address, world.alice.address, 100))
    if bound:
        own = call.auth[0].credentials.address
        kind = xdr.SorobanCredentialsType.SOROBAN_CREDENTIALS_ADDRESS_V2
        call.auth[0].credentials = xdr.SorobanCredentials(kind, address_v2=own)
    [wanted] = call.to_sign(expiration_ledger=call.ledger + 20)
    signed = signed_by_account(wanted, {world.bob.address: world.bob.signature(wanted.payload)})
    # when it is sent, then it is done
    assert isinstance(await landed(world, call, built(world, call, signed)), Succeeded)
    # and the same signature in another transaction is refused as used: it is not to be asked for again
    again = replace(call, draft=replace(call.draft, sequence=call.draft.sequence + 1))
    used = await landed(world, again, built(world, again, signed))
    assert isinstance(used, GiveUp)
    assert used.reason is GiveUpReason.AUTH_USED


async def test_signatures_are_tried_before_a_fee_is_at_stake(world: InvocationWorld) -> None:
    # given a transfer of bob's that somebody signs who is no signer of his account, and one that he signs
    token = await world.token("TRIED")
    await world.done(world.call(token, "mint", world.bob.address, 500))
    call = await prepared(world, world.call(token, "transfer", world.bob.address, world.alice.address, 100))
    [wanted] = call.to_sign(expiration_ledger=call.ledger + 20)
    by_alice, by_bob = (
        signed_by_account(wanted, {s.address: s.signature(wanted.payload)}) for s in (world.alice, world.bob)
    )
    # when both are simulated, then the first is refused for nothing, and the second is as good as sent
    refused = await prepare_signed(world.rpc, call, (by_alice,))
    assert isinstance(refused, GiveUp)
    assert refused.reason is GiveUpReason.AUTH_REFUSED
    tried = await prepare_signed(world.rpc, call, (by_bob,))
    assert isinstance(tried, Prepared)
    assert isinstance(await landed(world, tried, built(world, tried, by_bob)), Succeeded)


async def test_an_authorisation_that_expired_is_asked_for_anew(world: InvocationWorld) -> None:
    # given a transfer that bob allowed up to the newest ledger, which is too short
    token = await world.token("LATE")
    await world.done(world.call(token, "mint", world.bob.address, 500))
    move = world.call(token, "transfer", world.bob.address, world.alice.address, 100)
    call = await prepared(world, move)
    [wanted] = call.to_sign(expiration_ledger=call.ledger)
    signed = signed_by_account(wanted, {world.bob.address: world.bob.signature(wanted.payload)})
    # when it is applied a ledger later, then it is to be rebuilt, which works
    outcome = await landed(world, call, built(world, call, signed))
    assert isinstance(outcome, Rebuild)
    assert outcome.reason is RebuildReason.EXPIRED_AUTH
    await world.done(move, world.bob)


async def factory_with_tokens(world: InvocationWorld, name: str) -> tuple[str, list[str]]:
    uploaded = await world.done(UploadWasm((WASM / "pair.wasm").read_bytes()))
    assert uploaded.value is not None
    factory = await world.deploy("factory", salt=name.encode().ljust(32))
    await world.done(world.call(factory, "initialize", world.alice.address, uploaded.value))
    return factory, [await world.token(f"{name}{number}") for number in range(3)]


async def test_somebody_was_faster_and_the_footprint_changed(world: InvocationWorld) -> None:
    # given the simulated creation of a pair, which gets the next number of a list
    factory, (a, b, c) = await factory_with_tokens(world, "FAST")
    call = await prepared(world, world.call(factory, "create_pair", a, b))
    # when another pair gets that number before it is applied
    await world.done(world.call(factory, "create_pair", b, c))
    overtaken = replace(call, draft=replace(call.draft, sequence=await world.sequence(world.channel) + 1))
    outcome = await landed(world, overtaken, built(world, overtaken))
    # then it is dead, to be simulated anew, and that works
    assert isinstance(outcome, Rebuild), outcome
    assert outcome.reason is RebuildReason.FOOTPRINT_CHANGED
    await world.done(world.call(factory, "create_pair", a, b))


async def test_a_contracts_refusal_has_its_name(world: InvocationWorld) -> None:
    # given a pair that exists
    factory, (a, b, _) = await factory_with_tokens(world, "NAME")
    call = await prepared(world, world.call(factory, "create_pair", a, b))
    await world.done(world.call(factory, "create_pair", a, b))
    interfaces = InterfaceCache()
    # when it is created again, in a simulation or by a transaction prepared before
    late = replace(call, draft=replace(call.draft, sequence=await world.sequence(world.channel) + 1))
    for refusal in (
        await prepare(world.rpc, await world.drafted(call.draft.operation)),
        await landed(world, late, built(world, late)),
    ):
        # then the contract's own error comes back by name
        assert isinstance(refusal, GiveUp)
        told = await named(refusal, world.rpc, interfaces, contract=factory, function="create_pair")
        assert (told.reason, told.name) == (GiveUpReason.CONTRACT_ERROR, "CreatePairAlreadyExists")
    # and so does one of a contract that was called on the way
    move = world.call(a, "transfer", world.alice.address, world.bob.address, 1)
    poor = await prepare(world.rpc, await world.drafted(move))
    assert isinstance(poor, GiveUp)
    told = await named(poor, world.rpc, interfaces, contract=factory, function="create_pair")
    assert told.name == "InsufficientBalance"


def _is_instance(key: xdr.LedgerKey) -> bool:
    kind = xdr.SCValType.SCV_LEDGER_KEY_CONTRACT_INSTANCE
    return key.contract_data is not None and key.contract_data.key.type is kind


async def test_archived_entries_are_restored(world: InvocationWorld) -> None:
    # given a token that nobody kept alive, and a call prepared before
    token = await world.token("OLD")
    mint = world.call(token, "mint", world.bob.address, 5)
    stale = await prepared(world, mint)
    instance = tuple(key for key in stale.data.resources.footprint.read_write if _is_instance(key))
    assert len(instance) == 1
    await world.close(LIFE + 5)
    # when that call is applied, then it is to be rebuilt after a restore
    late = replace(stale, draft=replace(stale.draft, sequence=await world.sequence(world.channel) + 1))
    outcome = await landed(world, late, built(world, late))
    assert isinstance(outcome, Rebuild), outcome
    assert outcome.reason is RebuildReason.ENTRY_ARCHIVED
    # and when its life is to be extended, then a restore goes first, by itself
    before = await world.sequence(world.channel)
    await world.done(ExtendTtl(instance, 500))
    assert await world.sequence(world.channel) == before + 2
    await world.done(mint)


async def test_too_little_declared_is_rebuilt_with_more(world: InvocationWorld) -> None:
    # given a call that declares a tenth of the instructions it needs
    token = await world.token("SMALL")
    call = await prepared(world, world.call(token, "mint", world.bob.address, 5))
    call.data.resources.instructions = xdr.Uint32(call.data.resources.instructions.uint32 // 10)
    outcome = await landed(world, call, built(world, call))
    assert isinstance(outcome, Rebuild)
    assert outcome.reason is RebuildReason.RESOURCE_LIMIT


async def test_nothing_is_rebuilt_before_the_first_is_proven_dead(world: InvocationWorld) -> None:
    # given a transaction with a sequence number that is used already
    token = await world.token("DEAD")
    draft = await world.drafted(world.call(token, "mint", world.bob.address, 5), seconds=8)
    used = await prepare(world.rpc, replace(draft, sequence=draft.sequence - 1))
    assert isinstance(used, Prepared)
    transaction = sign(built(world, used), world.channel, world.alice)
    answer = await world.rpc.send_transaction(transaction.envelope_xdr)
    sent = Sent(transaction.hash_hex, used.ledger, draft.max_time, refusal_of(answer))
    assert sent.refusal == ("tx_bad_seq",)
    assert isinstance(after_send(answer), Poll)
    # when ledgers close, then it is waited for until one closed after its time, and only then rebuilt
    outcomes = []
    for _ in range(12):
        found = await world.rpc.get_transaction(transaction.hash_hex)
        outcomes.append(after_lookup(found, sent))
        assert isinstance(outcomes[-1], Rebuild) is (found.latest_close_time > draft.max_time)
        await world.close()
    assert isinstance(outcomes[0], Poll)
    assert isinstance(outcomes[-1], Rebuild)
    assert outcomes[-1].reason is RebuildReason.BAD_SEQUENCE


async def test_the_same_bytes_are_safe_to_send_again(world: InvocationWorld) -> None:
    # given a call in the queue
    token = await world.token("TWICE")
    call = await prepared(world, world.call(token, "mint", world.bob.address, 5))
    transaction = sign(built(world, call), world.channel, world.alice)
    sent = Sent(transaction.hash_hex, call.ledger, call.draft.max_time)
    assert isinstance(after_lookup(await world.rpc.get_transaction(transaction.hash_hex), sent), ResendSameBytes)
    # when its bytes are sent twice, then it is applied once
    answers = [await world.rpc.send_transaction(transaction.envelope_xdr) for _ in range(2)]
    assert [answer.status for answer in answers] == ["PENDING", "DUPLICATE"]
    assert all(isinstance(after_send(answer), Poll) for answer in answers)
    await world.close()
    assert isinstance(after_lookup(await world.rpc.get_transaction(transaction.hash_hex), sent), Succeeded)
    assert (await prepared(world, world.call(token, "balance", world.bob.address))).value == scval.to_int128(5)


async def test_what_costs_too_much_is_not_sent(world: InvocationWorld) -> None:
    token = await world.token("DEAR")
    call = await prepared(world, world.call(token, "mint", world.bob.address, 5))
    with pytest.raises(FeeAboveCap, match="the cap is 1000"):
        call.build(FeePolicy(total_cap=1_000), inclusion_fee=100)
    with pytest.raises(FeeAboveCap, match="the cap is 99"):
        FeePolicy(inclusion_cap=99).inclusion_fee(await world.rpc.get_fee_stats(contract_calls=True))


async def test_an_account_that_is_not_there_is_said_at_once(world: InvocationWorld) -> None:
    nobody = Signer(b"n" * 32)
    outcome = await Attended(world.rpc, PASSPHRASE, nobody).run(UploadWasm(b"wasm"))
    assert isinstance(outcome, GiveUp)
    assert outcome.reason is GiveUpReason.MISSING
    assert nobody.address in outcome.detail
