"""Authorisation by others than the source account: what they sign, and their signatures put in (CAP-46-11, CAP-71)."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey
from stellar_sdk import Address, StrKey, scval, xdr
from stellar_sdk.auth import build_authorization_preimage

from arb.contracts.errors import NetworkError
from arb.markets.asset import account_key

_Kind = xdr.SorobanCredentialsType


class AuthorisationError(NetworkError):
    """An authorisation entry cannot be completed. The message names whose it is and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class AuthToSign:
    """One entry that needs a signature of `address` (G... or C...).

    `preimage` is HashIDPreimage XDR: network id, nonce, expiration ledger, what is authorised, and with the newer form
    of credentials (CAP-71) the address itself. An account signs `payload`, its SHA-256, with ed25519; a contract is
    handed the payload in `__check_auth`. The nonce is in the simulated footprint, so it must stay what it is.
    """

    entry: xdr.SorobanAuthorizationEntry
    address: str
    nonce: int
    expiration_ledger: int
    preimage: bytes

    @property
    def payload(self) -> bytes:
        """The 32 bytes to sign."""
        return hashlib.sha256(self.preimage).digest()


def address_credentials(entry: xdr.SorobanAuthorizationEntry) -> xdr.SorobanAddressCredentials | None:
    """The credentials of an entry that somebody signs; None for the source account's, which need no signature.

    AuthorisationError for delegated credentials: this platform makes none and cannot sign them.
    """
    credentials = entry.credentials
    if credentials.type is _Kind.SOROBAN_CREDENTIALS_SOURCE_ACCOUNT:
        return None
    own = credentials.address or credentials.address_v2
    if own is None:
        raise AuthorisationError("an authorisation entry wants delegated signatures (CAP-71): they are not supported")
    return own


def to_sign(
    entries: tuple[xdr.SorobanAuthorizationEntry, ...], *, expiration_ledger: int, passphrase: str
) -> tuple[AuthToSign, ...]:
    """The entries that need a signature, each valid through `expiration_ledger`, in their order.

    Take an expiration just past the transaction's maxTime: shorter fails for nothing, longer leaves a signature that
    others can use once the transaction is dead. The network refuses one beyond its longest entry life time.
    """
    found = []
    for given in entries:
        entry = xdr.SorobanAuthorizationEntry.from_xdr_bytes(given.to_xdr_bytes())
        own = address_credentials(entry)
        if own is None:
            continue
        own.signature_expiration_ledger = xdr.Uint32(expiration_ledger)
        preimage = build_authorization_preimage(entry, expiration_ledger, passphrase).to_xdr_bytes()
        address = Address.from_xdr_sc_address(own.address).address
        found.append(AuthToSign(entry, address, own.nonce.int64, expiration_ledger, preimage))
    return tuple(found)


def signed_by_account(wanted: AuthToSign, signatures: Mapping[str, bytes]) -> xdr.SorobanAuthorizationEntry:
    """The entry with ed25519 signatures over its payload by keys (G...) of the account's signers.

    AuthorisationError for a signature that does not fit: the network would charge a fee to find out.
    """
    if not StrKey.is_valid_ed25519_public_key(wanted.address):
        raise AuthorisationError(f"{wanted.address} is no account: it is satisfied by signed_by_contract")
    if not signatures:
        raise AuthorisationError(f"no signature for the authorisation of {wanted.address}")
    pairs = sorted((account_key(signer), signature) for signer, signature in signatures.items())
    for public_key, signature in pairs:
        try:
            VerifyKey(public_key).verify(wanted.payload, signature)
        except (BadSignatureError, ValueError):
            signer = StrKey.encode_ed25519_public_key(public_key)
            raise AuthorisationError(
                f"the signature of {signer} does not fit the authorisation of {wanted.address}"
            ) from None
    value = scval.to_vec(
        [
            scval.to_map(
                {
                    scval.to_symbol("public_key"): scval.to_bytes(public_key),
                    scval.to_symbol("signature"): scval.to_bytes(signature),
                }
            )
            for public_key, signature in pairs
        ]
    )
    return _with_signature(wanted, value)


def signed_by_contract(wanted: AuthToSign, signature: xdr.SCVal) -> xdr.SorobanAuthorizationEntry:
    """The entry with what the contract account's `__check_auth` takes for a signature."""
    if not StrKey.is_valid_contract(wanted.address):
        raise AuthorisationError(f"{wanted.address} is no contract: it is satisfied by signed_by_account")
    return _with_signature(wanted, signature)


def completed(
    entries: tuple[xdr.SorobanAuthorizationEntry, ...], signed: tuple[xdr.SorobanAuthorizationEntry, ...]
) -> tuple[xdr.SorobanAuthorizationEntry, ...]:
    """All entries of an operation in their order, each one that needs a signature replaced by its signed copy.

    AuthorisationError when one is missing or a signed one belongs to none.
    """
    by_nonce = {_nonce(entry): entry for entry in signed}
    whole = []
    for entry in entries:
        own = address_credentials(entry)
        if own is None:
            whole.append(entry)
            continue
        found = by_nonce.pop(_nonce(entry), None)
        if found is None or found.root_invocation != entry.root_invocation:
            address = Address.from_xdr_sc_address(own.address).address
            raise AuthorisationError(f"the authorisation of {address} with nonce {own.nonce.int64} is not signed")
        whole.append(found)
    if by_nonce:
        raise AuthorisationError(f"{len(by_nonce)} signed authorisations belong to no entry of this operation")
    return tuple(whole)


def expirations(envelope: xdr.TransactionEnvelope) -> tuple[int, ...]:
    """The expiration ledger of every signed authorisation in an envelope's contract call."""
    inner = envelope.fee_bump.tx.inner_tx.v1 if envelope.fee_bump is not None else envelope.v1
    calls = [] if inner is None else [operation.body.invoke_host_function_op for operation in inner.tx.operations]
    owned = [entry.credentials for call in calls if call is not None for entry in call.auth]
    return tuple(
        own.signature_expiration_ledger.uint32 for c in owned if (own := c.address or c.address_v2) is not None
    )


def _nonce(entry: xdr.SorobanAuthorizationEntry) -> tuple[bytes, int]:
    own = address_credentials(entry)
    assert own is not None
    return own.address.to_xdr_bytes(), own.nonce.int64


def _with_signature(wanted: AuthToSign, signature: xdr.SCVal) -> xdr.SorobanAuthorizationEntry:
    entry = xdr.SorobanAuthorizationEntry.from_xdr_bytes(wanted.entry.to_xdr_bytes())
    own = address_credentials(entry)
    assert own is not None
    own.signature = signature
    return entry
