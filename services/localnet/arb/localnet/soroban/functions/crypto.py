"""Host functions of module c: digests and the network's own signature scheme."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

from arb.localnet.soroban import values as v
from arb.localnet.soroban.errors import ErrorCode, ErrorType, HostError
from arb.localnet.soroban.functions.faults import fixed_bytes
from arb.localnet.soroban.functions.signature import Table
from arb.localnet.soroban.keccak import RATE, keccak256

if TYPE_CHECKING:
    from arb.localnet.soroban.host import Host

TABLE = Table("c")

_DIGEST_CPU_A_BYTE = 22
_DIGEST_CPU = 3_700
_KECCAK_CPU_A_BLOCK = 40_000
_SIGNATURE_CPU = 377_000


@TABLE.export("_", "Bytes", gives="Bytes")
def compute_hash_sha256(host: Host, data: bytes) -> bytes:
    host.budget.charge(_DIGEST_CPU + _DIGEST_CPU_A_BYTE * len(data))
    return hashlib.sha256(data).digest()


@TABLE.export("1", "Bytes", gives="Bytes")
def compute_hash_keccak256(host: Host, data: bytes) -> bytes:
    host.budget.charge(_KECCAK_CPU_A_BLOCK * (len(data) // RATE + 1))
    return keccak256(data)


@TABLE.export("0", "Bytes", "Bytes", "Bytes", gives="Void")
def verify_sig_ed25519(host: Host, public_key: bytes, message: bytes, signature: bytes) -> None:
    host.budget.charge(_SIGNATURE_CPU)
    host.touch((v.BYTES, message))
    key = VerifyKey(fixed_bytes(public_key, 32, "public key"))
    try:
        key.verify(message, fixed_bytes(signature, 64, "signature"))
    except BadSignatureError:
        raise HostError(ErrorType.CRYPTO, ErrorCode.INVALID_INPUT, "failed ED25519 verification") from None
