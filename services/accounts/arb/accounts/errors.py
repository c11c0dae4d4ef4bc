"""What can keep the accounts service from holding its keys. Messages never hold a seed or a passphrase."""


class KeystoreError(Exception):
    """Root: the keystore cannot be used. The message says which file, what is wrong and what to do."""


class WrongPassphrase(KeystoreError):
    """The file is whole, but this passphrase does not open it."""


class CorruptedKeystore(KeystoreError):
    """The file is damaged or no keystore: restore it from a backup."""


class TooOpen(KeystoreError):
    """Others on this machine may read the file: its permissions must be 0600."""


class KeystoreInUse(KeystoreError):
    """Another process holds the keystore: two signers would race for sequence numbers."""


class ForeignKeystore(KeystoreError):
    """The keystore belongs to another network, or lacks a key that the event log says is ours."""


class PlaceTaken(KeystoreError):
    """A key cannot be stored where it was meant to be: no key is ever overwritten."""


class WouldLoseKeys(KeystoreError):
    """A backup lacks keys that the present keystore has."""


class NotASeed(KeystoreError):
    """What should be a secret key is none. The message never holds any part of it."""


class SignerFault(Exception):
    """An external signer gave no signature that is valid. Nothing was signed; asking again may help."""
