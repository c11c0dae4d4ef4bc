"""Who acts in the traffic: accounts whose keys follow from their role's name, so every run has the same addresses."""

from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from nacl.signing import SigningKey

from arb.localnet.ledger.account_ids import account_id_of_key


@dataclass(frozen=True, slots=True, eq=False)
class Actor:
    """One account of the traffic with its key; `account_id` is its G... address."""

    role: str
    account_id: str
    key: SigningKey

    @property
    def hint(self) -> bytes:
        """The four bytes by which a signature names its key."""
        return bytes(self.key.verify_key)[-4:]


def _actor(role: str, phrase: str) -> Actor:
    key = SigningKey(sha256(phrase.encode()).digest())
    return Actor(role, account_id_of_key(bytes(key.verify_key)), key)


@lru_cache(maxsize=4096)
def actor(role: str) -> Actor:
    """The actor of a role such as "maker 3". These keys are public knowledge: they hold play money only."""
    return _actor(role, f"localnet traffic {role}")


@lru_cache(maxsize=64)
def issuer(code: str) -> Actor:
    """The issuer of one of localnet's assets; its seed is sha256("localnet issuer " + code), a rule others rely on."""
    return _actor(f"issuer {code}", f"localnet issuer {code}")
