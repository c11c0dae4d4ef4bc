"""Accounts that let others sign for them (CAP-71-01): who did so, and how far a running check has asked them."""

from dataclasses import dataclass, field
from itertools import pairwise

from stellar_sdk import xdr

from arb.localnet.soroban.codec import from_scaddress, from_scval
from arb.localnet.soroban.errors import ErrorCode, ErrorType, HostError
from arb.localnet.soroban.values import HostValue, strkey


@dataclass(frozen=True, slots=True)
class Delegate:
    """Somebody who signed the payload of another's entry, with those who signed for them in turn."""

    address: HostValue
    signature: HostValue
    delegates: tuple["Delegate", ...] = ()


@dataclass(slots=True)
class _Level:
    """The delegates that one running __check_auth may ask, each once."""

    delegates: tuple[Delegate, ...] | None
    asked: set[HostValue] = field(default_factory=set)


@dataclass(slots=True)
class Authentication:
    """One entry being checked: its payload and contexts reach every delegate as they are.

    `delegates` is None where the entry's credentials have no room for any.
    """

    payload: HostValue
    contexts: HostValue
    delegates: tuple[Delegate, ...] | None
    _levels: list[_Level] = field(init=False)

    def __post_init__(self) -> None:
        self._levels = [_Level(self.delegates)]

    def signers(self) -> tuple[HostValue, ...]:
        """Who signed for the account that is being checked now."""
        return tuple([delegate.address for delegate in self._levels[-1].delegates or ()])

    def enter(self, address: HostValue) -> Delegate:
        """Ask a delegate: its own delegates are the ones to ask until `leave`. Raises HostError if it cannot be."""
        level = self._levels[-1]
        if level.delegates is None:
            raise _refused(f"no delegated signers were provided, {strkey(address)} among them")
        found = next((delegate for delegate in level.delegates if delegate.address == address), None)
        if found is None:
            raise _refused(f"delegated signer {strkey(address)} has not provided a signature")
        if address in level.asked:
            raise _refused(f"delegated signer {strkey(address)} was asked before")
        level.asked.add(address)
        self._levels.append(_Level(found.delegates))
        return found

    def leave(self) -> None:
        """The delegate's check has ended."""
        self._levels.pop()


def delegates_of(signatures: list[xdr.SorobanDelegateSignature]) -> tuple[Delegate, ...]:
    """The delegates of an entry. Raises HostError unless each list of them ascends by address."""
    found = tuple(
        [
            Delegate(from_scaddress(item.address), from_scval(item.signature), delegates_of(item.nested_delegates))
            for item in signatures
        ]
    )
    if any(left.address >= right.address for left, right in pairwise(found)):
        raise _refused("delegated signers are not in ascending order, or one comes twice")
    return found


def _refused(message: str) -> HostError:
    return HostError(ErrorType.AUTH, ErrorCode.INVALID_INPUT, message)
