"""Tools that write playlists: create, add, and (only where it is asked for) remove."""

from collections.abc import Sequence
from typing import Any

from mcp.server.mcpserver import Context

from segue.music.activities.playlists import DESCRIPTION, find_playlist
from segue.music.activities.reading import read_slots
from segue.music.spotify_mcp.answers import (
    AddedTracks,
    PlaylistAnswer,
    RemovedTracks,
    playlist_answer,
)
from segue.music.spotify_mcp.arguments import (
    Description,
    PlaylistAddress,
    PlaylistName,
    TrackAddresses,
    uris_of,
)
from segue.music.spotify_mcp.desk import Desk, SpotifyDesk
from segue.music.spotify_mcp.once import Call
from segue.runtime.mcp_meta import IDEMPOTENCY_KEY, UNPREFIXED_IDEMPOTENCY_KEY


class WritingTools:
    """What can be done to playlists.

    Args:
        desk: What the tools work with, opened at the first call.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def create_playlist(
        self, ctx: Context[Any, Any], name: PlaylistName, description: Description = DESCRIPTION
    ) -> PlaylistAnswer:
        """Make a private playlist. A name the user has in use gives that playlist, unchanged."""
        desk = await self._desk()

        async def make() -> PlaylistAnswer:
            if (playlist := await find_playlist(desk.catalogue, name)) is not None:
                return playlist_answer(playlist, created=False)
            playlist = await desk.catalogue.create_playlist(name, description=description)
            return playlist_answer(playlist, created=True)

        call = Call("create_playlist", name, key_of(ctx), f"playlists/{name}", PlaylistAnswer)
        return await desk.once.run(call, make)

    async def add_to_playlist(
        self, ctx: Context[Any, Any], playlist_id: PlaylistAddress, track_uris: TrackAddresses
    ) -> AddedTracks:
        """Add tracks at a playlist's end, in order; a track that it holds is not added again."""
        desk = await self._desk()
        return await add_tracks(desk, playlist_id, uris_of(track_uris), key_of(ctx))

    async def remove_from_playlist(
        self, ctx: Context[Any, Any], playlist_id: PlaylistAddress, track_uris: TrackAddresses
    ) -> RemovedTracks:
        """Take every occurrence of tracks out of a playlist. Ask the user before."""
        desk, uris = await self._desk(), uris_of(track_uris)
        playlist = await desk.playlist(playlist_id)

        async def remove() -> RemovedTracks:
            present = set(await read_slots(desk.catalogue, playlist.id))
            targets = tuple(uri for uri in uris if uri in present)
            if targets:
                await desk.catalogue.remove_items(playlist.id, targets)
            return RemovedTracks(
                playlist_id=playlist.id,
                removed=targets,
                not_present=tuple(uri for uri in uris if uri not in present),
            )

        arguments = [playlist.id, uris]
        call = Call("remove_from_playlist", arguments, key_of(ctx), playlist.id, RemovedTracks)
        return await desk.once.run(call, remove)


async def add_tracks(
    desk: SpotifyDesk, playlist_id: str, uris: Sequence[str], key: str | None
) -> AddedTracks:
    """Add what a playlist lacks, in one request, and tell where everything stands.

    Args:
        desk: What to work with.
        playlist_id: Id, URI, link or name.
        uris: 1 to 100, each once.
        key: Names this one addition; None: only the reading keeps it from happening twice.

    Raises:
        SegueError: The playlist or the catalogue cannot be used.
    """
    playlist = await desk.playlist(playlist_id)

    async def add() -> AddedTracks:
        results = await desk.writer.add_alone(playlist.id, uris, owner=key or desk.name)
        by_uri = dict(zip(uris, results, strict=True))
        return AddedTracks(
            playlist_id=playlist.id,
            added=tuple(uri for uri, result in by_uri.items() if result.added),
            already_present=tuple(uri for uri, result in by_uri.items() if not result.added),
            positions={uri: result.position for uri, result in by_uri.items()},
        )

    call = Call("add_to_playlist", [playlist.id, list(uris)], key, playlist.id, AddedTracks)
    return await desk.once.run(call, add)


def key_of(ctx: Context[Any, Any]) -> str | None:
    """The call's idempotency key, where its caller sent one."""
    meta = ctx.request_context.meta or {}
    key = meta.get(IDEMPOTENCY_KEY) or meta.get(UNPREFIXED_IDEMPOTENCY_KEY)
    return key if isinstance(key, str) and key else None
