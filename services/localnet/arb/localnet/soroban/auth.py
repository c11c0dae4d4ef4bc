"""Authorisation as a submitted transaction has it: entries that were signed, each used for what it says and no more."""

from collections.abc import Sequence
from typing import cast

from arb.localnet.soroban.auth_entries import AuthEntry, Signed
from arb.localnet.soroban.auth_frames import FrameAuth
from arb.localnet.soroban.auth_tree import InvocationTracker, Snapshot
from arb.localnet.soroban.authentication import CHECK_AUTH, authenticate, authentication_of, use_nonce
from arb.localnet.soroban.delegation import Authentication
from arb.localnet.soroban.errors import ErrorCode, ErrorType, HostError
from arb.localnet.soroban.host import Host
from arb.localnet.soroban.ledger_storage import LedgerStorage
from arb.localnet.soroban.values import HostValue, strkey


class EnforcingAuth(FrameAuth):
    """The Auth port over an operation's entries. The source account's entries need no signature of their own."""

    def __init__(self, entries: Sequence[AuthEntry], source: HostValue, storage: LedgerStorage) -> None:
        super().__init__()
        self._storage = storage
        self._authentications: list[Authentication] = []
        self._entries: list[tuple[HostValue, Signed | None, InvocationTracker]] = [
            (entry.signed.address if entry.signed else source, entry.signed, InvocationTracker(entry.root, 0))
            for entry in entries
        ]

    def require_auth(self, host: Host, address: HostValue, args: tuple[HostValue, ...] | None) -> None:
        """Raise HostError unless `address` allowed the innermost frame."""
        invocation = self.invocation(args)
        if self.allowed_by_contract(address, invocation):
            return
        active = any(owner == address and tracker.active for owner, _, tracker in self._entries)
        for owner, signed, tracker in self._entries:
            if owner != address or not tracker.use(invocation, root_allowed=not active):
                continue
            if signed is not None and not tracker.verified:
                self._authenticate(host, signed, tracker)
                tracker.verified = True
            return
        raise HostError(ErrorType.AUTH, ErrorCode.INVALID_ACTION, f"Unauthorized function call for {strkey(address)}")

    def delegated_signers(self, host: Host) -> tuple[HostValue, ...]:
        """Who signed for the account whose __check_auth is running."""
        return self._running(host).signers()

    def delegate(self, host: Host, address: HostValue) -> None:
        """Have `address` checked in place of the account whose __check_auth is running."""
        running = self._running(host)
        asked = running.enter(address)
        try:
            authenticate(host, self._storage, asked.address, asked.signature, running, delegate=True)
        finally:
            running.leave()

    def _running(self, host: Host) -> Authentication:
        if host.frame.function != CHECK_AUTH or not self._authentications:
            message = f"only {CHECK_AUTH} may ask for delegated signers"
            raise HostError(ErrorType.CONTEXT, ErrorCode.INVALID_ACTION, message)
        return self._authentications[-1]

    def _authenticate(self, host: Host, signed: Signed, tracker: InvocationTracker) -> None:
        """Check signature and nonce; a refusal is one of authorisation, whatever error a __check_auth ended with."""
        self._authentications.append(authentication_of(signed, tracker.nodes))
        try:
            authenticate(host, self._storage, signed.address, signed.signature, self._authentications[-1])
        except HostError as error:
            if not error.recoverable:
                raise
            host.journal.report_once(None, error)
            message = f"failed account authentication of {strkey(signed.address)} with error: {error}"
            raise HostError(ErrorType.AUTH, ErrorCode.INVALID_ACTION, message) from error
        finally:
            self._authentications.pop()
        use_nonce(self._storage, signed.address, signed.nonce, signed.expiration_ledger, host.ledger.max_ttl)

    def _own_trackers(self) -> list[InvocationTracker]:
        return [tracker for _, _, tracker in self._entries]

    def _snapshot(self) -> list[Snapshot]:
        return [tracker.snapshot() for _, _, tracker in self._entries]

    def _reset(self, snapshot: object) -> None:
        for (_, _, tracker), saved in zip(self._entries, cast(list[Snapshot], snapshot), strict=True):
            tracker.reset(saved)
