"""Authorisation entries between XDR and trees: what is authorised, by whom, and the hash they sign (CAP-46-11, 71)."""

from dataclasses import dataclass
from hashlib import sha256

from stellar_sdk import xdr

from arb.localnet.soroban.auth_tree import AuthNode
from arb.localnet.soroban.codec import from_scaddress, from_scval, to_scaddress, to_scval
from arb.localnet.soroban.delegation import Delegate, delegates_of
from arb.localnet.soroban.errors import ErrorCode, ErrorType, HostError
from arb.localnet.soroban.ports import ContractCall, CreateContract, Invocation
from arb.localnet.soroban.values import VOID, HostValue

_Credentials = xdr.SorobanCredentialsType
_Function = xdr.SorobanAuthorizedFunctionType


@dataclass(frozen=True, slots=True)
class Signed:
    """Address credentials: `payload` is the 32 byte hash that `signature` and those of `delegates` have to fit."""

    address: HostValue
    nonce: int
    expiration_ledger: int
    signature: HostValue
    payload: bytes
    delegates: tuple[Delegate, ...] | None = None


@dataclass(frozen=True, slots=True)
class AuthEntry:
    """A tree and who stands for it; `signed` None means the source account, by the transaction's signatures."""

    root: AuthNode
    signed: Signed | None


def auth_entry_of(entry: xdr.SorobanAuthorizationEntry, network_id: bytes) -> AuthEntry:
    """The entry of an operation. Raises HostError where it holds what is no value, or delegates out of order."""
    root = _node_of(entry.root_invocation)
    if entry.credentials.type is _Credentials.SOROBAN_CREDENTIALS_SOURCE_ACCOUNT:
        return AuthEntry(root, None)
    shared = entry.credentials.address_with_delegates
    own = shared.address_credentials if shared else entry.credentials.address or entry.credentials.address_v2
    assert own is not None
    bound = entry.credentials.address is None
    payload = sha256(_preimage(own, entry.root_invocation, network_id, bound=bound).to_xdr_bytes()).digest()
    signed = Signed(
        from_scaddress(own.address),
        own.nonce.int64,
        own.signature_expiration_ledger.uint32,
        from_scval(own.signature),
        payload,
        delegates_of(shared.delegates) if shared else None,
    )
    return AuthEntry(root, signed)


def unsigned_entry(
    address: HostValue | None, nonce: int, root: xdr.SorobanAuthorizedInvocation, *, bound: bool
) -> xdr.SorobanAuthorizationEntry:
    """An entry to be signed; `address` None for the source account, `bound` for credentials that sign their address."""
    if address is None:
        credentials = xdr.SorobanCredentials(_Credentials.SOROBAN_CREDENTIALS_SOURCE_ACCOUNT)
    else:
        own = xdr.SorobanAddressCredentials(to_scaddress(address), xdr.Int64(nonce), xdr.Uint32(0), to_scval(VOID))
        credentials = (
            xdr.SorobanCredentials(_Credentials.SOROBAN_CREDENTIALS_ADDRESS_V2, address_v2=own)
            if bound
            else xdr.SorobanCredentials(_Credentials.SOROBAN_CREDENTIALS_ADDRESS, address=own)
        )
    return xdr.SorobanAuthorizationEntry(credentials, root)


def function_of(invocation: Invocation) -> xdr.SorobanAuthorizedFunction:
    """An invocation as XDR."""
    if isinstance(invocation, ContractCall):
        return xdr.SorobanAuthorizedFunction(
            _Function.SOROBAN_AUTHORIZED_FUNCTION_TYPE_CONTRACT_FN,
            contract_fn=xdr.InvokeContractArgs(
                to_scaddress((18, (1, invocation.contract))),
                xdr.SCSymbol(invocation.function.encode()),
                [to_scval(arg) for arg in invocation.args],
            ),
        )
    preimage = xdr.ContractIDPreimage(
        xdr.ContractIDPreimageType.CONTRACT_ID_PREIMAGE_FROM_ADDRESS,
        from_address=xdr.ContractIDPreimageFromAddress(to_scaddress(invocation.deployer), xdr.Uint256(invocation.salt)),
    )
    executable = xdr.ContractExecutable(
        xdr.ContractExecutableType.CONTRACT_EXECUTABLE_WASM, wasm_hash=xdr.Hash(invocation.wasm_hash)
    )
    if not invocation.with_constructor:
        return xdr.SorobanAuthorizedFunction(
            _Function.SOROBAN_AUTHORIZED_FUNCTION_TYPE_CREATE_CONTRACT_HOST_FN,
            create_contract_host_fn=xdr.CreateContractArgs(preimage, executable),
        )
    return xdr.SorobanAuthorizedFunction(
        _Function.SOROBAN_AUTHORIZED_FUNCTION_TYPE_CREATE_CONTRACT_V2_HOST_FN,
        create_contract_v2_host_fn=xdr.CreateContractArgsV2(
            preimage, executable, [to_scval(arg) for arg in invocation.constructor_args]
        ),
    )


def _node_of(tree: xdr.SorobanAuthorizedInvocation) -> AuthNode:
    return AuthNode(_invocation_of(tree.function), tuple(_node_of(child) for child in tree.sub_invocations))


def _invocation_of(function: xdr.SorobanAuthorizedFunction) -> Invocation:
    call = function.contract_fn
    if call is not None:
        args = tuple(from_scval(arg) for arg in call.args)
        return ContractCall(from_scaddress(call.contract_address)[1][1], call.function_name.sc_symbol.decode(), args)
    created = function.create_contract_host_fn or function.create_contract_v2_host_fn
    assert created is not None
    source, wasm_hash = created.contract_id_preimage.from_address, created.executable.wasm_hash
    if source is None or wasm_hash is None:
        raise HostError(ErrorType.AUTH, ErrorCode.INVALID_INPUT, "only contracts made from wasm ask for authorisation")
    args = () if isinstance(created, xdr.CreateContractArgs) else tuple(from_scval(a) for a in created.constructor_args)
    with_constructor = isinstance(created, xdr.CreateContractArgsV2)
    deployer = from_scaddress(source.address)
    return CreateContract(deployer, source.salt.uint256, wasm_hash.hash, args, with_constructor)


def _preimage(
    own: xdr.SorobanAddressCredentials, tree: xdr.SorobanAuthorizedInvocation, network_id: bytes, *, bound: bool
) -> xdr.HashIDPreimage:
    network, expiration = xdr.Hash(network_id), own.signature_expiration_ledger
    if bound:
        return xdr.HashIDPreimage(
            xdr.EnvelopeType.ENVELOPE_TYPE_SOROBAN_AUTHORIZATION_WITH_ADDRESS,
            soroban_authorization_with_address=xdr.HashIDPreimageSorobanAuthorizationWithAddress(
                network, own.nonce, expiration, own.address, tree
            ),
        )
    return xdr.HashIDPreimage(
        xdr.EnvelopeType.ENVELOPE_TYPE_SOROBAN_AUTHORIZATION,
        soroban_authorization=xdr.HashIDPreimageSorobanAuthorization(network, own.nonce, expiration, tree),
    )
