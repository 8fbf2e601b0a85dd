"""Ports for servers that we start."""

import contextlib
import errno
import secrets
import socket
from collections.abc import Sequence

LOOPBACK = "127.0.0.1"

# Outgoing connections take their ports from 32768 up (Linux) or 49152 up (elsewhere): a port that
# the system calls free may belong to one of them a moment later, and the server that was to listen
# there dies. Below that range nobody takes a port unasked.
_FIRST, _LAST = 15_000, 30_000
_TRIES = 100  # so many taken ports in a row are not chance


def free_ports(count: int) -> list[int]:
    """Different ports on which nothing listens, and which no outgoing connection will take.

    Raises:
        OSError: There is none to be had.
    """
    return choose_ports([0] * count)


def choose_ports(ports: Sequence[int]) -> list[int]:
    """The given ports, checked, and free ones for zeros; held together, so that all differ.

    Raises:
        OSError: A given port is taken, or there is no free one.
    """
    numbers: list[int] = []
    with contextlib.ExitStack() as sockets:
        for port in ports:
            try:
                sock = sockets.enter_context(bind(LOOPBACK, port, but=numbers))
            except OSError as failure:
                text = f"Port {port} on {LOOPBACK} is not free" if port else failure.strerror
                raise OSError(failure.errno, text) from failure
            numbers.append(sock.getsockname()[1])
    return numbers


def bind(host: str, port: int, *, but: Sequence[int] = ()) -> socket.socket:
    """A socket on an address of this machine, on which nobody listens yet; the caller closes it.

    Args:
        host: Address or name.
        port: 0: any free one.
        but: Ports not to take for 0; Linux would give one twice, as long as nobody listens there.

    Raises:
        OSError: Not an address of this machine, the port is taken, or there is no free one.
    """
    if port:
        return _bind(host, port)
    for _ in range(_TRIES):
        port = _FIRST + secrets.randbelow(_LAST - _FIRST)
        if port in but:
            continue
        try:
            return _bind(host, port)
        except OSError as failure:
            if failure.errno != errno.EADDRINUSE:
                raise
    raise OSError(errno.EADDRINUSE, f"No free port between {_FIRST} and {_LAST}")


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named because asyncio turns TCP_NODELAY on only where it is; without it an
    # answer in two packets waits 40 ms for the client's delayed acknowledgement.
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    # As servers do: a port whose old connections are still dying out counts as free.
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
    except OSError:
        sock.close()
        raise
    return sock
