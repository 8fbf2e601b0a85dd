"""Imported songs: stored once under the hash of what they say, read back in batches."""

import hashlib
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from itertools import islice

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from segue.errors.sync import ImportInUseError, RunNotFoundError
from segue.music.contracts.imports import StoredImport
from segue.music.contracts.pages import Page
from segue.music.contracts.songs import SongMetadata
from segue.music.store.tables import IMPORT_ROWS, IMPORTS, RUNS
from segue.runtime.threads import OwnThread
from segue.storage.database import Database
from segue.storage.places import parse_number

INSERT_ROWS = 1000  # rows a statement: bounded memory, few round trips
ABANDONED_SECONDS = 86_400.0  # an import that died half-way is swept after a day
UNUSED_SECONDS = 30 * 86_400.0  # one that no sync uses is swept after a month
ID_LENGTH = 20  # hex digits: 80 bits, no collision in any library's lifetime


class ImportStore:
    """Rows of imported playlists.

    Args:
        database: Migrated.
        clock: Epoch seconds.
    """

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database.of("syncs")
        self._clock = clock

    async def put(
        self,
        songs: Iterable[SongMetadata],
        *,
        name: str,
        source_format: str,
        encoding: str,
        thread: OwnThread | None = None,
    ) -> StoredImport:
        """Store all songs in order; the same songs under the same name give the same import.

        Memory stays bounded: songs are consumed as they are written. An import becomes visible only
        when complete.

        Args:
            songs: What is read in ``thread`` alone.
            name: Of the playlist.
            source_format: Name of the importer.
            encoding: Of the text.
            thread: Where ``songs`` was made; None: it may be read in any.
        """
        async with self._database.writing() as connection:
            number = await self._open(connection, name, source_format, encoding)
        try:
            import_id, count = await self._write(number, name, songs, thread)
            await self._publish(number, import_id, count)
        except BaseException:
            async with self._database.writing() as connection:
                await connection.execute(sa.delete(IMPORTS).where(IMPORTS.c.number == number))
            raise
        return await self.get(import_id)

    async def _write(
        self, number: int, name: str, songs: Iterable[SongMetadata], thread: OwnThread | None
    ) -> tuple[str, int]:
        """Store the songs under a number that nobody sees; the import's id, and how many."""
        digest = hashlib.sha256(name.encode())
        count = 0
        remaining = iter(songs)
        async with nullcontext(thread) if thread else OwnThread() as reader:
            while rows := await reader.run(lambda: list(islice(remaining, INSERT_ROWS))):
                texts = [song.model_dump_json(exclude_defaults=True) for song in rows]
                for line in texts:
                    digest.update(line.encode())
                    digest.update(b"\n")
                async with self._database.writing() as connection:
                    await connection.execute(
                        sa.insert(IMPORT_ROWS),
                        [
                            {"import_number": number, "position": count + offset, "song": line}
                            for offset, line in enumerate(texts)
                        ],
                    )
                count += len(rows)
        return digest.hexdigest()[:ID_LENGTH], count

    async def get(self, import_id: str) -> StoredImport:
        """One import.

        Raises:
            RunNotFoundError: No such import.
        """
        async with self._database.reading() as connection:
            result = await connection.execute(sa.select(IMPORTS).where(IMPORTS.c.id == import_id))
            row = result.mappings().one_or_none()
        if row is None:
            raise RunNotFoundError(f"No import {import_id!r} is stored here.")
        return _stored_import(row)

    async def list(self, *, limit: int, after: str | None = None) -> Page[StoredImport]:
        """Imports without their songs, newest first.

        Args:
            limit: At most so many, > 0.
            after: ``next`` of the page before; None: the first page.

        Raises:
            InputError: ``after`` is not what a page gave.
        """
        statement = sa.select(IMPORTS).where(IMPORTS.c.id.is_not(None))
        if after is not None:
            statement = statement.where(IMPORTS.c.number < parse_number(after))
        query = statement.order_by(IMPORTS.c.number.desc()).limit(limit + 1)
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).mappings().all()
        last = rows[limit - 1] if len(rows) > limit else None
        return Page(
            tuple(_stored_import(row) for row in rows[:limit]),
            str(last["number"]) if last else None,
        )

    async def some(self, ids: Collection[str]) -> dict[str, StoredImport]:
        """Those of these imports that are stored, by id; a page of ids at most."""
        statement = sa.select(IMPORTS).where(IMPORTS.c.id.in_(ids))
        async with self._database.reading() as connection:
            rows = (await connection.execute(statement)).mappings()
            return {row["id"]: _stored_import(row) for row in rows}

    async def delete(self, import_id: str) -> None:
        """Forget an import and its songs.

        Raises:
            ImportInUseError: A stored run reads it.
            RunNotFoundError: No such import.
        """
        async with self._database.writing() as connection:
            runs = sa.select(sa.func.count()).where(RUNS.c.import_id == import_id)
            if count := await connection.scalar(runs):
                raise ImportInUseError(f"The import {import_id!r} belongs to {count} syncs.")
            result = await connection.execute(sa.delete(IMPORTS).where(IMPORTS.c.id == import_id))
        if not result.rowcount:
            raise RunNotFoundError(f"No import {import_id!r} is stored here.", hint="")

    async def rows(self, import_id: str, positions: Sequence[int]) -> dict[int, SongMetadata]:
        """The songs at ``positions`` (0-based)."""
        statement = (
            sa
            .select(IMPORT_ROWS.c.position, IMPORT_ROWS.c.song)
            .join(IMPORTS, IMPORTS.c.number == IMPORT_ROWS.c.import_number)
            .where(IMPORTS.c.id == import_id, IMPORT_ROWS.c.position.in_(positions))
        )
        async with self._database.reading() as connection:
            records = await connection.execute(statement)
            return {row.position: SongMetadata.model_validate_json(row.song) for row in records}

    async def _open(
        self, connection: AsyncConnection, name: str, source_format: str, encoding: str
    ) -> int:
        now = self._clock()
        is_unused = IMPORTS.c.id.not_in(sa.select(RUNS.c.import_id))
        await connection.execute(
            sa.delete(IMPORTS).where(
                sa.or_(
                    sa.and_(IMPORTS.c.id.is_(None), IMPORTS.c.created_at < now - ABANDONED_SECONDS),
                    sa.and_(is_unused, IMPORTS.c.created_at < now - UNUSED_SECONDS),
                )
            )
        )
        result = await connection.execute(
            sa
            .insert(IMPORTS)
            .values(name=name, format=source_format, encoding=encoding, songs=0, created_at=now)
            .returning(IMPORTS.c.number)
        )
        return result.scalar_one()

    async def _publish(self, number: int, import_id: str, count: int) -> None:
        """Give the rows their id, or drop them when the same songs are here already."""
        ours = IMPORTS.c.number == number
        async with self._database.writing() as connection:
            try:
                async with connection.begin_nested():
                    await connection.execute(
                        sa.update(IMPORTS).where(ours).values(id=import_id, songs=count)
                    )
            except IntegrityError:
                await connection.execute(sa.delete(IMPORTS).where(ours))
                await connection.execute(
                    sa
                    .update(IMPORTS)
                    .where(IMPORTS.c.id == import_id)
                    .values(created_at=self._clock())
                )


def _stored_import(row: sa.RowMapping) -> StoredImport:
    created_at = datetime.fromtimestamp(row["created_at"], UTC).isoformat(timespec="seconds")
    return StoredImport(id=row["id"], name=row["name"], songs=row["songs"], created_at=created_at)
