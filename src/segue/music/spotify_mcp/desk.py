"""What the tools work with."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from segue.errors.catalogue import NotFoundError
from segue.music.activities.playlist_writer import PlaylistWriter
from segue.music.activities.playlists import find_playlist
from segue.music.catalogues.port import Catalogue, Playlist
from segue.music.spotify_mcp.baskets import BasketStore
from segue.music.spotify_mcp.jobs import OpenJobs
from segue.music.spotify_mcp.once import Once
from segue.music.store.locks import database_locks
from segue.music.store.writes import WriteStore
from segue.music.wire.options import SETTLE
from segue.runs.store.effects import EffectLedger
from segue.storage.database import Database


@dataclass(frozen=True)
class SpotifyDesk:
    """Where tracks and playlists are, and what is remembered between calls.

    Attributes:
        once: For everything that writes.
        writer: For what adds tracks, alone with the playlist by ``once``.
        name: Under which it writes where a call has no key.
        jobs: Durable jobs, reached at their first use; None: there are none here.
    """

    catalogue: Catalogue
    once: Once
    baskets: BasketStore
    writer: PlaylistWriter
    jobs: OpenJobs | None = None
    name: str = "spotify-mcp"

    async def playlist(self, reference: str) -> Playlist:
        """The playlist that an id, URI, link or name means.

        Raises:
            InputError: Several playlists of the user have the name.
            NotFoundError: None has.
        """
        playlist = await find_playlist(self.catalogue, reference)
        if playlist is None:
            raise NotFoundError(
                "None of the user's playlists has this name.",
                hint="create_playlist makes it; get_playlist takes an id as well.",
            )
        return playlist


Desk = Callable[[], Awaitable[SpotifyDesk]]


def spotify_desk(
    catalogue: Catalogue,
    database: Database,
    *,
    clock: Callable[[], float],
    settle: timedelta = SETTLE,
    jobs: OpenJobs | None = None,
) -> SpotifyDesk:
    """A desk over a catalogue and a database; it closes neither.

    Args:
        catalogue: In use.
        database: Migrated.
        clock: Epoch seconds.
        settle: How long a write may stay invisible to readers.
        jobs: Gives durable jobs.
    """
    locks = database_locks(database)
    writes = WriteStore(database, catalogue.name, clock, settle)
    return SpotifyDesk(
        catalogue,
        Once(EffectLedger(database, clock=clock), locks, settle),
        BasketStore(database, catalogue.name, clock=clock),
        PlaylistWriter(catalogue, writes, locks, settle),
        jobs,
    )
