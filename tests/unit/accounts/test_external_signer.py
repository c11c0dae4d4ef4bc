"""A program signs for a key that is kept elsewhere: believed when the signature holds, and only then."""

import asyncio
import os
import sys
import textwrap
import time
from pathlib import Path

import pytest
from nacl.signing import SigningKey, VerifyKey
from support.sequences import Sequences

from arb.accounts.adapters.signers import ExternalSigner
from arb.accounts.books import Books
from arb.accounts.domain.policy import Present, SigningPolicy
from arb.accounts.errors import SignerFault
from arb.accounts.signing import SigningDesk
from arb.contracts.transactions import Cycle, Signer, Transaction, build_basket, sign
from arb.eventlog import MemoryEventStore
from arb.markets.asset import NATIVE
from arb.markets.universe import default_universe
from arb.messages.events.account import SigningRefused, TradeEnvelopeSigned
from arb.messages.subjects import every
from arb.runtime.clock import SystemClock
from arb.runtime.errors import Refusal

PASSPHRASE = "Standalone Network ; February 2017"
SEED = b"k" * 32
KEY = Signer(SEED)
NOW = 1_700_000_000
USDC = default_universe("LOCAL")[-1]
HONEST = """
    from nacl.signing import SigningKey
    key = SigningKey(b"k" * 32)
    print(json.dumps({"signature": key.sign(bytes.fromhex(asked["hash"])).signature.hex(), "note": "and more"}))
"""


@pytest.fixture
def program(tmp_path: Path) -> "Program":
    return Program(tmp_path)


class Program:
    """Writes what a signer's program does to a file, and gives the signer that runs it."""

    def __init__(self, directory: Path) -> None:
        self._file = directory / "signer.py"

    def __call__(self, body: str, *, seconds: float = 10.0) -> ExternalSigner:
        begun = "import json, os, sys, time\nasked = json.load(sys.stdin)\n"
        self._file.write_text(begun + textwrap.dedent(body))
        return ExternalSigner(KEY.address, (sys.executable, str(self._file)), PASSPHRASE, seconds)


def transaction(max_time: int = NOW + 60) -> Transaction:
    cycles = [Cycle((NATIVE, USDC, NATIVE), 100, 101)]
    return build_basket(
        cycles,
        channel=KEY.address,
        trading=KEY.address,
        sequence=5,
        fee=100,
        max_time=max_time,
        passphrase=PASSPHRASE,
    )


async def test_its_signature_is_that_of_the_key(program: Program) -> None:
    assert await program(HONEST).sign(transaction()) == KEY.decorated(transaction().hash)


async def test_it_is_told_what_it_signs(program: Program, tmp_path: Path) -> None:
    # given a program with a policy of its own, which computes the hash itself
    signer = program(f"""
        open({str(tmp_path / "asked")!r}, "w").write(json.dumps(asked))
        from stellar_sdk import Keypair, TransactionEnvelope
        envelope = TransactionEnvelope.from_xdr(asked["envelope_xdr"], asked["network_passphrase"])
        assert (asked["version"], asked["hash"]) == (1, envelope.hash_hex())
        key = Keypair.from_raw_ed25519_seed(b"k" * 32)
        assert asked["public_key"] == key.public_key
        print(json.dumps({{"signature": key.sign(envelope.hash()).hex()}}))
    """)
    assert await signer.sign(transaction()) == KEY.decorated(transaction().hash)
    assert "signature" not in (tmp_path / "asked").read_text()


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("", "answered no signature"),
        ("print('yes')", "answered no signature"),
        ("print('[]')", "answered no signature"),
        ("print('[' * 60000)", "answered no signature"),
        ("print(json.dumps({'signature': 5}))", "answered no signature"),
        ("print(json.dumps({'signature': 'ab' * 63}))", "answered no signature"),
        ("print(json.dumps({'signature': 'ab' * 64}))", "not valid for"),
        (HONEST.replace('b"k"', 'b"z"'), "not valid for"),
        (HONEST.replace('asked["hash"]', '"00" * 32'), "not valid for"),
        (HONEST + "    sys.exit(3)", "exit code 3"),
        ("sys.exit('the HSM is locked')", "the HSM is locked"),
        ("sys.exit('S' + 'A' * 55)", r"\[redacted\]"),
    ],
)
async def test_anything_but_a_valid_signature_is_a_fault(program: Program, body: str, said: str) -> None:
    with pytest.raises(SignerFault, match=said) as fault:
        await program(body).sign(transaction())
    assert "S" + "A" * 55 not in str(fault.value)


