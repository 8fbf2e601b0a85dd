"""Ports on loopback for servers that we start."""

import contextlib
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
            sock = sockets.enter_context(_bind(port) if port else _free(numbers))
            numbers.append(sock.getsockname()[1])
    return numbers


def _free(others: Sequence[int]) -> socket.socket:
    """A socket on a free port; Linux would give a port twice, as long as nobody listens there.

    Raises:
        OSError: Too many in a row were taken.
    """
    for _ in range(_TRIES):
        port = _FIRST + secrets.randbelow(_LAST - _FIRST)
        if port not in others:
            with contextlib.suppress(OSError):
                return _bind(port)
    raise OSError(f"No free port between {_FIRST} and {_LAST}")


def _bind(port: int) -> socket.socket:
    sock = socket.socket()
    # As servers do: a port whose old connections are still dying out counts as free.
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((LOOPBACK, port))
    except OSError as failure:
        sock.close()
        raise OSError(failure.errno, f"Port {port} on {LOOPBACK} is not free") from failure
    return sock
