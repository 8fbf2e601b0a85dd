"""The whole tree: every error class of this package, and of whoever adds a branch elsewhere."""

import importlib
import pkgutil
from collections.abc import Iterator

import segue.errors
from segue.errors.base import SegueError

# A class is known once its module is imported; a failure read from a history may be of any branch.
for _branch in pkgutil.iter_modules(segue.errors.__path__, "segue.errors."):
    if _branch.name != __name__:
        importlib.import_module(_branch.name)


def family(kind: type[SegueError] = SegueError) -> Iterator[type[SegueError]]:
    """An error class and everything below it: parents first, branch by branch, as written there."""
    yield kind
    for child in sorted(kind.__subclasses__(), key=lambda child: child.__module__):
        yield from family(child)


def known_errors() -> dict[str, type[SegueError]]:
    """Every error class by its code."""
    return {kind.code: kind for kind in family()}
