"""How much SQL a piece of work takes: connections, transactions, statements."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import URL


@dataclass
class Statements:
    """What a database was asked.

    Attributes:
        connections: Taken out of the pool.
        transactions: Begun; statements that commit themselves begin none.
        statements: Of any kind, SQLite's ``BEGIN IMMEDIATE`` not among them.
    """

    connections: int = 0
    transactions: int = 0
    statements: int = 0

    def reset(self) -> None:
        """Count from zero."""
        self.connections = self.transactions = self.statements = 0


@contextmanager
def counted(url: URL) -> Generator[Statements]:
    """Count what the database at ``url`` is asked while this is open."""
    found = Statements()

    def ours(connection: Connection) -> bool:
        # An engine for Postgres has the address without its parameters: they are the driver's.
        return connection.engine.url.set(query={}) == url.set(query={})

    def connected(connection: Connection) -> None:
        found.connections += ours(connection)

    def begun(connection: Connection) -> None:
        options = connection.get_execution_options()
        alone = options.get("isolation_level") == "AUTOCOMMIT"
        found.transactions += ours(connection) and not alone

    def executed(connection: Connection, _cursor: object, text: str, *_: object) -> None:
        found.statements += ours(connection) and not text.startswith("BEGIN")

    listeners = (
        ("engine_connect", connected),
        ("begin", begun),
        ("before_cursor_execute", executed),
    )
    for name, listener in listeners:
        event.listen(Engine, name, listener)
    try:
        yield found
    finally:
        for name, listener in listeners:
            event.remove(Engine, name, listener)
