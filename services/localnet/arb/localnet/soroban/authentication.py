"""Whether somebody really signed: accounts by their signers' keys, contracts by their own __check_auth."""

from collections.abc import Iterable

from arb.localnet.ledger import keys
from arb.localnet.ledger.account_ids import account_id_of_key
from arb.localnet.ledger.entries import Account
from arb.localnet.soroban.auth_entries import Signed
from arb.localnet.soroban.auth_tree import AuthNode
from arb.localnet.soroban.codec import pack_address
from arb.localnet.soroban.delegation import Authentication
from arb.localnet.soroban.errors import ErrorCode, ErrorType, HostError
from arb.localnet.soroban.host import Host
from arb.localnet.soroban.ledger_storage import LedgerStorage
from arb.localnet.soroban.ports import ContractCall, Invocation
from arb.localnet.soroban.sac_values import SacError
from arb.localnet.soroban.values import (
    BYTES,
    MAP,
    NONCE_KEY,
    VEC,
    VOID,
    HostValue,
    bytes_,
    contract,
    map_,
    symbol,
    vec,
)
from arb.localnet.transactions.signatures import signers_of, verify

ACCOUNT_KIND, CONTRACT_KIND = 0, 1
CHECK_AUTH = "__check_auth"
"""What a contract that is an account exports."""
_MAX_SIGNATURES = 20
VERIFY_INSTRUCTIONS = 380_000
"""What core meters for one ed25519 verification, about."""


def authentication_of(signed: Signed, nodes: Iterable[AuthNode]) -> Authentication:
    """What checking an entry is about."""
    contexts = vec(context_of(node.invocation) for node in nodes)
    return Authentication(bytes_(signed.payload), contexts, signed.delegates)


def authenticate(
    host: Host,
    storage: LedgerStorage,
    address: HostValue,
    signature: HostValue,
    of: Authentication,
    *,
    delegate: bool = False,
) -> None:
    """Check the signature of an address, the entry's own or a delegate's. Raises HostError if it does not hold."""
    kind, key = address[1]
    if kind == ACCOUNT_KIND:
        _check_account(host, storage, key, of.payload[1], signature)
    elif kind == CONTRACT_KIND:
        args = (of.payload, signature, of.contexts)
        result = host.call(key, CHECK_AUTH, args, reserved=True, from_itself=not delegate)
        if result != VOID:
            raise HostError(ErrorType.AUTH, ErrorCode.UNEXPECTED_TYPE, "__check_auth returned a value")
    else:
        raise HostError(ErrorType.AUTH, ErrorCode.INVALID_INPUT, "only accounts and contracts can authorise")


def use_nonce(storage: LedgerStorage, address: HostValue, nonce: int, expiration: int, max_ttl: int) -> None:
    """Use up a nonce. Raises HostError when the signature has expired, lives too long, or the nonce was used."""
    if expiration < storage.ledger_seq:
        raise HostError(ErrorType.AUTH, ErrorCode.INVALID_INPUT, f"signature has expired in ledger {expiration}")
    if expiration > storage.ledger_seq + max_ttl - 1:
        raise HostError(ErrorType.AUTH, ErrorCode.INVALID_INPUT, "signature expiration is too late")
    if not storage.create_nonce(pack_address(address), (NONCE_KEY, nonce), expiration):
        raise HostError(ErrorType.AUTH, ErrorCode.EXISTING_VALUE, "nonce already exists for address")


def read_account(storage: LedgerStorage, key: bytes) -> Account:
    """The account behind an ed25519 key. Raises HostError if there is none."""
    entry = storage.classic(keys.account_key(account_id_of_key(key)))
    if not isinstance(entry, Account):
        raise HostError(ErrorType.AUTH, ErrorCode.MISSING_VALUE, f"account {account_id_of_key(key)} does not exist")
    return entry


def context_of(invocation: Invocation) -> HostValue:
    """The Context that __check_auth is told for an invocation it authorises."""
    if isinstance(invocation, ContractCall):
        fields = {
            "args": vec(invocation.args),
            "contract": contract(invocation.contract),
            "fn_name": symbol(invocation.function),
        }
        return _variant("Contract", fields)
    executable = vec((symbol("Wasm"), bytes_(invocation.wasm_hash)))
    fields = {"executable": executable, "salt": bytes_(invocation.salt)}
    if not invocation.with_constructor:
        return _variant("CreateContractHostFn", fields)
    return _variant("CreateContractWithCtorHostFn", {**fields, "constructor_args": vec(invocation.constructor_args)})


def _variant(name: str, fields: dict[str, HostValue]) -> HostValue:
    return vec((symbol(name), map_((symbol(field), value) for field, value in fields.items())))


def _check_account(host: Host, storage: LedgerStorage, key: bytes, payload: bytes, signed: HostValue) -> None:
    account = read_account(storage, key)
    weights = {signer.key[4:]: signer.weight for signer in signers_of(account) if signer.key[:4] == bytes(4)}
    total, last = 0, b""
    for public_key, signature in _signatures(signed):
        if public_key <= last:
            raise _refused("signatures are not ordered by public key, or one comes twice")
        last = public_key
        host.budget.charge(VERIFY_INSTRUCTIONS)
        if not verify(public_key, payload, signature):
            raise HostError(ErrorType.CRYPTO, ErrorCode.INVALID_INPUT, "failed ED25519 verification")
        if public_key not in weights:
            raise _refused("signature does not belong to the account")
        total += min(weights[public_key], 255)
    if total < account.thresholds[2]:
        raise _refused(f"signature weight {total} is lower than threshold {account.thresholds[2]}")


def _signatures(value: HostValue) -> list[tuple[bytes, bytes]]:
    """The (public key, signature) pairs of Vec<Map{public_key, signature}>."""
    if value[0] != VEC or not 0 < len(value[1]) <= _MAX_SIGNATURES:
        if value[0] == VEC:
            raise _refused(f"an account signs with 1 to {_MAX_SIGNATURES} signatures, not {len(value[1])}")
        raise _malformed("an account signs with a vec of signatures")
    pairs: list[tuple[bytes, bytes]] = []
    for item in value[1]:
        fields = dict(item[1]) if item[0] == MAP else {}
        public_key, signature = fields.get(symbol("public_key")), fields.get(symbol("signature"))
        if public_key is None or signature is None or len(fields) != 2:
            raise _malformed("a signature is a map of public_key and signature")
        if public_key[0] != BYTES or signature[0] != BYTES or len(public_key[1]) != 32 or len(signature[1]) != 64:
            raise _malformed("public keys have 32 bytes and signatures 64")
        pairs.append((public_key[1], signature[1]))
    return pairs


def _refused(message: str) -> HostError:
    return HostError(ErrorType.CONTRACT, SacError.AUTHENTICATION, message)


def _malformed(message: str) -> HostError:
    return HostError(ErrorType.VALUE, ErrorCode.UNEXPECTED_TYPE, message)
