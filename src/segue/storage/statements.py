"""Statements that SQLite and Postgres spell alike but SQLAlchemy keeps apart."""

from collections.abc import Sequence

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import Insert


def upsert(dialect: str, table: Table, *, replace: Sequence[str]) -> Insert:
    """An INSERT that, where the primary key exists, replaces the named columns (or nothing at all).

    Args:
        dialect: ``sqlite`` or ``postgresql``.
        table: Has a primary key.
        replace: Columns that the newer row overwrites; empty: the older row stays as it is.
    """
    build = postgresql.insert if dialect == "postgresql" else sqlite.insert
    statement = build(table)
    if not replace:
        return statement.on_conflict_do_nothing()
    return statement.on_conflict_do_update(
        index_elements=list(table.primary_key.columns),
        set_={name: statement.excluded[name] for name in replace},
    )
