"""What can go wrong on the way to the network, one class per reaction it asks of the caller."""


class NetworkError(Exception):
    """Root of every error of arb.contracts. Messages name the endpoint and what it answered, never a secret."""


class Unreachable(NetworkError):
    """No usable answer: connection refused, time-out, 5xx. Retry, the same request is safe to repeat."""


class NotConnected(Unreachable):
    """No connection was made, so the endpoint has nothing of the request."""


class OutcomeUnknown(Unreachable):
    """Nobody answered, but an endpoint may have what was sent. Send the same bytes again; never build others."""


class RateLimited(NetworkError):
    """The endpoint asks for patience. Retry after `retry_after` seconds."""

    def __init__(self, message: str, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Malformed(NetworkError):
    """The endpoint answered, but not in its own protocol (HTML, cut JSON, undecodable XDR). Try another endpoint."""


class LaggingNode(NetworkError):
    """Every endpoint is behind what the network has already shown. Wait; do not act on its answer."""


class WrongNetwork(NetworkError):
    """The endpoint serves another network than the settings name. Nothing it says is about ours."""


class NotFound(NetworkError):
    """What was asked for does not exist there (HTTP 404). For a ledger entry that is an answer, not a fault."""


class Rejected(NetworkError):
    """The endpoint understood the request and refuses it. Do not repeat it unchanged.

    `code` is an HTTP status or a JSON-RPC error code; `result_codes` are Horizon's names where it gave any.
    """

    def __init__(self, message: str, code: int, result_codes: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.code = code
        self.result_codes = result_codes


class TransactionShapeError(NetworkError):
    """Bytes that are not the transaction they are said to be. `code` is stable, for policies to report."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
