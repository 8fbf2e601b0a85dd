"""The local catalogue as one ASGI application."""

import sqlite3
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from segue.music.catalogues.local.accounts import Accounts
from segue.music.catalogues.local.database import open_database
from segue.music.catalogues.local.faults import FaultDesk, FaultGate, FaultPlan, StaleReads
from segue.music.catalogues.local.index import TrackIndex
from segue.music.catalogues.local.login_routes import LoginRoutes
from segue.music.catalogues.local.playlist_routes import PlaylistRoutes
from segue.music.catalogues.local.playlists import PlaylistStore
from segue.music.catalogues.local.requests import (
    USER,
    ApiError,
    error_response,
    json_response,
)
from segue.music.catalogues.local.shapes import TrackTexts, dump
from segue.music.catalogues.local.tracks import TrackRoutes
from segue.runtime.http_connection import Connections

SHIPPED_CATALOGUE = Path(__file__).with_name("catalogue.csv")


@dataclass(frozen=True)
class LocalFiles:
    """Where the service keeps things.

    Attributes:
        index: The searchable tracks.
        playlists: Playlists and logins.
        catalogue: CSV that fills an empty index at the first start.
    """

    index: Path
    playlists: Path
    catalogue: Path = SHIPPED_CATALOGUE


@dataclass(frozen=True)
class Behaviour:
    """How the service behaves beyond what is asked of it.

    Attributes:
        faults: In force from the start.
        old_api: Speak as before February 2026.
    """

    faults: FaultPlan = field(default_factory=FaultPlan)
    old_api: bool = False


def build_app(
    files: LocalFiles,
    *,
    base_url: str,
    behaviour: Behaviour | None = None,
    connections: Connections | None = None,
) -> Starlette:
    """Open the files and put the routes together.

    Args:
        files: Opened now; an empty index is filled from the CSV.
        base_url: Where the service answers, ``http://127.0.0.1:PORT``.
        behaviour: Default: without faults.
        connections: The server's, so that a response can be lost; without them it just ends.

    Raises:
        StorageError: The index cannot be opened.
        InputError: The CSV cannot be read.
    """
    behaviour = behaviour or Behaviour()
    own = Connections() if connections is None else connections
    index = TrackIndex(files.index)
    if not index.count():
        index.import_csv(files.catalogue)
    database = open_database(files.playlists)
    desk = FaultDesk(behaviour.faults)
    texts = TrackTexts(base_url, index.get)
    store = PlaylistStore(database)
    accounts = Accounts(database)
    tracks = TrackRoutes(index, texts, base_url)
    playlists = PlaylistRoutes(store, texts, StaleReads(), base_url, old_api=behaviour.old_api)
    return Starlette(
        routes=[
            *tracks.routes(),
            *playlists.routes(),
            *LoginRoutes(accounts).routes(),
            *_control_routes(desk, index, store),
        ],
        middleware=[
            Middleware(HostCheck),
            Middleware(FaultGate, desk=desk, connections=own),
            Middleware(TokenCheck, accounts=accounts),
        ],
        exception_handlers={ApiError: _api_error, HTTPException: _http_error},
        lifespan=_closing(tracks, index, database),
    )


class HostCheck:
    """ASGI wrapper that refuses names that only seem to be this machine (DNS rebinding)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one ASGI connection."""
        if scope["type"] == "http" and not _is_loopback(_header(scope["headers"], b"host")):
            await error_response(403, "Forbidden")(scope, receive, send)
            return
        await self._app(scope, receive, send)


class TokenCheck:
    """ASGI wrapper that asks for a valid access token under ``/v1``."""

    def __init__(self, app: ASGIApp, *, accounts: Accounts) -> None:
        self._app = app
        self._accounts = accounts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one ASGI connection."""
        if scope["type"] == "http" and scope["path"].startswith("/v1"):
            scheme, _, token = _header(scope["headers"], b"authorization").partition(" ")
            user = self._accounts.user_of(token) if scheme.lower() == "bearer" else None
            if user is None:
                message = "Invalid access token" if token else "No token provided"
                await error_response(401, message)(scope, receive, send)
                return
            scope[USER] = user
        await self._app(scope, receive, send)


def _control_routes(desk: FaultDesk, index: TrackIndex, store: PlaylistStore) -> list[Route]:
    async def health(_: Request) -> Response:
        size = {"status": "ok", "tracks": index.count(), "playlists": store.count()}
        return json_response(dump(size))

    async def faults(_: Request) -> Response:
        return json_response(dump(desk.report()))

    async def set_faults(request: Request) -> Response:
        # A page from elsewhere can post a form here, but not this type without being asked first.
        if not request.headers.get("content-type", "").startswith("application/json"):
            raise ApiError(415, "Unsupported media type")
        try:
            desk.set(FaultPlan.model_validate_json(await request.body()))
        except ValidationError as invalid:
            raise ApiError(400, str(invalid)) from None
        return json_response(dump(desk.report()))

    return [
        Route("/healthz", health),
        Route("/_faults", faults, methods=["GET"]),
        Route("/_faults", set_faults, methods=["POST"]),
    ]


def _closing(
    tracks: TrackRoutes, index: TrackIndex, database: sqlite3.Connection
) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncGenerator[None]:
        yield
        tracks.close()
        index.close()
        database.close()

    return lifespan


async def _api_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)  # noqa: S101 - registered for it alone
    return error_response(error.status, error.message)


async def _http_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for it alone
    # Source: what Spotify says of an unknown path, spotify-web-api-php issue 266.
    unknown = error.status_code == 404
    return error_response(error.status_code, "Service not found" if unknown else error.detail)


def _header(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in headers if key == name), "")


def _is_loopback(host: str) -> bool:
    name = urlsplit(f"//{host}").hostname or ""
    if name == "localhost":
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False
