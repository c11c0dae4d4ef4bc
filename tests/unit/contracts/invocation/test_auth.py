"""Who has to sign what, and signatures that are checked before they leave."""

import pytest
from nacl.signing import SigningKey
from stellar_sdk import Address, Keypair, scval, xdr
from stellar_sdk.auth import authorize_entry

from arb.contracts.invocation.auth import (
    AuthorisationError,
    completed,
    expirations,
    signed_by_account,
    signed_by_contract,
    to_sign,
)
from arb.contracts.invocation.envelope import Draft, build_invocation
from arb.contracts.invocation.operations import InvokeContract, created_contract_id
from arb.contracts.transactions import Signer

PASSPHRASE = "Standalone Network ; February 2017"
SEED = b"b" * 32
BOB = Keypair.from_raw_ed25519_seed(SEED)
CONTRACT = created_contract_id(BOB.public_key, bytes(32), PASSPHRASE)
Kind = xdr.SorobanCredentialsType
OLD, NEW = Kind.SOROBAN_CREDENTIALS_ADDRESS, Kind.SOROBAN_CREDENTIALS_ADDRESS_V2


def entry(
    kind: xdr.SorobanCredentialsType, *, address: str = BOB.public_key, nonce: int = 77
) -> xdr.SorobanAuthorizationEntry:
    """An entry as simulation records it: nonce set, expiration 0, no signature."""
    own = xdr.SorobanAddressCredentials(
        Address(address).to_xdr_sc_address(), xdr.Int64(nonce), xdr.Uint32(0), scval.to_void()
    )
    delegated = xdr.SorobanAddressCredentialsWithDelegates(own, [])
    call = xdr.InvokeContractArgs(Address(CONTRACT).to_xdr_sc_address(), xdr.SCSymbol(b"owned"), [scval.to_uint32(1)])
    function = xdr.SorobanAuthorizedFunction(
        xdr.SorobanAuthorizedFunctionType.SOROBAN_AUTHORIZED_FUNCTION_TYPE_CONTRACT_FN, contract_fn=call
    )
    credentials = xdr.SorobanCredentials(
        kind,
        address=own if kind is OLD else None,
        address_v2=own if kind is NEW else None,
        address_with_delegates=delegated if kind is Kind.SOROBAN_CREDENTIALS_ADDRESS_WITH_DELEGATES else None,
    )
    return xdr.SorobanAuthorizationEntry(credentials, xdr.SorobanAuthorizedInvocation(function, []))


@pytest.mark.parametrize("kind", [OLD, NEW])
def test_a_signed_entry_is_what_the_sdk_signs(kind: xdr.SorobanCredentialsType) -> None:
    # given an entry in either form of credentials
    recorded = entry(kind)
    [wanted] = to_sign((recorded,), expiration_ledger=500, passphrase=PASSPHRASE)
    assert (wanted.address, wanted.nonce, wanted.expiration_ledger) == (BOB.public_key, 77, 500)
    # when bob signs its payload
    signed = signed_by_account(wanted, {BOB.public_key: Signer(SEED).signature(wanted.payload)})
    # then it is what stellar_sdk makes of it, and the recorded entry was left alone
    assert signed == authorize_entry(recorded, BOB, 500, PASSPHRASE)
    assert recorded == entry(kind)


def test_the_two_forms_sign_different_payloads() -> None:
    old, new = (to_sign((entry(k),), expiration_ledger=9, passphrase=PASSPHRASE)[0] for k in (OLD, NEW))
    assert old.payload != new.payload


def test_the_source_accounts_own_needs_no_signature() -> None:
    source = entry(Kind.SOROBAN_CREDENTIALS_SOURCE_ACCOUNT)
    assert to_sign((source,), expiration_ledger=9, passphrase=PASSPHRASE) == ()
    assert completed((source,), ()) == (source,)


