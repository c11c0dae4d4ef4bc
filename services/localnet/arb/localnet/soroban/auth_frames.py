"""What enforcing and recording authorisation share: the stack of frames, and contracts that allow what they call."""

from arb.localnet.soroban.auth_tree import InvocationTracker, Snapshot
from arb.localnet.soroban.errors import ErrorCode, ErrorType, HostError
from arb.localnet.soroban.host import Host
from arb.localnet.soroban.invoker_entries import invoker_node
from arb.localnet.soroban.ports import ContractCall, Invocation
from arb.localnet.soroban.values import HostValue, contract


class FrameAuth:
    """The stack of invocations. A contract has authorised whatever it calls directly, and deeper calls in advance."""

    def __init__(self) -> None:
        self.frames: list[Invocation] = []
        self._by_contracts: list[tuple[HostValue, InvocationTracker]] = []
        self._saved: list[tuple[list[tuple[HostValue, InvocationTracker]], list[Snapshot], object]] = []

    def push(self, invocation: Invocation) -> None:
        """A frame was entered."""
        self.frames.append(invocation)
        for tracker in self._trackers():
            tracker.push()

    def pop(self) -> None:
        """A frame was left; what it had authorised in advance is over."""
        self.frames.pop()
        for tracker in self._own_trackers():
            tracker.pop()
        self._by_contracts = [entry for entry in self._by_contracts if entry[1].pop()]

    def begin(self) -> None:
        """Remember what a rolled back frame would have to give back."""
        snapshots = [tracker.snapshot() for _, tracker in self._by_contracts]
        self._saved.append((list(self._by_contracts), snapshots, self._snapshot()))

    def commit(self) -> None:
        """Keep what has happened since `begin`."""
        self._saved.pop()

    def rollback(self) -> None:
        """Forget what has happened since `begin`."""
        entries, snapshots, own = self._saved.pop()
        self._by_contracts = entries
        for (_, tracker), snapshot in zip(entries, snapshots, strict=True):
            tracker.reset(snapshot)
        self._reset(own)

    def authorize_as_current_contract(self, entries: tuple[HostValue, ...]) -> None:
        """The running contract allows calls that happen below the ones it makes next."""
        current = self.frames[-1]
        if not isinstance(current, ContractCall):
            raise HostError(ErrorType.AUTH, ErrorCode.INVALID_ACTION, "only a contract can authorise as itself")
        owner = contract(current.contract)
        self._by_contracts += [(owner, InvocationTracker(invoker_node(entry, owner), 0)) for entry in entries]

    def delegated_signers(self, host: Host) -> tuple[HostValue, ...]:
        """Nobody: where nothing is enforced, no __check_auth runs that could ask."""
        raise _no_check()

    def delegate(self, host: Host, address: HostValue) -> None:
        """As `delegated_signers`."""
        raise _no_check()

    def allowed_by_contract(self, address: HostValue, invocation: Invocation) -> bool:
        """Whether `address` is the direct caller, or a contract below in the stack has allowed this in advance."""
        if len(self.frames) > 1:
            caller = self.frames[-2]
            if isinstance(caller, ContractCall) and contract(caller.contract) == address:
                return True
        return any(owner == address and t.use(invocation, root_allowed=True) for owner, t in self._by_contracts)

    def invocation(self, args: tuple[HostValue, ...] | None) -> Invocation:
        """What the innermost frame asks to be allowed; `args` in place of its own, if given."""
        current = self.frames[-1]
        if args is None or not isinstance(current, ContractCall):
            return current
        return ContractCall(current.contract, current.function, args)

    def _own_trackers(self) -> list[InvocationTracker]:
        """The trackers of whoever else authorises: they live as long as the whole call."""
        return []

    def _snapshot(self) -> object:
        return None

    def _reset(self, snapshot: object) -> None:
        pass

    def _trackers(self) -> list[InvocationTracker]:
        return [*self._own_trackers(), *(tracker for _, tracker in self._by_contracts)]


def _no_check() -> HostError:
    return HostError(ErrorType.CONTEXT, ErrorCode.INVALID_ACTION, "no authentication is under way")
