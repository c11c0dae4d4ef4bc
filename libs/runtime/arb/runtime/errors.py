"""What can go wrong around a service, and the exit codes that tell whoever started it."""

EXIT_CRASHED = 1
EXIT_SETTINGS = 2
EXIT_NO_BUS = 3
EXIT_PORT_TAKEN = 4


class RuntimeFault(Exception):
    """Root of every error of this library."""


class StartupError(RuntimeFault):
    """The service cannot start. The message is one line for a person; `exit_code` is for scripts."""

    def __init__(self, message: str, exit_code: int = EXIT_CRASHED) -> None:
        super().__init__(message)
        self.exit_code = exit_code


class CommandFailed(RuntimeFault):
    """The service that answers this command refused it. `code` is stable."""

    def __init__(self, code: str, message: str, *, retryable: bool = False) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.retryable = retryable


class CommandTimeout(RuntimeFault):
    """Nobody answered in time. Ask again with the same command_id: it is carried out once."""


class Refusal(RuntimeFault):
    """Raised by a use case that will not carry out a command: becomes the reply's typed error."""

    def __init__(self, code: str, message: str, *, retryable: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.retryable = retryable