def test_delegated_signatures_are_refused() -> None:
    with pytest.raises(AuthorisationError, match="delegated"):
        to_sign((entry(Kind.SOROBAN_CREDENTIALS_ADDRESS_WITH_DELEGATES),), expiration_ledger=9, passphrase=PASSPHRASE)


def test_a_signature_that_does_not_fit_never_leaves() -> None:
    # given a signature over another network's payload, by somebody else, or cut
    [wanted] = to_sign((entry(NEW),), expiration_ledger=9, passphrase=PASSPHRASE)
    [foreign] = to_sign((entry(NEW),), expiration_ledger=9, passphrase="another network")
    for signature in (
        Signer(SEED).signature(foreign.payload),
        SigningKey(b"e" * 32).sign(wanted.payload).signature,
        b"short",
    ):
        with pytest.raises(AuthorisationError, match=BOB.public_key):
            signed_by_account(wanted, {BOB.public_key: signature})
    with pytest.raises(AuthorisationError, match="no signature"):
        signed_by_account(wanted, {})


def test_several_signers_are_ordered_by_key() -> None:
    # given an account that needs two keys
    [wanted] = to_sign((entry(NEW),), expiration_ledger=9, passphrase=PASSPHRASE)
    signers = [Signer(bytes([number]) * 32) for number in range(1, 6)]
    # when all sign, then the host finds them in the order it demands
    signed = signed_by_account(wanted, {signer.address: signer.signature(wanted.payload) for signer in signers})
    assert signed.credentials.address_v2 is not None
    keys = [
        scval.from_map(item)[scval.to_symbol("public_key")]
        for item in scval.from_vec(signed.credentials.address_v2.signature)
    ]
    raw = [scval.from_bytes(key) for key in keys]
    assert raw == sorted(raw)
    assert len(raw) == 5


def test_contract_accounts_take_a_value_of_their_own() -> None:
    [of_contract] = to_sign((entry(NEW, address=CONTRACT),), expiration_ledger=9, passphrase=PASSPHRASE)
    [of_account] = to_sign((entry(NEW),), expiration_ledger=9, passphrase=PASSPHRASE)
    signed = signed_by_contract(of_contract, scval.to_bytes(b"proof"))
    assert signed.credentials.address_v2 is not None
    assert scval.from_bytes(signed.credentials.address_v2.signature) == b"proof"
    with pytest.raises(AuthorisationError):
        signed_by_contract(of_account, scval.to_void())
    with pytest.raises(AuthorisationError):
        signed_by_account(of_contract, {BOB.public_key: bytes(64)})


def test_every_entry_is_signed_and_nothing_else() -> None:
    # given two entries, of which one is signed, then one too many
    first, second = entry(NEW, nonce=1), entry(NEW, nonce=2)
    signed = [
        signed_by_account(wanted, {BOB.public_key: Signer(SEED).signature(wanted.payload)})
        for wanted in to_sign((first, second, entry(NEW, nonce=3)), expiration_ledger=9, passphrase=PASSPHRASE)
    ]
    with pytest.raises(AuthorisationError, match="nonce 2"):
        completed((first, second), (signed[0],))
    with pytest.raises(AuthorisationError, match="belong to no entry"):
        completed((first, second), tuple(signed))
    # when exactly those are given, in any order, then they come in the operation's order
    assert completed((first, second), (signed[1], signed[0])) == (signed[0], signed[1])


def test_expirations_are_read_off_an_envelope() -> None:
    draft = Draft(InvokeContract(CONTRACT, "owned"), BOB.public_key, BOB.public_key, 1, 99, PASSPHRASE)
    signed = [
        signed_by_account(wanted, {BOB.public_key: Signer(SEED).signature(wanted.payload)})
        for wanted in to_sign((entry(OLD), entry(NEW)), expiration_ledger=321, passphrase=PASSPHRASE)
    ]
    built = build_invocation(draft, data=None, auth=signed, fee=100)
    assert expirations(xdr.TransactionEnvelope.from_xdr_bytes(built.envelope)) == (321, 321)
