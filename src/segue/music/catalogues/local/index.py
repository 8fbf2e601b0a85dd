"""The local catalogue's search engine: tracks in SQLite, found by words.

It answers the subset of Spotify's query syntax that Segue uses. All words must occur at first; when
that finds too little, misspelt words are replaced by known ones and some may be missing. Results
are ranked by how much of the query they hold and how much of their own title and artist the query
names. The engine knows the query string only.
"""

import sqlite3
import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from math import log
from pathlib import Path
from typing import Final

from rapidfuzz.distance import OSA

from segue.errors.storage import StorageError
from segue.music.catalogues.local.csv_tracks import URI_PREFIX, open_text, read_lines, read_track
from segue.music.catalogues.local.index_schema import (
    SCHEMA,
    SCHEMA_VERSION,
    UPSERT,
    index_words,
    latin_words,
    rebuild_spellings,
)
from segue.music.catalogues.local.query import (
    Query,
    all_words,
    any_of,
    expression,
    field_clauses,
    parse_query,
)
from segue.music.catalogues.local.ranking import Row, read_row, score
from segue.music.contracts.songs import Track
from segue.storage.private_files import make_private_file

_BATCH: Final = 5_000  # rows per executemany: bounded memory, and progress several times a second
_POOL: Final = 60  # rows ranked closely; on 180,000 tracks the answer is practically never beyond
_FIND: Final = "SELECT rowid, title, artists, album, latin FROM words WHERE words MATCH ?"
_COUNT: Final = "SELECT count(*) FROM words WHERE words MATCH ?"
# Apart, because a join costs a look-up for every row that is ranked.
_IN_YEARS: Final = """
AND rowid IN (SELECT row FROM tracks WHERE substr(release_date, 1, 4) BETWEEN ? AND ?)
"""
_ANY: Final = " LIMIT ?"
_BEST: Final = " ORDER BY rank LIMIT ?"
_GET: Final = """
SELECT id, title, artists, album, release_date, duration_ms, isrc FROM tracks WHERE id = ?
"""
_GET_ROW: Final = """
SELECT id, title, artists, album, release_date, duration_ms, isrc FROM tracks WHERE row = ?
"""
_FEW: Final = 3  # with fewer exact hits than this the search is relaxed
_RARE_ROWS: Final = 1_000  # rows a relaxed search may look at; keeps it within milliseconds
_KNOWN: Final = 5  # a word in fewer tracks than this may be a misspelling of a commoner one
_SPELLINGS: Final = 4  # corrections tried per word


@dataclass(frozen=True, slots=True)
class ImportStats:
    """What one import did.

    Attributes:
        rows: Data rows read, blank lines not counted.
        added: Tracks that were not in the index before.
        rejected: Rows without an id or a title, or with a duration that is not a number.
        total: Tracks in the index afterwards.
    """

    rows: int
    added: int
    rejected: int
    total: int


@dataclass(frozen=True, slots=True)
class IndexStats:
    """How much an index holds.

    Attributes:
        bytes: Size of the index file.
    """

    tracks: int
    artists: int
    albums: int
    bytes: int


