"""The local catalogue as a process: ``python -m segue.music.catalogues.local.serve``."""

import argparse
import os
import socket
import tempfile
from ipaddress import ip_address
from pathlib import Path

import uvicorn

from segue.errors.settings import SettingsError
from segue.music.catalogues.local.app import (
    SHIPPED_CATALOGUE,
    Behaviour,
    LocalFiles,
    build_app,
)
from segue.music.catalogues.local.connections import Connections
from segue.music.catalogues.local.faults import FaultPlan

GRACE_SECONDS = 5  # requests take milliseconds; what is longer is a fault on demand


def run(
    files: LocalFiles,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    ready_file: Path | None = None,
    behaviour: Behaviour | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT.

    Args:
        files: Where the service keeps things.
        host: A loopback address.
        port: 0 takes any free one.
        ready_file: Gets the port, in one step, as soon as requests are answered.
        behaviour: Default: without faults.

    Raises:
        SettingsError: The host is not loopback, or the port is taken.
    """
    listener = _bind(host, port)
    name, chosen = listener.getsockname()[:2]
    url = f"http://{f'[{name}]' if ':' in name else name}:{chosen}"
    connections = Connections()
    app = build_app(files, base_url=url, behaviour=behaviour, connections=connections)
    config = uvicorn.Config(
        app,
        http=connections.protocol(),
        ws="none",
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    _AnnouncingServer(config, ready_file, chosen).run([listener])


class _AnnouncingServer(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, ready_file: Path | None, port: int) -> None:
        super().__init__(config)
        self._ready_file = ready_file
        self._port = port

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self._ready_file is not None:
            _announce(self._ready_file, self._port)


def _bind(host: str, port: int) -> socket.socket:
    try:
        address = ip_address(host)
    except ValueError:
        address = None
    if address is None or not address.is_loopback:
        raise SettingsError(
            f"The local catalogue serves this machine only; {host!r} is not a loopback address.",
            hint="Use 127.0.0.1.",
        )
    family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
    # The protocol is named because asyncio turns TCP_NODELAY on only where it is; without it an
    # answer in two packets waits 40 ms for the client's delayed acknowledgement.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as taken:
        listener.close()
        raise SettingsError(
            f"The local catalogue cannot use port {port}: {taken.strerror}.",
            hint="Set SEGUE_LOCAL_CATALOGUE_PORT to a free port, or to 0.",
        ) from None
    return listener


def _announce(ready_file: Path, port: int) -> None:
    handle, temporary = tempfile.mkstemp(prefix=f".{ready_file.name}.", dir=ready_file.parent)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(f"{port}\n")
    Path(temporary).replace(ready_file)


def main(arguments: list[str] | None = None) -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(prog="segue-local-catalogue", description=__doc__)
    parser.add_argument("--index", type=Path, required=True, help="index file, made if missing")
    parser.add_argument("--playlists", type=Path, required=True, help="database file, likewise")
    parser.add_argument("--catalogue", type=Path, default=SHIPPED_CATALOGUE, help="first CSV")
    parser.add_argument("--host", default="127.0.0.1", help="loopback address")
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--ready-file", type=Path, help="gets the port once requests are answered")
    parser.add_argument("--old-api", action="store_true", help="speak as before February 2026")
    parser.add_argument(
        "--faults", type=FaultPlan.model_validate_json, default=FaultPlan(), help="plan, as JSON"
    )
    given = parser.parse_args(arguments)
    run(
        LocalFiles(given.index, given.playlists, given.catalogue),
        host=given.host,
        port=given.port,
        ready_file=given.ready_file,
        behaviour=Behaviour(given.faults, old_api=given.old_api),
    )


if __name__ == "__main__":
    main()
