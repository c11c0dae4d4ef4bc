"""Authorisation entries as wallets sign them: the payload's hash from the XDR alone, signatures of one key or more."""

from collections.abc import Sequence
from hashlib import sha256

from stellar_sdk import Keypair, TransactionBuilder, TransactionEnvelope, scval, xdr
from stellar_sdk.operation import InvokeHostFunction
from support.contract_ledger import ContractLedger

_Kind = xdr.SorobanCredentialsType


def own_credentials(entry: xdr.SorobanAuthorizationEntry) -> xdr.SorobanAddressCredentials:
    """The address credentials of an entry, whatever their form."""
    credentials = entry.credentials
    shared = credentials.address_with_delegates
    own = shared.address_credentials if shared else credentials.address or credentials.address_v2
    assert own is not None
    return own


def payload(entry: xdr.SorobanAuthorizationEntry, network_id: bytes) -> bytes:
    """The 32 bytes to be signed."""
    own, network = own_credentials(entry), xdr.Hash(network_id)
    nonce, until = own.nonce, own.signature_expiration_ledger
    if entry.credentials.type is _Kind.SOROBAN_CREDENTIALS_ADDRESS:
        preimage = xdr.HashIDPreimage(
            xdr.EnvelopeType.ENVELOPE_TYPE_SOROBAN_AUTHORIZATION,
            soroban_authorization=xdr.HashIDPreimageSorobanAuthorization(network, nonce, until, entry.root_invocation),
        )
    else:
        preimage = xdr.HashIDPreimage(
            xdr.EnvelopeType.ENVELOPE_TYPE_SOROBAN_AUTHORIZATION_WITH_ADDRESS,
            soroban_authorization_with_address=xdr.HashIDPreimageSorobanAuthorizationWithAddress(
                network, nonce, until, own.address, entry.root_invocation
            ),
        )
    return sha256(preimage.to_xdr_bytes()).digest()


def signatures(digest: bytes, keys: Sequence[Keypair]) -> xdr.SCVal:
    """What an account signs with: one signature a key, in the given order."""
    return scval.to_vec(
        [
            scval.to_map(
                {
                    scval.to_symbol("public_key"): scval.to_bytes(key.raw_public_key()),
                    scval.to_symbol("signature"): scval.to_bytes(key.sign(digest)),
                }
            )
            for key in keys
        ]
    )


def ordered(*keys: Keypair) -> list[Keypair]:
    """As the network wants an account's signatures: by public key."""
    return sorted(keys, key=lambda key: key.raw_public_key())


def with_delegates(
    entry: xdr.SorobanAuthorizationEntry, delegates: list[xdr.SorobanDelegateSignature]
) -> xdr.SorobanAuthorizationEntry:
    """The entry with room for delegates in its credentials."""
    shared = xdr.SorobanAddressCredentialsWithDelegates(own_credentials(entry), delegates)
    credentials = xdr.SorobanCredentials(
        _Kind.SOROBAN_CREDENTIALS_ADDRESS_WITH_DELEGATES, address_with_delegates=shared
    )
    return xdr.SorobanAuthorizationEntry(credentials, entry.root_invocation)


class SignedCall:
    """A call sent by one account that others have to allow; its entries are there to be signed, then `sent`."""

    def __init__(self, world: ContractLedger, sender: str, builder: TransactionBuilder, *, bound: bool = True) -> None:
        self.world = world
        self._sender = sender
        self.envelope = builder.build()
        found = world.simulate(sender, self.envelope, bound=bound)
        assert found.error is None, found.error
        assert found.data is not None
        self._recorded = found.data
        self.entries = [xdr.SorobanAuthorizationEntry.from_xdr_bytes(entry) for entry in found.auth]
        for entry in self.entries:
            if entry.credentials.type is not _Kind.SOROBAN_CREDENTIALS_SOURCE_ACCOUNT:
                own_credentials(entry).signature_expiration_ledger = xdr.Uint32(world.ledger.last.seq + 10)

    @property
    def entry(self) -> xdr.SorobanAuthorizationEntry:
        """The only entry."""
        (entry,) = self.entries
        return entry

    def sign(self, *keys: Keypair) -> None:
        """Sign the only entry with these keys, in this order."""
        digest = payload(self.entry, self.world.ledger.network_id)
        own_credentials(self.entry).signature = signatures(digest, keys)

    def assembled(self) -> TransactionEnvelope:
        """The transaction with its entries, and more resources than it can use.

        Its footprint is that of a run that checked the signatures, or of the recorded one where they do not hold.
        """
        operation = self.envelope.transaction.operations[0]
        assert isinstance(operation, InvokeHostFunction)
        operation.auth = list(self.entries)
        found = self.world.simulate(self._sender, self.envelope, record=False)
        data = found.data if found.data is not None else self._recorded
        data.resource_fee = xdr.Int64(data.resource_fee.int64 + 5_000_000)
        data.resources.instructions = xdr.Uint32(50_000_000)
        self.envelope.transaction.soroban_data = data
        self.envelope.transaction.fee = 100 + data.resource_fee.int64
        return self.envelope
