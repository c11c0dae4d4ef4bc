"""Account ids between their text form (G...) and their XDR forms; every conversion is made once and remembered."""

from functools import lru_cache

from stellar_sdk import StrKey, xdr


@lru_cache(maxsize=65_536)
def public_key(account_id: str) -> bytes:
    """The 32 bytes of the ed25519 key behind a G... address."""
    return StrKey.decode_ed25519_public_key(account_id)


@lru_cache(maxsize=65_536)
def account_id_of_key(key: bytes) -> str:
    """The G... address of a 32 byte ed25519 key."""
    return StrKey.encode_ed25519_public_key(key)


@lru_cache(maxsize=65_536)
def pack_account_id(account_id: str) -> bytes:
    """The address as a packed XDR AccountID (36 bytes)."""
    return b"\x00\x00\x00\x00" + public_key(account_id)


def account_id_of(account: xdr.AccountID) -> str:
    """The G... address of an XDR AccountID."""
    key = account.account_id.ed25519
    assert key is not None
    return account_id_of_key(key.uint256)


def account_id_of_muxed(account: xdr.MuxedAccount) -> str:
    """The G... address behind a muxed account; the ledger knows nothing of its memo id."""
    if account.med25519 is not None:
        return account_id_of_key(account.med25519.ed25519.uint256)
    assert account.ed25519 is not None
    return account_id_of_key(account.ed25519.uint256)


def xdr_account_id(account_id: str) -> xdr.AccountID:
    """The address as an XDR AccountID."""
    return xdr.AccountID(xdr.PublicKey(xdr.PublicKeyType.PUBLIC_KEY_TYPE_ED25519, xdr.Uint256(public_key(account_id))))
