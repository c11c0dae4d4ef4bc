"""Free TCP ports of this machine."""

import errno
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


def is_free(port: int, host: str = LOOPBACK) -> bool:
    """Whether the port can be listened on now. An address that is not ours is for the service to complain about."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError:
        return True
    with socket.socket(family, kind, protocol) as probe:
        # As servers do: connections that linger after an earlier run are no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
            probe.listen(1)
        except OSError as error:
            return error.errno != errno.EADDRINUSE
        return True


def preferred(port: int) -> int:
    """`port` when it is free, any free port otherwise (0: any)."""
    return port if port and is_free(port) else free_port()


def demanded(variable: str, port: int, host: str = LOOPBACK) -> int:
    """`port`, or any free port for 0. Raises PortInUseError when it is taken."""
    if port == 0:
        return free_port()
    if not is_free(port, host):
        raise PortInUseError(variable, port)
    return port
