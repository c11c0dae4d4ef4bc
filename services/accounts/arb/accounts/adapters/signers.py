"""Who signs: a key of the keystore, or a program that reaches a key kept elsewhere (KMS, HSM, another machine).

The program gets one JSON object on standard input:
`{"version": 1, "public_key": "G…", "network_passphrase": "…", "hash": "<hex>", "envelope_xdr": "<base64>"}`
and answers with one on standard output: `{"signature": "<128 hex digits>"}`, the ed25519 signature over `hash`. It may
compute the hash from the envelope and have a policy of its own. What it answers is believed only if it verifies.
"""

import asyncio
import json
import os
import re
from collections.abc import Mapping, Sequence
from typing import Final

from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

from arb.accounts.errors import SignerFault
from arb.contracts.transactions import Signer, Transaction, decorate
from arb.markets.asset import account_key
from arb.runtime.lifeline import dies_with_this_process
from arb.runtime.redaction import redact_text

_SIGNATURE: Final = re.compile(r"[0-9a-fA-F]{128}")
_LARGEST_ANSWER: Final = 65536
_OURS: Final = ("ARB_KEYSTORE", "NATS_URL")
"""Beginnings of variables that the program must not inherit: the passphrase, and the bus with its password."""


class KeystoreSigner:
    """The port `Signatory` over a seed in memory."""

    def __init__(self, seed: bytes) -> None:
        self._signer = Signer(seed)
        self.address = self._signer.address

    def __repr__(self) -> str:
        return repr(self._signer)

    async def sign(self, transaction: Transaction) -> bytes:
        """See Signatory."""
        return self._signer.decorated(transaction.hash)


class ExternalSigner:
    """The port `Signatory` over a program. It is started anew for each signature, without a shell."""

    def __init__(self, address: str, command: Sequence[str], network_passphrase: str, seconds: float) -> None:
        self.address = address
        self._public = account_key(address)
        self._command = tuple(command)
        self._network_passphrase = network_passphrase
        self._seconds = seconds

    async def sign(self, transaction: Transaction) -> bytes:
        """See Signatory."""
        request = {
            "version": 1,
            "public_key": self.address,
            "network_passphrase": self._network_passphrase,
            "hash": transaction.hash_hex,
            "envelope_xdr": transaction.envelope_xdr,
        }
        signature = _signature(await self._ask(json.dumps(request).encode() + b"\n"), self.address)
        try:
            VerifyKey(self._public).verify(transaction.hash, signature)
        except BadSignatureError:
            raise SignerFault(
                f"the signer's signature is not valid for {self.address}: does it have that key?"
            ) from None
        return decorate(self._public[-4:], signature)

    async def _ask(self, request: bytes) -> bytes:
        name = self._command[0]
        try:
            process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                env=_environment(os.environ),
                preexec_fn=dies_with_this_process(),
            )
        except OSError as error:
            raise SignerFault(f"the signer {name} cannot be started: {error.strerror or error}") from None
        try:
            async with asyncio.timeout(self._seconds):
                answer, complaint = await process.communicate(request)
        except TimeoutError:
            raise SignerFault(f"the signer {name} gave no answer within {self._seconds:g} s") from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode != 0:
            lines = redact_text(complaint[:_LARGEST_ANSWER].decode(errors="replace")).split("\n")
            raise SignerFault(f"the signer {name} ended with exit code {process.returncode}: {lines[0][:200]}")
        return answer


def _signature(answer: bytes, address: str) -> bytes:
    """The 64 bytes in an answer. What else stands in it is not repeated: it may be anything, a key even."""
    try:
        document = json.loads(answer[:_LARGEST_ANSWER])
        given = document["signature"]
        if not isinstance(given, str) or not _SIGNATURE.fullmatch(given):
            raise ValueError("no signature")
        return bytes.fromhex(given)
    except (ValueError, KeyError, TypeError, RecursionError):
        raise SignerFault(
            f'the signer answered no signature for {address}: expected {{"signature": "<128 hex digits>"}}'
        ) from None


def _environment(given: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in given.items() if not name.upper().startswith(_OURS)}
