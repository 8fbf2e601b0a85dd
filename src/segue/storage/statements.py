"""Statements that SQLite and Postgres spell alike but SQLAlchemy keeps apart.

Each is built once: SQLAlchemy takes longer to build a statement and to recognise it than SQLite
takes to execute it.
"""

import functools
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import Insert, ReturningInsert


def upsert(dialect: str, table: Table, *, replace: Sequence[str]) -> Insert:
    """An INSERT that, where the primary key exists, replaces the named columns (or nothing at all).

    Args:
        dialect: ``sqlite`` or ``postgresql``.
        table: Has a primary key.
        replace: Columns that the newer row overwrites; empty: the older row stays as it is.
    """
    return _upsert(dialect, table, tuple(replace))


@functools.cache
def insert_new(dialect: str, table: Table) -> ReturningInsert[tuple[Any]]:
    """An INSERT that gives back a part of the row's key; nothing where the key existed before.

    Args:
        dialect: ``sqlite`` or ``postgresql``.
        table: Has a primary key.
    """
    key = next(iter(table.primary_key.columns))
    return _upsert(dialect, table, ()).returning(key)


@functools.cache
def _upsert(dialect: str, table: Table, replace: tuple[str, ...]) -> Insert:
    build = postgresql.insert if dialect == "postgresql" else sqlite.insert
    statement = build(table)
    if not replace:
        return statement.on_conflict_do_nothing()
    return statement.on_conflict_do_update(
        index_elements=list(table.primary_key.columns),
        set_={name: statement.excluded[name] for name in replace},
    )
