"""The API as a server: bound, guarded, announced, and drained at its end."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from fastapi import FastAPI

from segue.errors.settings import SettingsError
from segue.music.contracts.imports import ImportLimits
from segue.platform.feature import Feature
from segue.runtime.http_host import Address, Listener, bound, serving
from segue.runtime.signals import stop_on_signals
from segue.settings.load import Settings
from segue.web.app import build_app
from segue.web.local_key import first_key
from segue.web.services import IMPORT_WITHIN_S, ApiLimits, Services, open_services
from segue.wiring.api import open_api
from segue.wiring.features import FEATURES

MB = 1024 * 1024
HINT = "Set SEGUE_API_HOST and SEGUE_API_PORT, or give --host and --port."


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
    with bound(Address("The API", HINT, host, port)) as listener:
        async with open_api(settings, features) as parts:
            services = open_services(parts, limits or limits_of(settings))
            app = build_app(services, features)
            await _run(settings, app, services, listener, announce)


def limits_of(settings: Settings) -> ApiLimits:
    """What the settings say of limits."""
    return ApiLimits(
        requests_per_minute=settings.api.requests_per_minute,
        upload_bytes=settings.api.upload_limit_mb * MB,
        imports=ImportLimits(settings.api.import_rows, IMPORT_WITHIN_S),
        stored_songs=settings.api.stored_songs,
    )


async def _run(
    settings: Settings,
    app: FastAPI,
    services: Services,
    listener: Listener,
    announce: Callable[[Serving], None],
) -> None:
    key_file = None
    if ip_address(listener.ip).is_loopback:
        key_file = await first_key(services.keys, settings.data.directory)
    elif not await services.keys.any_active():
        raise SettingsError(
            f"The API would be open to others on {listener.ip}, and there is no API key.",
            hint="Make one first: `segue keys create`.",
        )
    with stop_on_signals() as stop:
        async with serving(app, listener, trusted_proxies=_names(settings.api.trusted_proxies)):
            announce(Serving(listener.url, key_file, services.parts.warnings))
            await stop.wait()
            services.streams.stop()  # before the server waits for them


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]
