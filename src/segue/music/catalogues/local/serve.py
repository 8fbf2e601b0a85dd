"""The local catalogue as a process: ``python -m segue.music.catalogues.local.serve``."""

import argparse
import asyncio
import os
import tempfile
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path

from starlette.types import ASGIApp

from segue.errors.settings import SettingsError
from segue.music.catalogues.local.app import (
    SHIPPED_CATALOGUE,
    Behaviour,
    LocalFiles,
    build_app,
)
from segue.music.catalogues.local.faults import FaultPlan
from segue.runtime.http_connection import Connections
from segue.runtime.http_host import Address, Listener, bound, serving
from segue.runtime.last_words import ending_with_words
from segue.runtime.ports import LOOPBACK
from segue.runtime.signals import stop_on_signals

HINT = "Set SEGUE_LOCAL_CATALOGUE_PORT to a free port, or to 0."


def run(
    files: LocalFiles,
    *,
    host: str = LOOPBACK,
    port: int = 0,
    ready_file: Path | None = None,
    behaviour: Behaviour | None = None,
    announce: Callable[[str], None] | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT.

    Args:
        files: Where the service keeps things.
        host: A loopback address.
        port: 0 takes any free one.
        ready_file: Gets the port, in one step, as soon as requests are answered.
        behaviour: Default: without faults.
        announce: Gets the address then.

    Raises:
        SettingsError: The host is not loopback, or the port is taken.
    """
    _check_loopback(host)
    with bound(local_address(port, host)) as listener:
        connections = Connections()
        app = build_app(files, base_url=listener.url, behaviour=behaviour, connections=connections)

        def report_start() -> None:
            if ready_file is not None:
                _write_port(ready_file, listener.port)
            if announce is not None:
                announce(listener.url)

        asyncio.run(_serve(app, listener, connections, report_start))


def local_address(port: int, host: str = LOOPBACK) -> Address:
    """Where the local catalogue listens."""
    return Address("The local catalogue", HINT, host, port)


async def _serve(
    app: ASGIApp, listener: Listener, connections: Connections, on_start: Callable[[], None]
) -> None:
    with stop_on_signals() as stop:
        async with serving(app, listener, connections=connections):
            on_start()
            await stop.wait()


def _check_loopback(host: str) -> None:
    try:
        is_loopback = ip_address(host).is_loopback
    except ValueError:
        is_loopback = False
    if not is_loopback:
        raise SettingsError(
            f"The local catalogue serves this machine only; {host!r} is not a loopback address.",
            hint="Use 127.0.0.1.",
        )


def _write_port(ready_file: Path, port: int) -> None:
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
    parser.add_argument("--host", default=LOOPBACK, help="loopback address")
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--ready-file", type=Path, help="gets the port once requests are answered")
    parser.add_argument("--old-api", action="store_true", help="speak as before February 2026")
    parser.add_argument(
        "--faults", type=FaultPlan.model_validate_json, default=FaultPlan(), help="plan, as JSON"
    )
    options = parser.parse_args(arguments)
    with ending_with_words():
        run(
            LocalFiles(options.index, options.playlists, options.catalogue),
            host=options.host,
            port=options.port,
            ready_file=options.ready_file,
            behaviour=Behaviour(options.faults, old_api=options.old_api),
        )


if __name__ == "__main__":
    main()
