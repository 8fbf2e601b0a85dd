"""Ports for servers: free, different, and out of the reach of outgoing connections."""

import errno
import socket

import pytest

from segue.runtime import ports
from segue.runtime.ports import LOOPBACK, choose_ports, free_ports


def test_free_ports_differ_and_no_outgoing_connection_takes_them():
    chosen = free_ports(50)

    assert len(set(chosen)) == 50
    assert all(15_000 <= port < 30_000 for port in chosen)


def test_a_port_is_not_chosen_twice_however_few_there_are(monkeypatch):
    monkeypatch.setattr(ports, "_LAST", ports._FIRST + 60)

    chosen = free_ports(30)

    assert len(set(chosen)) == 30


def test_a_given_port_is_kept():
    [port] = free_ports(1)

    assert [port] == choose_ports([port])


def test_a_port_on_which_somebody_listens_is_refused():
    with socket.create_server((LOOPBACK, 0)) as listener:
        taken = listener.getsockname()[1]

        with pytest.raises(OSError, match=f"Port {taken}") as refused:
            choose_ports([taken])

    assert refused.value.errno == errno.EADDRINUSE


def test_with_every_port_taken_the_search_ends(monkeypatch):
    with socket.create_server((LOOPBACK, 0)) as listener:
        taken = listener.getsockname()[1]
        monkeypatch.setattr(ports, "_FIRST", taken)
        monkeypatch.setattr(ports, "_LAST", taken + 1)

        with pytest.raises(OSError, match="No free port"):
            free_ports(1)
