"""What was sent to playlists lately: what one writer must know of the one before it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from segue.music.store.tables import PLAYLIST_WRITES
from segue.storage.database import Database

# Plans are older than this only where a sync was paused for as long.
REMEMBERED = timedelta(days=30)


@dataclass(frozen=True)
class RecentWrites:
    """What was sent to a playlist and may not show yet.

    Attributes:
        uris: Added, and the catalogue said so.
        is_cut_off: Somebody sent something and did not live to hear the answer, or got none.
    """

    uris: frozenset[str]
    is_cut_off: bool


class WriteStore:
    """Additions to the playlists of one catalogue. Whoever calls holds the playlist's lock.

    Args:
        database: Migrated.
        catalogue: Its name.
        clock: Epoch seconds.
        settle: How long a write may stay invisible to readers.
    """

    def __init__(
        self, database: Database, catalogue: str, clock: Callable[[], float], settle: timedelta
    ) -> None:
        self._database = database.of("syncs")
        self._catalogue = catalogue
        self._clock = clock
        self._settle = settle

    async def begin(self, playlist_id: str, uris: Sequence[str], owner: str) -> None:
        """Note that these are about to be sent.

        What the same owner has added before, and what all have forgotten, goes.
        """
        now, table = self._clock(), PLAYLIST_WRITES.c
        is_visible = table.written_at < now - 2 * self._settle.total_seconds()
        is_past = table.written_at < now - REMEMBERED.total_seconds()
        row = {
            "catalogue": self._catalogue,
            "playlist_id": playlist_id,
            "owner": owner,
            "done": False,
            "written_at": now,
        }
        async with self._database.writing() as connection:
            await connection.execute(
                sa.delete(PLAYLIST_WRITES).where(
                    self._of(playlist_id),
                    table.done,
                    sa.or_(is_past, sa.and_(is_visible, table.owner == owner)),
                )
            )
            await connection.execute(
                sa.insert(PLAYLIST_WRITES), [{**row, "uri": uri} for uri in uris]
            )

    async def finish(self, playlist_id: str) -> None:
        """Note that the catalogue has taken what was begun."""
        async with self._database.writing() as connection:
            await connection.execute(
                sa
                .update(PLAYLIST_WRITES)
                .where(self._of(playlist_id), sa.not_(PLAYLIST_WRITES.c.done))
                .values(done=True, written_at=self._clock())
            )

    async def forget(self, playlist_id: str) -> None:
        """Forget what was begun: it was refused, or a later reading has shown what became of it."""
        async with self._database.writing() as connection:
            await connection.execute(
                sa.delete(PLAYLIST_WRITES).where(
                    self._of(playlist_id), sa.not_(PLAYLIST_WRITES.c.done)
                )
            )

    async def recent(self, playlist_id: str) -> RecentWrites:
        """What may not show yet."""
        table = PLAYLIST_WRITES.c
        since = self._clock() - self._settle.total_seconds()
        statement = sa.select(table.uri, table.done).where(
            self._of(playlist_id), sa.or_(sa.not_(table.done), table.written_at > since)
        )
        async with self._database.reading() as connection:
            rows = (await connection.execute(statement)).all()
        return RecentWrites(
            uris=frozenset(row.uri for row in rows if row.done),
            is_cut_off=any(not row.done for row in rows),
        )

    async def newest_shown(self, playlist_id: str) -> int:
        """The number of the newest write that a reading which begins now shows; 0: none is known.

        Older writes show as well.
        """
        table = PLAYLIST_WRITES.c
        since = self._clock() - self._settle.total_seconds()
        is_hidden = sa.or_(sa.not_(table.done), table.written_at > since)
        hidden = sa.select(sa.func.min(table.number)).where(self._of(playlist_id), is_hidden)
        newest = sa.select(sa.func.max(table.number)).where(self._of(playlist_id))
        async with self._database.reading() as connection:
            oldest_hidden = await connection.scalar(hidden)
            if oldest_hidden is not None:
                return oldest_hidden - 1
            return await connection.scalar(newest) or 0

    async def others_since(
        self, playlist_id: str, number: int, uris: Sequence[str], owner: str
    ) -> list[str]:
        """Which of these others have added after the write of that number."""
        table = PLAYLIST_WRITES.c
        statement = sa.select(table.uri).where(
            self._of(playlist_id),
            table.number > number,
            table.owner != owner,
            table.uri.in_(uris),
        )
        async with self._database.reading() as connection:
            return list(await connection.scalars(statement))

    def _of(self, playlist_id: str) -> sa.ColumnElement[bool]:
        table = PLAYLIST_WRITES.c
        return sa.and_(table.catalogue == self._catalogue, table.playlist_id == playlist_id)
