"""Runs the server: ``python -m tests.fakes.programs.openai_server --port 0 --ready-file FILE``."""

import argparse
import socket
from pathlib import Path

import uvicorn

from segue.runtime.http_connection import Connections
from tests.fakes.programs.openai_server.app import build_app

_KEEP_ALIVE_S = 3600  # a pooled connection never closes under the hands of a client


class _AnnouncingServer(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, ready_file: Path | None) -> None:
        super().__init__(config)
        self._ready_file = ready_file

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        port = sockets[0].getsockname()[1] if sockets else 0
        print(port, flush=True)  # noqa: T201 - the caller's way to learn it
        if self._ready_file is not None:
            unfinished = self._ready_file.with_suffix(".part")
            unfinished.write_text(str(port), encoding="utf-8")
            unfinished.replace(self._ready_file)


def main() -> None:
    """Read the command line and serve until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--ready-file", type=Path, help="gets the port once requests are answered")
    given = parser.parse_args()
    # The protocol is named because asyncio sets TCP_NODELAY only where it is.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", given.port))
    connections = Connections()
    config = uvicorn.Config(
        build_app(connections),
        http=connections.protocol(),
        ws="none",
        lifespan="off",
        log_level="critical",  # a connection that a script cuts is no error
        access_log=False,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=1,
    )
    _AnnouncingServer(config, given.ready_file).run([listener])


if __name__ == "__main__":
    main()
