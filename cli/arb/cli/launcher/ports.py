"""Free TCP ports on the loopback interface."""

import socket

LOOPBACK = "127.0.0.1"


class PortInUseError(Exception):
    """Another program listens on a port that was asked for by number."""

    def __init__(self, variable: str, port: int) -> None:
        super().__init__(
            f"{variable}: port {port} is in use by another program; stop it or set {variable} to another port"
        )


def free_port() -> int:
    """A port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def is_free(port: int) -> bool:
    """Whether the port can be bound now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def preferred(port: int) -> int:
    """`port` when it is free, any free port otherwise."""
    return port if is_free(port) else free_port()
