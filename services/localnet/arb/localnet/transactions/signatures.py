"""Whether the signatures of a transaction carry the weight an account asks for (core's SignatureChecker)."""

from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256

from nacl.bindings import crypto_sign_open
from nacl.exceptions import CryptoError
from stellar_sdk import xdr

from arb.localnet.ledger.account_ids import public_key
from arb.localnet.ledger.entries import Account, Signer

_ED25519, _PRE_AUTH_TX, _HASH_X, _SIGNED_PAYLOAD = (n.to_bytes(4, "big") for n in range(4))
_MAX_WEIGHT = 255


@lru_cache(maxsize=65_536)
def verify(key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether an ed25519 signature (64 bytes) fits; remembered, so what the queue accepted is not verified again."""
    if len(signature) != 64:
        return False
    try:
        crypto_sign_open(signature + message, key)
    except (CryptoError, ValueError):
        return False
    return True


def pre_auth_tx_signer(tx_hash: bytes) -> bytes:
    """The packed SignerKey by which an account authorises one transaction in advance."""
    return _PRE_AUTH_TX + tx_hash


def ed25519_signer(account_id: str) -> bytes:
    """The packed SignerKey of an account's own key."""
    return _ED25519 + public_key(account_id)


def signers_of(account: Account) -> list[Signer]:
    """Everything that may sign for an account, its master key included while it has weight."""
    master = account.thresholds[0]
    own = [Signer(ed25519_signer(account.account_id), master)] if master else []
    return own + list(account.signers)


class SignatureChecker:
    """The signatures of one transaction, and which of them anybody has asked for."""

    __slots__ = ("_hash", "_signatures", "_used")

    def __init__(self, tx_hash: bytes, signatures: Sequence[xdr.DecoratedSignature]) -> None:
        self._hash = tx_hash
        self._signatures = [(item.hint.signature_hint, item.signature.signature) for item in signatures]
        self._used = [False] * len(self._signatures)

    def check(self, signers: Sequence[Signer], needed: int) -> bool:
        """Whether the signatures of these signers weigh `needed` or more.

        As in core a transaction authorised in advance counts first, then hash preimages, keys and signed payloads;
        even a threshold of 0 takes one signature, and those past the threshold stay unused.
        """
        total = 0
        for signer in signers:
            if signer.key == _PRE_AUTH_TX + self._hash:
                total += min(signer.weight, _MAX_WEIGHT)
                if total >= needed:
                    return True
        for kind in (_HASH_X, _ED25519, _SIGNED_PAYLOAD):
            left = [signer for signer in signers if signer.key.startswith(kind)]
            for index, (hint, signature) in enumerate(self._signatures) if left else ():
                match = next((signer for signer in left if self._fits(signer.key, hint, signature)), None)
                if match is None:
                    continue
                left.remove(match)
                self._used[index] = True
                total += min(match.weight, _MAX_WEIGHT)
                if total >= needed:
                    return True
        return False

    def all_used(self) -> bool:
        """Whether every signature was needed so far; one that was not makes the transaction txBAD_AUTH_EXTRA."""
        return all(self._used)

    def _fits(self, key: bytes, hint: bytes, signature: bytes) -> bool:
        kind, value = key[:4], key[4:36]
        if kind == _ED25519:
            return value[-4:] == hint and verify(value, self._hash, signature)
        if kind == _HASH_X:
            return value[-4:] == hint and sha256(signature).digest() == value
        payload = key[40 : 40 + int.from_bytes(key[36:40], "big")]
        tail = payload[-4:].ljust(4, b"\x00")
        expected = bytes(a ^ b for a, b in zip(value[-4:], tail, strict=True))
        return expected == hint and verify(value, payload, signature)
