"""Names say what a thing is in the product; these words say nothing.

A ``PlaylistManager`` or a ``utils.py`` has no reason to refuse anything, so everything ends there.
A value called by a participle says what happened to it and not what it is: ``told`` has been an
error, a wait, a text, a log record and a bool. ``ALLOWED`` is for names that stay for a reason,
each file with its number, which can only shrink.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from scripts.lints.finding import Finding

EMPTY_CLASS_WORDS = re.compile(r"(Manager|Helper|Helpers|Util|Utils|Impl)(?![a-z])")
EMPTY_MODULES = {"utils", "util", "helpers", "helper", "common", "misc"}

ALLOWED = {
    "cli/ask.py": 2,  # events of a listener
    "cli/effects.py": 1,  # an option that users know
    "llm/answers.py": 2,  # events of a listener
    "llm/offline/rules.py": 1,  # in messages about a rule
    "sessions/events/writer.py": 2,  # events of a listener
}
PARTICIPLE = re.compile(
    r"[a-z]+ed|begun|broken|brought|built|chosen|done|drawn|found|given|gone|heard|held|kept|known|lost"
    r"|made|met|paid|said|seen|sent|shown|sold|sought|spent|taken|thought|told|torn|won|worn|written"
)
NOUNS = frozenset({"deed", "embed", "feed", "need", "seed", "speed"})  # that end like participles

Function = ast.FunctionDef | ast.AsyncFunctionDef


def check(path: Path, tree: ast.Module, allowed: dict[str, int] = ALLOWED) -> Iterator[Finding]:
    """Classes and modules with a name that says nothing, and values called by a participle."""
    if {path.stem, path.parent.name} & EMPTY_MODULES:
        yield Finding(path, 1, "name the module after what is in it")
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and EMPTY_CLASS_WORDS.search(node.name):
            yield Finding(path, node.lineno, f"{node.name}: name it after what it does")
    yield from _participles(path, tree, allowed)


def _participles(path: Path, tree: ast.Module, allowed: dict[str, int]) -> Iterator[Finding]:
    _, _, place = path.as_posix().rpartition("src/segue/")
    if place == path.as_posix():  # of no room of ours: tests and scripts
        return
    hits = [(name, line) for name, line in _names(tree) if _is_participle(name)]
    allowance = allowed.get(place, 0)
    if len(hits) > allowance:
        for name, line in hits:
            yield Finding(path, line, f"{name}: name a value by what it is (failure, row, answer)")
    elif len(hits) < allowance:
        yield Finding(path, 1, f"is down to {len(hits)} participles: lower its entry in ALLOWED")


def _is_participle(name: str) -> bool:
    word = name.strip("_")
    return PARTICIPLE.fullmatch(word) is not None and word not in NOUNS


def _names(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Names of functions, parameters and locals with their lines; no bools and no class fields."""
    skipped = _fields_and_bools(tree)
    for node in ast.walk(tree):
        match node:
            case ast.Name(ctx=ast.Store()) if id(node) not in skipped:
                yield node.id, node.lineno
            case ast.arg() if not _is_bool(node.annotation):
                yield node.arg, node.lineno
            case ast.FunctionDef() | ast.AsyncFunctionDef() if not _is_bool(node.returns):
                yield node.name, node.lineno
            case ast.ExceptHandler(name=str(name)):
                yield name, node.lineno
            case _:
                pass


def _fields_and_bools(tree: ast.Module) -> set[int]:
    """Targets whose names are fixed (fields live in JSON) or say yes or no."""
    fields = (
        target
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        for statement in node.body
        for target in getattr(statement, "targets", [getattr(statement, "target", None)])
    )
    bools = (
        node.target
        for node in ast.walk(tree)
        if isinstance(node, ast.AnnAssign) and _is_bool(node.annotation)
    )
    return {id(target) for target in (*fields, *bools)}


def _is_bool(annotation: ast.expr | None) -> bool:
    return annotation is not None and ast.unparse(annotation) in {"bool", "bool | None"}
