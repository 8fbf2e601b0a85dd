"""Which key started which run and brought which import."""

from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from segue.errors.sync import RunNotFoundError
from segue.music.contracts.pages import Page
from segue.music.contracts.runs import RunAddress
from segue.storage.database import Database
from segue.storage.places import parse_place, place_of
from segue.storage.statements import upsert
from segue.web.scopes import ApiKey
from segue.web.tables import IMPORTS, RUNS

_PAGE = 500  # ids in memory at a time


@dataclass(frozen=True)
class OwnedRun:
    """A run that a key started, or joined.

    Attributes:
        number: Grows with each; the place in the list.
        started_at: Epoch seconds.
    """

    number: int
    owner: str
    address: RunAddress
    started_at: float


class Owners:
    """Who owns what; all methods raise ``StorageError`` while the database is away.

    A key sees what it started; an admin's sees everything.

    Args:
        database: Migrated; the caller closes it.
        clock: Epoch seconds.
    """

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database.of("syncs")
        self._clock = clock

    async def own_run(self, key: ApiKey, address: RunAddress) -> None:
        """Note whose it is; a second time changes nothing, and two keys may share a run."""
        async with self._database.writing() as connection:
            build = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
            await connection.execute(
                build(RUNS)
                .values(
                    owner=key.id,
                    workflow_id=address.workflow_id,
                    first_run_id=address.first_run_id,
                    started_at=self._clock(),
                )
                .on_conflict_do_nothing(
                    index_elements=[RUNS.c.owner, RUNS.c.workflow_id, RUNS.c.first_run_id]
                )
            )

    async def run_of(self, key: ApiKey, workflow_id: str) -> RunAddress:
        """The newest run under this id that the key may see.

        Raises:
            RunNotFoundError: There is none, or it is somebody else's: the answer is the same.
        """
        if key.is_admin:
            return RunAddress(workflow_id)
        statement = (
            sa
            .select(RUNS.c.first_run_id)
            .where(RUNS.c.workflow_id == workflow_id, RUNS.c.owner == key.id)
            .order_by(RUNS.c.number.desc())
            .limit(1)
        )
        async with self._database.reading() as connection:
            run_id = (await connection.execute(statement)).scalar_one_or_none()
        if run_id is None:
            raise RunNotFoundError(f"There is no sync {workflow_id!r}.", hint="")
        return RunAddress(workflow_id, run_id)

    async def runs(self, key: ApiKey, *, before: int | None, limit: int) -> list[OwnedRun]:
        """The key's runs, or an admin's view of all, newest first.

        Args:
            key: Whose.
            before: Only those with a smaller number.
            limit: At most so many.
        """
        statement = sa.select(RUNS).order_by(RUNS.c.number.desc()).limit(limit)
        if not key.is_admin:
            statement = statement.where(RUNS.c.owner == key.id)
        if before is not None:
            statement = statement.where(RUNS.c.number < before)
        async with self._database.reading() as connection:
            return [
                OwnedRun(
                    row.number,
                    row.owner,
                    RunAddress(row.workflow_id, row.first_run_id),
                    row.started_at,
                )
                for row in await connection.execute(statement)
            ]

    async def own_import(self, key: ApiKey, import_id: str) -> None:
        """Note whose it is; two keys that bring the same file share it."""
        async with self._database.writing() as connection:
            await connection.execute(
                upsert(connection.dialect.name, IMPORTS, replace=()),
                {"owner": key.id, "import_id": import_id, "created_at": self._clock()},
            )

    async def imports(
        self, key: ApiKey, *, limit: int = _PAGE, after: str | None = None
    ) -> Page[str]:
        """The ids of what the key brought, newest first.

        Args:
            key: Whose.
            limit: At most so many, > 0.
            after: ``next`` of the page before; None: the first page.

        Raises:
            InputError: ``after`` is not what a page gave.
        """
        table = IMPORTS.c
        statement = sa.select(table.import_id, table.created_at).where(table.owner == key.id)
        if after is not None:
            when, import_id = parse_place(after)
            same_time = sa.and_(table.created_at == when, table.import_id > import_id)
            statement = statement.where(sa.or_(table.created_at < when, same_time))
        query = statement.order_by(table.created_at.desc(), table.import_id).limit(limit + 1)
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
        last = rows[limit - 1] if len(rows) > limit else None
        return Page(
            tuple(row.import_id for row in rows[:limit]),
            place_of(last.created_at, last.import_id) if last else None,
        )

    async def disown_import(self, key: ApiKey, import_id: str) -> bool:
        """Note that the key no longer has it, an admin: that nobody has; whether nobody has now."""
        this = IMPORTS.c.import_id == import_id
        ours = this if key.is_admin else sa.and_(this, IMPORTS.c.owner == key.id)
        async with self._database.writing() as connection:
            await connection.execute(sa.delete(IMPORTS).where(ours))
            owners = sa.select(sa.func.count()).select_from(IMPORTS).where(this)
            return not await connection.scalar(owners)

    async def has_import(self, key: ApiKey, import_id: str) -> bool:
        """Whether the key brought it."""
        statement = sa.select(IMPORTS.c.owner).where(
            IMPORTS.c.import_id == import_id, IMPORTS.c.owner == key.id
        )
        async with self._database.reading() as connection:
            return (await connection.execute(statement)).one_or_none() is not None

    async def check_import(self, key: ApiKey, import_id: str) -> None:
        """Pass when the key may sync it.

        Raises:
            RunNotFoundError: There is none, or it is somebody else's.
        """
        if not (key.is_admin or await self.has_import(key, import_id)):
            raise RunNotFoundError(f"No import {import_id!r} is stored here.", hint="")
