"""What can be wrong with a contract that is taken for an exchange, a token or an oracle."""

from arb.contracts.errors import NetworkError


class NotThatContractError(NetworkError):
    """The contract under the id is not what it is taken for: a function is missing, or takes or answers other values.

    `function` is where that showed. Nothing it says is to be used; check the id in the settings.
    """

    def __init__(self, kind: str, contract: str, function: str, why: str) -> None:
        self.kind, self.contract, self.function = kind, contract, function
        super().__init__(f"{contract} is not {kind}: {function}: {why}")


class UnusablePriceError(NetworkError):
    """An oracle's price, time or number of decimals from which nothing could be computed. Do not trade on it."""

    def __init__(self, contract: str, why: str) -> None:
        self.contract = contract
        super().__init__(f"oracle {contract}: {why}")
