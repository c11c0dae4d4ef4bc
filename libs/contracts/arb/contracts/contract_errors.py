"""What can go wrong in reading from a contract, beyond values that do not fit (`spec.errors`) and the network."""

from arb.contracts.errors import NetworkError


class NotAContractError(NetworkError):
    """There is no live contract under the id, or its code is gone. `contract` is the id."""

    def __init__(self, contract: str, why: str) -> None:
        self.contract = contract
        super().__init__(f"{contract} {why}")


class CallFailedError(NetworkError):
    """The network ran the call and it failed in the host: a missing function, a trap, an exceeded limit.

    Repeating it on the same ledger state fails again. `error` is the host's, as in "Error(Budget, ExceededLimit)".
    """

    def __init__(self, function: str, contract: str, error: str) -> None:
        self.function, self.contract, self.error = function, contract, error
        super().__init__(f"{function} of {contract} failed: {error}")


class ContractCallError(CallFailedError):
    """A contract refused with an error of its own. `name` and `doc` are its spec's, empty where it declares none.

    `origin` is the contract the error arose in: one that was called on the way lends its codes to its callers.
    """

    def __init__(self, function: str, contract: str, code: int, name: str, doc: str, origin: str) -> None:
        self.code, self.name, self.doc, self.origin = code, name, doc, origin
        said = f"{name} ({code})" if name else f"error {code}, which the contract does not declare"
        where = "" if origin == contract else f", raised by {origin}"
        super().__init__(function, contract, f"{said}{': ' + doc if doc else ''}{where}")
