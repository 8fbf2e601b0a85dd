"""Totals that only grow, kept beside the rows that they count.

A counter changes in the transaction that adds the row, and only when the row is new: it is exact
over all workers, survives restarts, and a retried or replayed call cannot count twice. Reading all
of them costs as many rows as there are label values, however many calls there were; a scan over the
calls would make each scrape slower than the one before. The price: transactions that count the same
thing wait for each other's last statement and commit, about a millisecond, beside model calls of
seconds.
"""

import functools
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.dml import Insert

from segue.runs.store.tables import COUNTERS


@dataclass(frozen=True, order=True)
class Counter:
    """What is counted: a name of ours and up to two label values."""

    name: str
    first: str
    second: str = ""


async def count(connection: AsyncConnection, increments: Mapping[Counter, float]) -> None:
    """Add to counters; ``Database.add_up`` calls it, as the last statement of a transaction.

    In one order everywhere, so that no two transactions wait for each other in a circle.
    """
    rows = [vars(counter) | {"value": float(increments[counter])} for counter in sorted(increments)]
    await connection.execute(_adding(connection.dialect.name), rows)


@functools.cache
def _adding(dialect: str) -> Insert:
    statement = (postgresql.insert if dialect == "postgresql" else sqlite.insert)(COUNTERS)
    return statement.on_conflict_do_update(
        index_elements=list(COUNTERS.primary_key.columns),
        set_={"value": COUNTERS.c.value + statement.excluded.value},
    )


async def counters(connection: AsyncConnection) -> dict[Counter, float]:
    """All counters, in order."""
    records = await connection.execute(sa.select(COUNTERS))
    return dict(sorted((Counter(row.name, row.first, row.second), row.value) for row in records))
