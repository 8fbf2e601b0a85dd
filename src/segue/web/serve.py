"""The API as a server: bound, guarded, announced, and drained at its end."""

import asyncio
import socket
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from segue.errors.settings import SettingsError
from segue.platform.feature import Feature
from segue.runtime.worker import stop_on_signals
from segue.settings.load import Settings
from segue.web.app import build_app
from segue.web.local_key import first_key
from segue.web.services import ApiLimits, Services, open_services
from segue.wiring.api import open_api
from segue.wiring.features import FEATURES

MB = 1024 * 1024
GRACE_SECONDS = 5  # requests take milliseconds, and streams end by themselves


@dataclass(frozen=True)
class Serving:
    """An API that answers.

    Attributes:
        url: Where.
        key_file: A key that was made just now; None where there were some.
        warnings: What the user should know before anything fails.
    """

    url: str
    key_file: Path | None = None
    warnings: tuple[str, ...] = ()


async def serve_api(
    settings: Settings,
    *,
    host: str,
    port: int,
    announce: Callable[[Serving], None],
    limits: ApiLimits | None = None,
    features: Sequence[Feature] = FEATURES,
) -> None:
    """Serve until SIGTERM or SIGINT, then finish what is begun.

    Args:
        settings: As loaded.
        host: Address to listen on; beyond loopback some API key must exist.
        port: 0: any free one.
        announce: Called once requests are answered.
        limits: Default: as the settings say.
        features: What is served.

    Raises:
        SettingsError: The address cannot be used, or is open to others and there is no key.
        SegueError: A part cannot be started or reached.
    """
    with bound(host, port) as listener:
        async with open_api(settings, features) as parts:
            services = open_services(parts, limits or limits_of(settings))
            app = build_app(services, features)
            await _run(settings, app, services, listener, announce)


def limits_of(settings: Settings) -> ApiLimits:
    """What the settings say of limits."""
    return ApiLimits(
        requests_per_minute=settings.api.requests_per_minute,
        upload_bytes=settings.api.upload_limit_mb * MB,
    )


def bound(host: str, port: int) -> socket.socket:
    """A socket that listens there soon; close it when done.

    Raises:
        SettingsError: Not an address of this machine, or the port is taken.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named because asyncio turns TCP_NODELAY on only where it is; without it an
    # answer in two packets waits 40 ms for the client's delayed acknowledgement.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as no:
        listener.close()
        raise SettingsError(
            f"The API cannot listen on {host}, port {port}: {no.strerror}.",
            hint="Set SEGUE_API_HOST and SEGUE_API_PORT, or give --host and --port.",
        ) from None
    return listener


async def _run(
    settings: Settings,
    app: FastAPI,
    services: Services,
    listener: socket.socket,
    announce: Callable[[Serving], None],
) -> None:
    address, port = listener.getsockname()[:2]
    key_file = None
    if ip_address(address).is_loopback:
        key_file = await first_key(services.keys, settings.data.directory)
    elif not await services.keys.any_active():
        raise SettingsError(
            f"The API would be open to others on {address}, and there is no API key.",
            hint="Make one first: `segue keys create`.",
        )
    config = uvicorn.Config(
        app,
        ws="none",
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    shown = f"[{address}]" if ":" in address else address
    serving = Serving(f"http://{shown}:{port}", key_file, services.parts.warnings)
    server = _Server(config, lambda: announce(serving))
    with stop_on_signals() as stop:
        stopping = asyncio.create_task(_stop(stop, server, services))
        try:
            await server.serve([listener])
        finally:
            stopping.cancel()


async def _stop(stop: asyncio.Event, server: uvicorn.Server, services: Services) -> None:
    await stop.wait()
    services.streams.stop()  # before the server waits for them
    server.should_exit = True


class _Server(uvicorn.Server):
    """Tells when it answers, and leaves signals to us."""

    def __init__(self, config: uvicorn.Config, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = announce

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """None: whoever runs the server stops it."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer."""
        await super().startup(sockets)
        self._announce()
