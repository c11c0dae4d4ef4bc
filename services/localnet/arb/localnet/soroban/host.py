"""The host of one invocation: frames, calls between contracts, rollback, and what its host functions ask of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from arb.localnet.soroban import lifecycle
from arb.localnet.soroban import values as v
from arb.localnet.soroban.budget import Budget
from arb.localnet.soroban.chacha import ChaCha20
from arb.localnet.soroban.errors import ErrorCode, ErrorType, HostError, as_host_error
from arb.localnet.soroban.events import Event, EventType
from arb.localnet.soroban.frame import Frame
from arb.localnet.soroban.guest import Guest
from arb.localnet.soroban.journal import Journal
from arb.localnet.soroban.machine import Machine
from arb.localnet.soroban.modules import Compiled, Modules
from arb.localnet.soroban.ports import Auth, BuiltinContract, ContractCall, Instance, LedgerInfo, Storage
from arb.localnet.soroban.randomness import Randomness
from arb.localnet.soroban.sizes import DEPTH_LIMIT, Sizes
from arb.localnet.soroban.values import VOID, HostValue

__all__ = ["Host"]

_RESERVED_PREFIX = "__"
_NODE_CPU = 60
"""Model instructions to walk one node of a value: compare, hash or serialise it."""
_CALL_CPU = 2_000


class Host:
    """One per host function invocation: one operation, or one simulation. Not to be used twice."""

    def __init__(
        self,
        *,
        ledger: LedgerInfo,
        storage: Storage,
        auth: Auth,
        modules: Modules,
        budget: Budget | None = None,
        asset_contract: BuiltinContract | None = None,
        source_account: HostValue | None = None,
        random_seed: Callable[[], bytes] = lambda: bytes(32),
    ) -> None:
        """`random_seed`: 32 bytes from which this invocation's random numbers follow, asked for when one is wanted."""
        self.ledger = ledger
        self.storage = storage
        self.auth = auth
        self.modules = modules
        self.budget = budget or Budget()
        self.asset_contract = asset_contract
        self.source_account = source_account
        self.journal = Journal()
        self._frames: list[Frame] = []
        self._sizes = Sizes()
        self._machine = Machine(modules.engine, self.budget)
        self._randomness = Randomness(random_seed)

    @property
    def events(self) -> list[Event]:
        """Contract and system events of the calls that stand, in order."""
        return self.journal.standing

    @property
    def diagnostics(self) -> list[Event]:
        """Every event in order, the host's own and those of failed calls included."""
        return self.journal.all

    # --- the host functions of an operation -------------------------------------------------------------------

    def invoke(self, contract: bytes, function: str, args: Sequence[HostValue]) -> HostValue:
        """Call a contract's function from outside. Raises HostError; nothing of a failed call stays."""
        return self._outermost(lambda: self._invoke(contract, function, tuple(args)))

    def _invoke(self, contract: bytes, function: str, args: tuple[HostValue, ...]) -> HostValue:
        self.touch((v.VEC, args))
        return self.call(contract, function, args)

    def upload(self, wasm: bytes) -> bytes:
        """Store contract code; its hash."""
        return bytes(self._outermost(lambda: v.bytes_(lifecycle.upload(self, wasm)))[1])

    def create_contract(
        self,
        deployer: HostValue,
        salt: bytes,
        wasm_hash: bytes,
        constructor_args: Sequence[HostValue] = (),
        *,
        with_constructor: bool,
    ) -> HostValue:
        """Create a contract from uploaded code; its address."""
        args = tuple(constructor_args)
        return self._outermost(lambda: lifecycle.deploy(self, deployer, salt, wasm_hash, args, with_constructor))

    def create_asset_contract(self, asset_xdr: bytes) -> HostValue:
        """Create an asset's contract; its address."""
        return self._outermost(lambda: lifecycle.create_asset_contract(self, asset_xdr))

    def _outermost(self, action: Callable[[], HostValue]) -> HostValue:
        with self.modules.lock:
            outer, self.modules.running = self.modules.running, self
            try:
                return self._undoable(action)
            finally:
                self.modules.running = outer
                self._machine.close()

    def _undoable(self, action: Callable[[], HostValue]) -> HostValue:
        """Run the action; when it fails, storage, authorisation and events are as before."""
        self.storage.begin()
        self.auth.begin()
        mark = self.journal.mark()
        try:
            result = action()
        except BaseException as failure:
            self.storage.rollback()
            self.auth.rollback()
            error = as_host_error(failure)
            if error is None:
                raise
            self.journal.report_once(self._frames[-1].contract if self._frames else None, error)
            self.journal.roll_back(mark)
            if error is failure:
                raise
            raise error from failure
        self.storage.commit()
        self.auth.commit()
        return result

    # --- frames -----------------------------------------------------------------------------------------------

    @property
    def frame(self) -> Frame:
        return self._frames[-1]

    @property
    def memory(self) -> Guest:
        """The running guest, for the host functions that touch its linear memory."""
        guest = self._frames[-1].guest
        if guest is None:
            raise HostError(ErrorType.WASM_VM, ErrorCode.INTERNAL_ERROR, "guest memory in a frame without guest")
        return guest

    @property
    def current_contract(self) -> bytes:
        return self._frames[-1].contract

    @property
    def invoker(self) -> bytes | None:
        """The contract that called the current one; None when it was called from outside."""
        return self._frames[-2].contract if len(self._frames) > 1 else None

    @property
    def random(self) -> ChaCha20:
        """The current frame's random numbers."""
        return self._randomness.of(self._frames[-1])

    def instance_storage(self) -> dict[HostValue, HostValue]:
        """The current contract's instance storage to read and change; written back when its frame ends well."""
        return self._frames[-1].instance_storage()

    def call(
        self,
        contract: bytes,
        function: str,
        args: Sequence[HostValue],
        *,
        reserved: bool = False,
        absent_is_void: bool = False,
        from_itself: bool = False,
    ) -> HostValue:
        """Call a contract from the current frame. `reserved` allows functions that start with two underscores.

        No contract is entered twice; `from_itself` lets the current one be, as __check_auth of a contract that asks for
        its own authorisation is.
        """
        self.budget.charge(_CALL_CPU)
        if function.startswith(_RESERVED_PREFIX) and not reserved:
            raise HostError(
                ErrorType.CONTEXT, ErrorCode.INVALID_ACTION, f"can't invoke a reserved function directly: {function}"
            )
        if any(frame.contract == contract for frame in (self._frames[:-1] if from_itself else self._frames)):
            raise HostError(ErrorType.CONTEXT, ErrorCode.INVALID_ACTION, "Contract re-entry is not allowed")
        arguments = tuple(args)
        caller = self._frames[-1].contract if self._frames else None
        name = v.symbol(function)
        self.journal.diagnose(caller, (v.symbol("fn_call"), v.bytes_(contract), name), arguments)
        instance = self.load_instance(contract)
        frame = Frame(contract, function, arguments, instance)
        if instance.executable is None:
            result = self._framed(frame, lambda: self._run_asset_contract(frame))
        else:
            code = self.code_of(instance.executable)
            result = self._framed(frame, lambda: self._run_guest(frame, code, absent_is_void))
        self.journal.diagnose(contract, (v.symbol("fn_return"), name), (result,))
        return result

    def run_builtin(
        self, contract: bytes, function: str, args: tuple[HostValue, ...], run: Callable[[], HostValue]
    ) -> HostValue:
        """Run host code in a frame of the contract."""
        return self._framed(Frame(contract, function, args, self.load_instance(contract)), run)

    def _framed(self, frame: Frame, run: Callable[[], HostValue]) -> HostValue:
        # The operation's host function counts as the outermost context.
        if len(self._frames) + 1 >= DEPTH_LIMIT:
            raise HostError(ErrorType.CONTEXT, ErrorCode.EXCEEDED_LIMIT, f"calls nest {DEPTH_LIMIT} deep")
        self.auth.push(ContractCall(frame.contract, frame.function, frame.args))
        self._frames.append(frame)
        try:
            return self._undoable(lambda: self._finished(frame, run()))
        finally:
            self._frames.pop()
            self.auth.pop()

    def _finished(self, frame: Frame, result: HostValue) -> HostValue:
        """The frame's result, once its instance storage is written. A returned error is a failure."""
        if result[0] == v.ERROR:
            error_type, code = result[1]
            if error_type == ErrorType.CONTRACT:
                raise HostError(ErrorType.CONTRACT, code, "escalating Ok(ScErrorType::Contract) frame-exit to Err")
            raise HostError(
                ErrorType.CONTEXT, ErrorCode.INVALID_ACTION, "the contract returned an error that is not its own"
            )
        self.touch(result)
        if frame.storage is not None and frame.storage_changed:
            executable = self.load_instance(frame.contract).executable
            self.touch(*frame.storage, *frame.storage.values())
            self.storage.put_instance(frame.contract, Instance(executable, frame.storage))
        return result

    def _run_guest(self, frame: Frame, code: Compiled, absent_is_void: bool) -> HostValue:
        caller = self._frames[-2] if len(self._frames) > 1 else None
        with self._machine.running(frame, caller) as store:
            frame.guest = Guest(store, code, frame.objects, self.budget)
            result = frame.guest.call(frame.function, frame.args, absent_is_void=absent_is_void)
        return VOID if result is None else result

    def try_instance(self, code: Compiled) -> None:
        """Make an instance of code that asks to be stored. Raises HostError where memory, table or data do not fit."""
        frame = Frame(code.hash, "", (), Instance(code.hash))
        with self._machine.running(frame, self._frames[-1] if self._frames else None) as store:
            frame.guest = Guest(store, code, frame.objects, self.budget)

    def _run_asset_contract(self, frame: Frame) -> HostValue:
        if self.asset_contract is None:
            raise HostError(ErrorType.CONTEXT, ErrorCode.INTERNAL_ERROR, "this host has no asset contract built in")
        return self.asset_contract.call(self, frame.contract, frame.function, frame.args)

    # --- what host functions, builtins and authorisation ask ----------------------------------------------------

    def load_instance(self, contract: bytes) -> Instance:
        """Raises HostError(STORAGE, MISSING_VALUE) when there is no such contract."""
        instance = self.storage.instance(contract)
        if instance is None:
            raise HostError(
                ErrorType.STORAGE, ErrorCode.MISSING_VALUE, f"contract {v.strkey(v.contract(contract))} does not exist"
            )
        return instance

    def code_of(self, wasm_hash: bytes) -> Compiled:
        wasm = self.storage.code(wasm_hash)
        if wasm is None:
            raise HostError(ErrorType.STORAGE, ErrorCode.MISSING_VALUE, f"Wasm {wasm_hash.hex()} does not exist")
        return self.modules.compiled(wasm_hash, wasm, self.ledger.protocol_version)

    @staticmethod
    def contract_of(address: HostValue) -> bytes:
        """The contract id of an address. Raises HostError(OBJECT, INVALID_INPUT) for any other kind."""
        kind, raw = address[1]
        if kind != v.CONTRACT:
            raise HostError(ErrorType.OBJECT, ErrorCode.INVALID_INPUT, f"{v.strkey(address)} is no contract address")
        return bytes(raw)

    def touch(self, *values: HostValue) -> None:
        """Charge for walking these values, before they are compared, hashed or serialised."""
        for value in values:
            self.budget.charge(_NODE_CPU * self._sizes.nodes(value))

    def require_auth(self, address: HostValue) -> None:
        """Demand that `address` allowed the current call with the arguments it has."""
        self.auth.require_auth(self, address, None)

    def emit(self, topics: Sequence[HostValue], data: HostValue) -> None:
        """Publish an event of the current contract."""
        self.journal.publish(EventType.CONTRACT, self.current_contract, topics, data)

    def report(self, error: HostError, text: str, *args: HostValue) -> None:
        """Record a diagnostic event about an error."""
        self.journal.report(self.current_contract, error, text, args)

    def log(self, *args: HostValue) -> None:
        """Record a contract's log line."""
        self.journal.diagnose(self.current_contract, (v.symbol("log"),), args)
