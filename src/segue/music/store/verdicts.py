"""Verdicts that are remembered, doubts that wait for a person, and what people decided."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from segue.errors.sync import ReviewDecidedError
from segue.music.contracts.pages import Page
from segue.music.contracts.reviews import ReviewDecision, ReviewItem
from segue.music.contracts.songs import SongMetadata, Track
from segue.music.contracts.verdicts import Verdict
from segue.music.store.tables import DECISIONS, REVIEWS, VERDICTS
from segue.music.store.verdict_text import verdict_text
from segue.storage.database import Database
from segue.storage.places import parse_place, place_of
from segue.storage.statements import upsert

# A match stays true for long, but tracks do leave catalogues; a missing song may come any day.
FRESH_SECONDS = {"accept": 30 * 86_400.0, "review": 86_400.0, "none": 86_400.0}
KEY_LENGTH = 20


def wish_key(song: SongMetadata) -> str:
    """Stable name of a wish: the same source row gives the same key on every run."""
    facts = [song.title, song.artist, song.album, song.year, song.duration_ms, song.isrc, song.uri]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:KEY_LENGTH]


def rough_key(song: SongMetadata) -> str:
    """Key of everything with this title and artist, whatever its album, year or length."""
    return wish_key(
        SongMetadata(title=song.title.strip().casefold(), artist=song.artist.strip().casefold())
    )


class VerdictStore:
    """Remembered verdicts, decisions and the review queue of one catalogue.

    Args:
        database: Migrated.
        catalogue: Name of the catalogue all of this is about.
        rules: Version of the matching rules; verdicts of other rules do not count.
        clock: Epoch seconds.
    """

    def __init__(
        self, database: Database, catalogue: str, rules: str, clock: Callable[[], float]
    ) -> None:
        self._database = database.of("syncs")
        self._catalogue = catalogue
        self._scope = f"{catalogue}/{rules}"
        self._clock = clock

    async def fresh_verdicts(self, keys: Sequence[str]) -> dict[str, Verdict]:
        """Fresh verdicts by key."""
        statement = sa.select(VERDICTS.c.key, VERDICTS.c.verdict).where(
            VERDICTS.c.catalogue == self._scope,
            VERDICTS.c.key.in_(keys),
            VERDICTS.c.fresh_until > self._clock(),
        )
        async with self._database.reading() as connection:
            records = await connection.execute(statement)
            return {row.key: Verdict.model_validate_json(row.verdict) for row in records}

    async def remember(self, verdicts: Mapping[str, Verdict]) -> None:
        """Keep verdicts for later runs; the newest one wins."""
        if not verdicts:
            return
        now = self._clock()
        rows = [
            {
                "catalogue": self._scope,
                "key": key,
                "verdict": verdict_text(verdict),
                "fresh_until": now + FRESH_SECONDS[verdict.decision],
            }
            for key, verdict in verdicts.items()
        ]
        async with self._database.writing() as connection:
            await connection.execute(
                upsert(connection.dialect.name, VERDICTS, replace=("verdict", "fresh_until")), rows
            )

    async def decisions_for(self, songs: Sequence[SongMetadata]) -> dict[str, Verdict]:
        """What people decided, as verdicts by wish key; these win over everything.

        A decision for exactly this row counts before one for its title and artist.
        """
        keys = {key for song in songs for key in (wish_key(song), rough_key(song))}
        statement = sa.select(DECISIONS).where(
            DECISIONS.c.catalogue == self._catalogue, DECISIONS.c.key.in_(keys)
        )
        async with self._database.reading() as connection:
            records = await connection.execute(statement)
            decisions = {row.key: _as_verdict(row.track, row.origin) for row in records}
        return {
            wish_key(song): decisions[key]
            for song in songs
            for key in (rough_key(song), wish_key(song))
            if key in decisions
        }

    async def decide(
        self, song: SongMetadata, track: Track | None, *, origin: str
    ) -> ReviewDecision:
        """Record a decision (None: leave the song out) and take the doubt off the queue.

        A song given by title and artist alone stands for every row with those two. Idempotent: the
        last decision for a wish counts.
        """
        async with self._database.writing() as connection:
            await self._take_off_queue(connection, song)
            return await self._decide(connection, song, track, origin)

    async def settle(self, song: SongMetadata, track: Track | None) -> ReviewDecision:
        """Decide a doubt that waits in the queue; whoever comes second must say the same.

        Raises:
            ReviewDecidedError: It was decided otherwise.
        """
        async with self._database.writing() as connection:
            if await self._take_off_queue(connection, song):
                return await self._decide(connection, song, track, "review")
            decision = await self._decision(connection, song)
            if decision is None:  # it was decided, and that was forgotten
                return await self._decide(connection, song, track, "review")
        if decision.uri != (track.uri if track else None):
            raise ReviewDecidedError("This doubtful match was decided meanwhile, and otherwise.")
        return decision

    async def _take_off_queue(self, connection: AsyncConnection, song: SongMetadata) -> bool:
        """Whether it waited there; of several that ask at once one hears so."""
        result = await connection.execute(
            sa.delete(REVIEWS).where(
                REVIEWS.c.catalogue == self._catalogue, REVIEWS.c.key == wish_key(song)
            )
        )
        return result.rowcount > 0

    async def _decision(
        self, connection: AsyncConnection, song: SongMetadata
    ) -> ReviewDecision | None:
        """The decision in force for a row; one for exactly this row counts first."""
        statement = sa.select(DECISIONS).where(
            DECISIONS.c.catalogue == self._catalogue,
            DECISIONS.c.key.in_([wish_key(song), rough_key(song)]),
        )
        rows = {row.key: row for row in await connection.execute(statement)}
        row = rows.get(wish_key(song)) or rows.get(rough_key(song))
        return None if row is None else _as_decision(row)

    async def _decide(
        self, connection: AsyncConnection, song: SongMetadata, track: Track | None, origin: str
    ) -> ReviewDecision:
        bare = song == SongMetadata(title=song.title, artist=song.artist)
        key, now = rough_key(song) if bare else wish_key(song), self._clock()
        row = {
            "catalogue": self._catalogue,
            "key": key,
            "song": song.model_dump_json(exclude_defaults=True),
            "track": track.model_dump_json() if track else None,
            "origin": origin,
            "decided_at": now,
        }
        columns = ("song", "track", "origin", "decided_at")
        await connection.execute(upsert(connection.dialect.name, DECISIONS, replace=columns), row)
        return ReviewDecision(
            key=key,
            song=song,
            uri=track.uri if track else None,
            origin="mapping" if origin == "mapping" else "review",
            decided_at=_iso(now),
        )

    async def undecide(self, key: str) -> bool:
        """Forget a decision; whether there was one."""
        async with self._database.writing() as connection:
            result = await connection.execute(
                sa.delete(DECISIONS).where(
                    DECISIONS.c.catalogue == self._catalogue, DECISIONS.c.key == key
                )
            )
        return result.rowcount > 0

    async def decisions(
        self, *, limit: int, after: str | None = None, offset: int = 0
    ) -> Page[ReviewDecision]:
        """Decisions in force, newest first.

        Args:
            limit: At most so many, > 0.
            after: ``next`` of the page before; None: the first page.
            offset: So many are passed over.

        Raises:
            InputError: ``after`` is not what a page gave.
        """
        table = DECISIONS.c
        statement = sa.select(DECISIONS).where(table.catalogue == self._catalogue)
        if after is not None:
            when, key = parse_place(after)
            same_time = sa.and_(table.decided_at == when, table.key > key)
            is_later = sa.or_(table.decided_at < when, same_time)
            statement = statement.where(table.decided_at <= when, is_later)
        query = statement.order_by(table.decided_at.desc(), table.key)
        async with self._database.reading() as connection:
            records = await connection.execute(query.offset(offset).limit(limit + 1))
            rows = records.all()
        last = rows[limit - 1] if len(rows) > limit else None
        return Page(
            tuple(_as_decision(row) for row in rows[:limit]),
            place_of(last.decided_at, last.key) if last else None,
        )

    async def decisions_about(
        self, songs: Sequence[SongMetadata], *, since: float
    ) -> dict[str, ReviewDecision]:
        """The newest decisions about songs, by wish key; one for exactly this row counts first.

        Args:
            songs: A page of them.
            since: Only those that were made then or later; epoch seconds.
        """
        keys = {key for song in songs for key in (wish_key(song), rough_key(song))}
        statement = sa.select(DECISIONS).where(
            DECISIONS.c.catalogue == self._catalogue,
            DECISIONS.c.key.in_(keys),
            DECISIONS.c.decided_at >= since,
        )
        async with self._database.reading() as connection:
            rows = {row.key: _as_decision(row) for row in await connection.execute(statement)}
        return {
            wish_key(song): rows[key]
            for song in songs
            for key in (rough_key(song), wish_key(song))
            if key in rows
        }

    async def ask(self, doubts: Mapping[str, tuple[SongMetadata, Verdict]]) -> None:
        """Queue doubtful verdicts for a person; one that waits already is brought up to date."""
        if not doubts:
            return
        now = self._clock()
        rows = [
            {
                "catalogue": self._catalogue,
                "key": key,
                "song": song.model_dump_json(exclude_defaults=True),
                "verdict": verdict.model_dump_json(exclude_defaults=True),
                "created_at": now,
                "song_key": rough_key(song),
            }
            for key, (song, verdict) in doubts.items()
        ]
        async with self._database.writing() as connection:
            await connection.execute(
                upsert(connection.dialect.name, REVIEWS, replace=("song", "verdict", "song_key")),
                rows,
            )

    async def open_questions(
        self, *, limit: int, after: str | None = None, offset: int = 0
    ) -> Page[ReviewItem]:
        """The review queue, oldest first, without what a decision for a whole song settles.

        Args:
            limit: At most so many, > 0.
            after: ``next`` of the page before; None: the first page.
            offset: So many are passed over.

        Raises:
            InputError: ``after`` is not what a page gave.
        """
        table = REVIEWS.c
        query = self._queue(sa.select(REVIEWS))
        if after is not None:
            place = sa.tuple_(*map(sa.literal, parse_place(after)))
            query = query.where(sa.tuple_(table.created_at, table.key) > place)
        query = query.order_by(table.created_at, table.key).offset(offset).limit(limit + 1)
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
        last = rows[limit - 1] if len(rows) > limit else None
        return Page(
            tuple(_as_item(row) for row in rows[:limit]),
            place_of(last.created_at, last.key) if last else None,
        )

    async def open_question(self, key: str) -> ReviewItem | None:
        """What waits under a key, where something does."""
        statement = self._queue(sa.select(REVIEWS)).where(REVIEWS.c.key == key)
        async with self._database.reading() as connection:
            row = (await connection.execute(statement)).one_or_none()
        return _as_item(row) if row else None

    async def count_open(self) -> int:
        """How many wait."""
        statement = self._queue(sa.select(sa.func.count()).select_from(REVIEWS))
        async with self._database.reading() as connection:
            return await connection.scalar(statement) or 0

    def _queue(self, statement: sa.Select[Any]) -> sa.Select[Any]:
        """Of doubts those that no decision settles, for the row or for its whole song."""
        table = REVIEWS.c
        decision = sa.exists().where(
            DECISIONS.c.catalogue == table.catalogue,
            DECISIONS.c.key.in_([table.key, table.song_key]),
        )
        return statement.where(table.catalogue == self._catalogue, ~decision)


def _as_verdict(track: str | None, origin: str) -> Verdict:
    by = "your mapping file" if origin == "mapping" else "your review"
    if track is None:
        return Verdict(decision="none", reason=f"left out by {by}", decided_by="user")
    return Verdict(
        decision="accept",
        track=Track.model_validate_json(track),
        confidence=1.0,
        reason=f"chosen by {by}",
        decided_by="user",
    )


def _as_decision(row: sa.Row[tuple[object, ...]]) -> ReviewDecision:
    return ReviewDecision(
        key=row.key,
        song=SongMetadata.model_validate_json(row.song),
        uri=Track.model_validate_json(row.track).uri if row.track else None,
        origin=row.origin,
        decided_at=_iso(row.decided_at),
    )


def _as_item(row: sa.Row[Any]) -> ReviewItem:
    doubt = Verdict.model_validate_json(row.verdict)
    return ReviewItem(
        key=row.key,
        song=SongMetadata.model_validate_json(row.song),
        reason=doubt.reason,
        confidence=doubt.confidence,
        alternatives=doubt.alternatives,
        created_at=_iso(row.created_at),
    )


def _iso(epoch: float) -> str:
    return datetime.fromtimestamp(epoch, UTC).isoformat(timespec="seconds")
