"""Tools for a basket: tracks collected over several calls, then added at once.

Two ways beside each other. With a handle the basket is in the database and any server knows it;
without one it is in this server's memory and ends with the session, as servers did it before the
protocol went stateless.
"""

from datetime import UTC, datetime
from typing import Any

from mcp.server.mcpserver import Context
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from segue.errors.input import InputError
from segue.music.spotify_mcp.answers import AddedTracks, BasketAnswer
from segue.music.spotify_mcp.arguments import (
    Expected,
    Handle,
    PlaylistAddress,
    TrackAddresses,
    uris_of,
)
from segue.music.spotify_mcp.baskets import Basket, SessionBaskets, digest
from segue.music.spotify_mcp.desk import Desk
from segue.music.spotify_mcp.writing_tools import add_tracks, key_of

_PROCESS = "process"  # over stdio a process serves one client: it is the session
_SESSION_HEADER = "mcp-session-id"


class BasketTools:
    """Collect, look, commit.

    Args:
        desk: What the tools work with, opened at the first call.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._sessions = SessionBaskets()

    async def basket_open(self) -> BasketAnswer:
        """Open a basket that outlives sessions and servers; give its handle to the other tools."""
        handle, basket = await (await self._desk()).baskets.open()
        return _basket_answer(handle, basket)

    async def basket_add(
        self, ctx: Context[Any, Any], track_uris: TrackAddresses, basket: Handle = None
    ) -> BasketAnswer:
        """Put tracks into a basket, each once, at most 100 in all; no playlist changes yet."""
        uris = uris_of(track_uris)
        if basket is None:
            return _own(self._sessions.add(_session(ctx), uris))
        return _basket_answer(basket, await (await self._desk()).baskets.add(basket, uris))

    async def basket_show(self, ctx: Context[Any, Any], basket: Handle = None) -> BasketAnswer:
        """Tell what a basket holds, in order."""
        if basket is None:
            return _own(self._sessions.show(_session(ctx)))
        return _basket_answer(basket, await (await self._desk()).baskets.show(basket))

    async def basket_clear(self, ctx: Context[Any, Any], basket: Handle = None) -> BasketAnswer:
        """Take everything out of a basket."""
        if basket is None:
            self._sessions.clear(_session(ctx))
            return _own(())
        return _basket_answer(basket, await (await self._desk()).baskets.clear(basket))

    async def basket_commit(
        self,
        ctx: Context[Any, Any],
        playlist_id: PlaylistAddress,
        expected_tracks: Expected,
        basket: Handle = None,
    ) -> AddedTracks:
        """Add a basket's tracks to a playlist at once, if it holds as many as expected."""
        desk = await self._desk()
        if basket is None:
            session = _session(ctx)
            uris = self._sessions.show(session)
            _check_count(uris, expected_tracks)
            answer = await add_tracks(desk, playlist_id, uris, key_of(ctx))
            self._sessions.take(session, uris)
            return answer
        content = await desk.baskets.show(basket)
        if content.committed is not None:
            return content.committed
        _check_count(content.uris, expected_tracks)
        # The basket and what it holds are the key: whoever repeats the commit, it happens once.
        key = f"basket/{digest(basket)}/{digest(' '.join(content.uris))}"
        answer = await add_tracks(desk, playlist_id, content.uris, key)
        await desk.baskets.commit(basket, answer)
        return answer


def _session(ctx: Context[Any, Any]) -> str:
    """Which session a call belongs to.

    Raises:
        InputError: It belongs to none.
    """
    headers = ctx.headers
    if headers is None:
        return _PROCESS
    session = headers.get(_SESSION_HEADER)
    # Nobody checks the header of a connection without sessions.
    if session is None or ctx.protocol_version in MODERN_PROTOCOL_VERSIONS:
        raise InputError(
            "This connection has no session to keep a basket in.",
            hint="Open a basket with basket_open and give its handle with every call.",
        )
    return session


def _check_count(uris: tuple[str, ...], number: int) -> None:
    if len(uris) != number:
        raise InputError(
            f"Expected a basket with {number} tracks; it holds {len(uris)}. Nothing was added.",
            hint="Look with basket_show: a lost session takes along what it held.",
        )


def _own(uris: tuple[str, ...]) -> BasketAnswer:
    return BasketAnswer(basket=None, tracks=uris)


def _basket_answer(handle: str, basket: Basket) -> BasketAnswer:
    expires = datetime.fromtimestamp(basket.expires_at, UTC).isoformat(timespec="seconds")
    return BasketAnswer(basket=handle, tracks=basket.uris, expires_at=expires)
