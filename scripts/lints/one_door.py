"""SQLAlchemy's engines stay in ``segue.storage``; all others go through its ``Database``.

There were six ways to a transaction. Five of them translated what a driver raises, each in its own
words; the sixth stood in twenty places and translated nothing: a locked file ended a sync as
"unexpected", with the statement and a song's title in the message.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

from scripts.lints.finding import Finding, calls

ENGINES = {
    "AsyncEngine",
    "Engine",
    "async_engine_from_config",
    "async_sessionmaker",
    "create_async_engine",
    "create_engine",
    "engine_from_config",
    "sessionmaker",
}
DOOR = ("segue", "storage")


def check(path: Path, tree: ast.Module) -> Iterator[Finding]:
    """Engines, and transactions that nobody translates, elsewhere than in the storage room."""
    if any(pair == DOOR for pair in zip(path.parts, path.parts[1:], strict=False)):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sqlalchemy"):
            for name in {alias.name for alias in node.names} & ENGINES:
                yield Finding(path, node.lineno, f"{name}: take a segue.storage.database.Database")
    for call in calls(tree):
        if isinstance(call.func, ast.Attribute) and call.func.attr == "begin" and not call.args:
            yield Finding(path, call.lineno, "begin(): use reading() or writing() of a Database")
