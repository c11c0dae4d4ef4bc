"""How the inner steps of a DEX operation end it with one of its own result codes."""


class RefusedError(Exception):
    """The operation fails; `reason` is the result code's name without the operation's prefix ("LINE_FULL", say).

    It never leaves the operation's handler, which words it as the operation's result.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