async def test_one_that_does_not_answer_is_ended_in_time(program: Program, tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    signer = program(f"open({str(pid)!r}, 'w').write(str(os.getpid()))\ntime.sleep(60)", seconds=0.5)
    begun = time.monotonic()
    with pytest.raises(SignerFault, match=r"no answer within 0\.5 s"):
        await signer.sign(transaction())
    assert time.monotonic() - begun < 5
    if pid.exists():  # it may have been ended before it got that far
        with pytest.raises(ProcessLookupError):
            os.kill(int(pid.read_text()), 0)


async def test_one_that_is_not_there_is_a_fault() -> None:
    with pytest.raises(SignerFault, match="cannot be started"):
        await ExternalSigner(KEY.address, ("/does/not/exist",), PASSPHRASE, 1.0).sign(transaction())


async def test_it_does_not_inherit_the_passphrase(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARB_KEYSTORE_PASSPHRASE", "correct horse")
    monkeypatch.setenv("NATS_URL", "nats://accounts:password@bus")
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    honest_if = (
        "assert not any('horse' in v or 'password' in v for v in os.environ.values()) and 'AWS_REGION' in os.environ\n"
    )
    signer = program(honest_if + textwrap.dedent(HONEST))
    assert await signer.sign(transaction()) == KEY.decorated(transaction().hash)


async def test_the_desk_signs_through_it_and_its_faults_may_be_asked_again(program: Program, tmp_path: Path) -> None:
    store = MemoryEventStore("/arb/accounts")
    policy = SigningPolicy(KEY.address, frozenset(), max_fee=1000, max_amount=10**9)

    def desk(signer: ExternalSigner) -> SigningDesk:
        books = Books(store, SystemClock().now)
        return SigningDesk(books, {KEY.address: signer}, policy, PASSPHRASE, lambda: Present(NOW, NOW), Sequences())

    # given a program that fails, then the refusal is on record and may be asked again
    with pytest.raises(Refusal, match="the HSM is locked") as refused:
        await desk(program("sys.exit('the HSM is locked')")).sign(transaction().envelope_xdr, "trade-1")
    assert (refused.value.code, refused.value.retryable) == ("signer_failed", True)
    # and what the policy forbids never reaches the program
    noting = program(f"open({str(tmp_path / 'asked')!r}, 'w')")
    with pytest.raises(Refusal, match="max time"):
        await desk(noting).sign(transaction(NOW - 1).envelope_xdr, "trade-1")
    assert not (tmp_path / "asked").exists()
    # when it works again, then what comes back is what the key itself would have signed
    signed = await desk(program(HONEST)).sign(transaction().envelope_xdr, "trade-1")
    assert signed.envelope_xdr == sign(transaction(), KEY).envelope_xdr
    facts = [recorded.fact async for recorded in store.replay(every("account"))]
    assert [type(fact) for fact in facts] == [SigningRefused, SigningRefused, TradeEnvelopeSigned]


async def test_many_sign_side_by_side(program: Program) -> None:
    signer = program(HONEST)
    wanted = [transaction(NOW + number) for number in range(4)]
    for made, signature in zip(wanted, await asyncio.gather(*map(signer.sign, wanted)), strict=True):
        VerifyKey(bytes(SigningKey(SEED).verify_key)).verify(made.hash, signature[8:])
