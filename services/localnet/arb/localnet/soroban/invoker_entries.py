"""What a contract hands to authorize_as_current_contract: InvokerContractAuthEntry values as trees."""

from arb.localnet.soroban.auth_tree import AuthNode
from arb.localnet.soroban.errors import ErrorCode, ErrorType, HostError
from arb.localnet.soroban.ports import ContractCall, CreateContract
from arb.localnet.soroban.values import ADDRESS, BYTES, MAP, SYMBOL, VEC, HostValue, symbol


def invoker_node(entry: HostValue, owner: HostValue) -> AuthNode:
    """The tree of one entry of the contract `owner`. Raises HostError where the value is none."""
    if entry[0] != VEC or len(entry[1]) != 2 or entry[1][0][0] != SYMBOL:
        raise _malformed("an entry is a variant with its fields")
    name, fields = entry[1][0][1], entry[1][1]
    if name == "Contract":
        context = _field(fields, "context", MAP)
        call = ContractCall(
            _contract_id(_field(context, "contract", ADDRESS)),
            _field(context, "fn_name", SYMBOL)[1],
            _field(context, "args", VEC)[1],
        )
        children = _field(fields, "sub_invocations", VEC)[1]
        return AuthNode(call, tuple(invoker_node(child, owner) for child in children))
    if name in ("CreateContractHostFn", "CreateContractWithCtorHostFn"):
        with_constructor = name == "CreateContractWithCtorHostFn"
        executable = _field(fields, "executable", VEC)[1]
        if len(executable) != 2 or executable[1][0] != BYTES:
            raise _malformed("an executable is Wasm with a hash")
        args = _field(fields, "constructor_args", VEC)[1] if with_constructor else ()
        salt = _field(fields, "salt", BYTES)[1]
        return AuthNode(CreateContract(owner, salt, executable[1][1], args, with_constructor))
    raise _malformed(f"unknown kind of entry {name}")


def _field(fields: HostValue, name: str, kind: int) -> HostValue:
    value: HostValue | None = dict(fields[1]).get(symbol(name)) if fields[0] == MAP else None
    if value is None or value[0] != kind:
        raise _malformed(f"field {name} is missing or of another type")
    return value


def _contract_id(address: HostValue) -> bytes:
    kind, key = address[1]
    if kind != 1:
        raise _malformed("a contract call names a contract")
    assert isinstance(key, bytes)
    return key


def _malformed(message: str) -> HostError:
    return HostError(ErrorType.AUTH, ErrorCode.INVALID_INPUT, f"authorize_as_current_contract: {message}")
