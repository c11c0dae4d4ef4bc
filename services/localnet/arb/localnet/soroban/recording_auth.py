"""Authorisation in simulation: everything is allowed and taken down as entries to be signed."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

from stellar_sdk import xdr

from arb.localnet.soroban.auth_entries import function_of, unsigned_entry
from arb.localnet.soroban.auth_frames import FrameAuth
from arb.localnet.soroban.authentication import ACCOUNT_KIND, VERIFY_INSTRUCTIONS, read_account, use_nonce
from arb.localnet.soroban.errors import ErrorCode, ErrorType, HostError
from arb.localnet.soroban.host import Host
from arb.localnet.soroban.ledger_storage import LedgerStorage
from arb.localnet.soroban.ports import Invocation
from arb.localnet.soroban.values import HostValue, strkey

_NONCE_LEDGERS = 100
"""How long a recorded signature is taken to be valid: what its nonce costs depends on it."""


@dataclass(slots=True)
class _Recorded:
    """A tree being recorded: which frames of the stack (by depth) asked for what."""

    address: HostValue
    nonce: int
    root: "_Node"
    open: list[tuple[int, "_Node"]]


@dataclass(slots=True)
class _Node:
    invocation: Invocation
    children: list["_Node"] = field(default_factory=list)

    def to_xdr(self) -> xdr.SorobanAuthorizedInvocation:
        """The tree from here on."""
        children = [child.to_xdr() for child in self.children]
        return xdr.SorobanAuthorizedInvocation(function_of(self.invocation), children)


class RecordingAuth(FrameAuth):
    """The Auth port that records. `root_only` refuses what no call of the outermost contract asked for."""

    def __init__(
        self, source: HostValue, storage: LedgerStorage, new_nonce: Callable[[], int], *, root_only: bool
    ) -> None:
        super().__init__()
        self._source = source
        self._storage = storage
        self._new_nonce = new_nonce
        self._root_only = root_only
        self._trees: list[_Recorded] = []

    def pop(self) -> None:
        """A frame was left."""
        super().pop()
        for tree in self._trees:
            while tree.open and tree.open[-1][0] > len(self.frames):
                tree.open.pop()

    def require_auth(self, host: Host, address: HostValue, args: tuple[HostValue, ...] | None) -> None:
        """Record that `address` has to allow the innermost frame."""
        invocation = self.invocation(args)
        if self.allowed_by_contract(address, invocation):
            return
        depth = len(self.frames)
        for tree in self._trees:
            if tree.address == address and tree.open:
                if tree.open[-1][0] == depth:
                    raise HostError(ErrorType.AUTH, ErrorCode.EXISTING_VALUE, "frame is already authorized")
                node = _Node(invocation)
                tree.open[-1][1].children.append(node)
                tree.open.append((depth, node))
                return
        if self._root_only and depth > 1:
            raise HostError(
                ErrorType.AUTH,
                ErrorCode.INVALID_ACTION,
                "[recording authorization only] encountered authorization not tied to the root contract invocation "
                f"for {strkey(address)}: use require_auth() in the top invocation or allow non-root authorization",
            )
        root = _Node(invocation)
        self._trees.append(_Recorded(address, self._new_nonce(), root, [(depth, root)]))
        self._emulate(host, self._trees[-1])

    def entries(self, *, bound: bool) -> list[xdr.SorobanAuthorizationEntry]:
        """What has to be signed; `bound` asks for credentials whose signature covers the address."""
        return [
            unsigned_entry(
                None if tree.address == self._source else tree.address, tree.nonce, tree.root.to_xdr(), bound=bound
            )
            for tree in self._trees
        ]

    def _emulate(self, host: Host, tree: _Recorded) -> None:
        """Touch what checking the signature will touch."""
        if tree.address == self._source:
            return
        ledgers = min(_NONCE_LEDGERS, host.ledger.max_ttl - 1)
        until = self._storage.ledger_seq + ledgers
        use_nonce(self._storage, tree.address, tree.nonce, until, host.ledger.max_ttl)
        kind, key = tree.address[1]
        if kind == ACCOUNT_KIND:
            read_account(self._storage, key)
            host.budget.charge(VERIFY_INSTRUCTIONS)
        else:
            instance = self._storage.instance(key)
            if instance is not None and instance.executable is not None:
                self._storage.code(instance.executable)

    def _snapshot(self) -> list[tuple[_Recorded, int, list[tuple[int, _Node]]]]:
        return [(tree, len(_flat(tree.root)), list(tree.open)) for tree in self._trees]

    def _reset(self, snapshot: object) -> None:
        saved = cast(list[tuple[_Recorded, int, list[tuple[int, _Node]]]], snapshot)
        self._trees = [tree for tree, _, _ in saved]
        for tree, size, still_open in saved:
            _truncate(tree.root, size)
            tree.open = still_open


def _flat(node: _Node) -> list[_Node]:
    return [node, *(below for child in node.children for below in _flat(child))]


def _truncate(node: _Node, size: int) -> int:
    """Keep the first `size` nodes in the order they were recorded, which is preorder; how many are left to keep."""
    size -= 1
    kept: list[_Node] = []
    for child in node.children:
        if size <= 0:
            break
        size = _truncate(child, size)
        kept.append(child)
    node.children = kept
    return size