class TrackIndex:
    """A searchable file of tracks; every method may be called from any thread."""

    def __init__(self, path: Path) -> None:
        """Open the index, or make an empty one.

        Raises:
            StorageError: The file is no index, or one with another layout.
        """
        self._path = path
        self._local = threading.local()
        self._opened: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        self._documents = lru_cache(maxsize=1 << 15)(self._count_documents)
        self._similar = lru_cache(maxsize=1 << 12)(self._find_similar)
        make_private_file(path)
        try:
            with self._reporting():
                self._prepare()
            self._size = self.count()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the connections of all threads; the index cannot be used afterwards."""
        with self._lock:
            for connection in self._opened:
                connection.close()
            self._opened.clear()

    def import_csv(
        self, path: Path, *, progress: Callable[[int], None] | None = None
    ) -> ImportStats:
        """Add or update the tracks of a CSV file, all of them or none.

        Idempotency: a second import of the same file changes nothing.

        Args:
            path: ``.csv`` or ``.csv.gz`` with the columns id, title and artists (several are
                separated by ``|``), and as far as known album, release_date, duration_ms and isrc;
                other columns are ignored.
            progress: Called with the number of rows read so far.

        Raises:
            UnreadableFileError: No such file, or not CSV text in UTF-8.
            MissingColumnsError: No id, title or artists column.
        """
        before, rows, rejections = self.count(), 0, 0
        with open_text(path) as file, self._transaction() as connection:
            reader = read_lines(file, path)
            while batch := list(islice(reader, _BATCH)):
                tracks = [track for line in batch if (track := read_track(line))]
                connection.executemany(UPSERT, tracks)
                rows += len(batch)
                rejections += len(batch) - len(tracks)
                if progress:
                    progress(rows)
            rebuild_spellings(connection)
        self._forget()
        total = self._size
        return ImportStats(rows=rows, added=total - before, rejected=rejections, total=total)

    def search(self, query: str, *, limit: int = 10, offset: int = 0) -> tuple[list[Track], int]:
        """The tracks that answer a query best, and how many there are in all.

        Args:
            query: Free text and any of ``track:``, ``artist:``, ``album:``, ``year:`` (also a
                range) and ``isrc:``; values with spaces in double quotes.
            limit: Tracks wanted, > 0.
            offset: Tracks to skip, >= 0.
        """
        self._notice_imports()
        query_terms = parse_query(query)
        pool = max(_POOL, offset + limit)
        if query_terms.isrc is not None or not (query_terms.words or query_terms.fields):
            return self._lookup(query_terms, limit, offset)
        exact = expression(query_terms)
        rows = self._match(exact, query_terms, pool, _ANY)
        total = len(rows)
        if total == pool:  # only now is it worth what ranking costs
            rows = self._match(exact, query_terms, pool, _BEST)
            total = self._total(exact, query_terms)
        respelt: dict[str, tuple[str, ...]] = {}
        if len(rows) < _FEW and query_terms.words:
            respelt = {word: self._similar(word) for word in query_terms.words}
            row_ids = {row.row for row in rows}
            soft = self._match(self._relax(query_terms, respelt), query_terms, pool, _BEST)
            rows += [row for row in soft if row.row not in row_ids]
            total = len(rows)
        weights = {
            word: self._weight(word, respelt.get(word, ())) for word in all_words(query_terms)
        }
        rows.sort(key=lambda row: score(row, weights, respelt), reverse=True)
        return self._tracks([row.row for row in rows[offset : offset + limit]]), total

    def get(self, track_id: str) -> Track | None:
        """One track by id or URI."""
        row = self._read(_GET, (track_id.removeprefix(URI_PREFIX),)).fetchone()
        return _track(row) if row else None

    def count(self) -> int:
        """Number of tracks."""
        return int(self._read("SELECT count(*) FROM tracks").fetchone()[0])

    def stats(self) -> IndexStats:
        """Number of tracks, of different artist lines and albums, and the size on disk."""
        artists, albums = self._read(
            "SELECT count(DISTINCT artists), count(DISTINCT album) FROM tracks"
        ).fetchone()
        return IndexStats(self.count(), artists, albums, self._path.stat().st_size)

    @property
    def size(self) -> int:
        """Number of tracks, as of the last search; costs nothing."""
        return self._size

    # -- what is remembered of the words --------------------------------------------------------

    def _notice_imports(self) -> None:
        """Forget what is remembered where others have imported since this thread last looked.

        With the numbers of a small index a search of a large one takes common words for rare ones.
        """
        (version,) = self._read("PRAGMA data_version").fetchone()  # counts others' commits alone
        if version != getattr(self._local, "data_version", None):
            self._local.data_version = version
            self._forget()

    def _forget(self) -> None:
        self._documents.cache_clear()
        self._similar.cache_clear()
        self._size = self.count()

    # -- connections ----------------------------------------------------------------------------

    def _prepare(self) -> None:
        connection = self._thread_connection()
        with suppress(sqlite3.OperationalError):  # somebody else is at it, or has the file in use
            connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("BEGIN")  # both answers of one moment: somebody may just be making it
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        empty = not connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
        connection.execute("ROLLBACK")
        if version == SCHEMA_VERSION:
            return
        if version or not empty:
            raise StorageError(
                f"{self._path} should be a track index with layout {SCHEMA_VERSION}, "
                f"it has layout {version}",
                hint="Delete the file and import the catalogue again.",
            )
        connection.executescript(f"{SCHEMA} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;")

    @contextmanager
    def _reporting(self) -> Generator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise StorageError(
                f"The track index {self._path} should be readable, SQLite said: {error}",
                hint="Check the path and the disk; a damaged index is made anew by an import.",
            ) from error

    def _thread_connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            # Closed from another thread in close(), hence no thread check.
            connection = sqlite3.connect(self._path, timeout=30, check_same_thread=False)
            with self._lock:
                self._opened.append(connection)
            connection.create_function("index_words", 1, index_words, deterministic=True)
            connection.create_function("latin_words", 2, latin_words, deterministic=True)
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute(
                "PRAGMA mmap_size = 268435456"
            )  # bytes: the whole index, read in place
            connection.execute("PRAGMA cache_size = -4000")  # KiB; one for each thread
            self._local.connection = connection
        return connection

    @contextmanager
    def _transaction(self) -> Generator[sqlite3.Connection]:
        with self._reporting(), self._thread_connection() as connection:
            yield connection

    def _read(self, sql: str, values: Sequence[str | int] = ()) -> sqlite3.Cursor:
        with self._reporting():
            return self._thread_connection().execute(sql, values)

    # -- searching ------------------------------------------------------------------------------

    def _match(self, expression_text: str, terms: Query, pool: int, order: str) -> list[Row]:
        if not expression_text:
            return []
        sql = _FIND + (_IN_YEARS if terms.years else "") + order
        matches = self._read(sql, (expression_text, *(terms.years or ()), pool))
        return [read_row(*row) for row in matches]

    def _total(self, expression_text: str, terms: Query) -> int:
        sql = _COUNT + (_IN_YEARS if terms.years else "")
        return int(self._read(sql, (expression_text, *(terms.years or ()))).fetchone()[0])

    def _lookup(self, terms: Query, limit: int, offset: int) -> tuple[list[Track], int]:
        """By ISRC or year alone, in the order of import."""
        if terms.isrc is not None:
            matches = self._read("SELECT row FROM tracks WHERE isrc = ?", (terms.isrc,))
        elif terms.years is not None:
            matches = self._read(
                "SELECT row FROM tracks WHERE substr(release_date, 1, 4) BETWEEN ? AND ?",
                terms.years,
            )
        else:
            return [], 0
        rows = [row for (row,) in matches]
        return self._tracks(rows[offset : offset + limit]), len(rows)

    def _relax(self, terms: Query, respelt: dict[str, tuple[str, ...]]) -> str:
        """An expression for rows with some of the words, the rare ones above all."""
        groups = sorted((self._frequency(word, respelt[word]), word) for word in terms.words)
        rare: list[str] = []
        budget = _RARE_ROWS
        for frequency, word in groups:
            if frequency and (not rare or frequency <= budget):
                rare += [word, *respelt[word]]
                budget -= frequency
        if not rare:
            return ""
        every = [*rare, *(word for _, word in groups if word not in rare)]
        return " AND ".join([f"({any_of(rare)})", f"({any_of(every)})", *field_clauses(terms)])

    def _frequency(self, word: str, respelt: tuple[str, ...]) -> int:
        return sum(self._documents(each) for each in (word, *respelt))

    def _weight(self, word: str, respelt: tuple[str, ...]) -> float:
        """Rare words tell more (inverse document frequency, as in BM25)."""
        return log(1 + self._size / (1 + self._frequency(word, respelt)))

    def _count_documents(self, word: str) -> int:
        row = self._read("SELECT doc FROM vocabulary WHERE term = ?", (word,)).fetchone()
        return int(row[0]) if row else 0

    def _find_similar(self, word: str) -> tuple[str, ...]:
        """Known words that a rare or unknown word may be a misspelling of; three at most."""
        own = self._documents(word)
        if own >= _KNOWN or len(word) < 4:
            return ()
        framed_word = f"^{word}$"
        grams = [f'"{framed_word[at : at + 3]}"' for at in range(len(framed_word) - 2)]
        sql = "SELECT word FROM spellings WHERE spellings MATCH ? ORDER BY rank LIMIT 30"
        near: list[tuple[int, int, str]] = []
        for (spelling,) in self._read(sql, (" OR ".join(grams),)):
            other = spelling[1:-1]
            slips = 1 if other.startswith(word) else OSA.distance(word, other)
            if other != word and slips <= 1 + (len(word) > 5) and self._documents(other) >= own:
                near.append((slips, -self._documents(other), other))
        return tuple(other for _, _, other in sorted(near)[:_SPELLINGS])

    def _tracks(self, rows: Sequence[int]) -> list[Track]:
        columns = {row: self._read(_GET_ROW, (row,)).fetchone() for row in rows}
        return [_track(columns[row]) for row in rows]


def _track(row: tuple[str, str, str, str | None, str | None, int | None, str | None]) -> Track:
    track_id, title, artists, album, release_date, duration_ms, isrc = row
    return Track(
        uri=URI_PREFIX + track_id,
        title=title,
        artists=tuple(artists.split("|")),
        album=album,
        release_date=release_date,
        duration_ms=duration_ms,
        isrc=isrc,
    )
