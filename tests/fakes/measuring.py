"""Which lines and branches of Segue the tests run, at next to no cost.

Before Python 3.14 a tracer visits each instruction of every package, which doubles what the tests
cost. Here it is Segue alone that pays: its modules are compiled with a mark before each statement
and where a branch begins, and a mark is one byte stored in a file that all processes have mapped.
So nothing is collected when a process ends, and what a killed one ran counts too.

Importing this module, before Segue, begins it where ``TEST_MARKS`` names that file; ``coverage``
reports what ``python -m tests.fakes.measured`` makes of it. SlipCover marks code in this way too,
but knows nothing of processes that others start.
"""

import ast
import ctypes
import os
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from itertools import takewhile
from mmap import mmap
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any, TypeVar

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "src" / "segue"
FILE = "TEST_MARKS"

_MARKS = "the marks of this module"  # a constant of the code, in whose place they are put
LONGEST = 4_096  # lines of a module
OF_A_LINE = 3  # it was reached; it went into its body, or past it
BODY, PAST = 1, 2

_Node = TypeVar("_Node", ast.stmt, ast.expr, ast.pattern)


# --- code with marks ---


def _constant(value: object) -> ast.Constant:
    return ast.Constant(value)  # pyright: ignore[reportArgumentType]


def _mark(line: int, which: int = 0) -> ast.stmt:
    place = ast.Subscript(_constant(_MARKS), _constant(OF_A_LINE * line + which), ast.Store())
    return _at(line, ast.Assign([place], _constant(1)))


def _falsy_mark(line: int, which: int = 0) -> ast.expr:
    store = ast.Attribute(_constant(_MARKS), "__setitem__", ast.Load())
    return _at(line, ast.Call(store, [_constant(OF_A_LINE * line + which), _constant(1)], []))


def _at(line: int, node: _Node) -> _Node:
    node.lineno = node.end_lineno = line
    node.col_offset = node.end_col_offset = 0
    return ast.fix_missing_locations(node)


def lines(statement: ast.stmt) -> list[int]:
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return [*(decorator.lineno for decorator in decorators), statement.lineno]


def _comes_first(statement: ast.stmt) -> bool:
    """Whether Python wants nothing before it: a docstring, an import from the future."""
    if isinstance(statement, ast.Expr):
        return isinstance(statement.value, ast.Constant)
    return isinstance(statement, ast.ImportFrom) and statement.module == "__future__"


class _Marking(ast.NodeTransformer):
    """Puts marks into a module."""

    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if isinstance(block, list):
                setattr(node, name, list(self._marked(block)))
        match node:
            case ast.If() | ast.For() | ast.AsyncFor() | ast.While():
                node.body.insert(0, _mark(node.lineno, BODY))
                node.orelse.insert(0, _mark(node.lineno, PAST))
            case ast.ExceptHandler(type=ast.expr() as caught):
                node.type = _at(
                    caught.lineno, ast.BoolOp(ast.Or(), [_falsy_mark(node.lineno), caught])
                )
            case ast.Match():
                node.cases = list(self._cases(node.cases))
            case _:
                pass
        return node

    def _marked(self, block: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
        first = list(takewhile(_comes_first, block))
        yield from first
        for statement in first:
            yield _mark(statement.lineno)
        for statement in block[len(first) :]:
            yield from map(_mark, lines(statement))
            yield statement

    def _cases(self, cases: Sequence[ast.match_case]) -> Iterator[ast.match_case]:
        """Between cases are ones that never match and say that they were reached."""
        before: list[ast.expr] = []
        for case in cases:
            line = case.pattern.lineno
            reached = [*before, _falsy_mark(line)]
            guard = _at(line, ast.BoolOp(ast.Or(), reached)) if before else reached[0]
            yield ast.match_case(_at(line, ast.MatchAs()), guard, [_at(line, ast.Pass())])
            case.body.insert(0, _mark(line, BODY))
            yield case
            before = [_falsy_mark(line, PAST)]
        last = cases[-1]
        if last.guard or not (isinstance(last.pattern, ast.MatchAs) and not last.pattern.pattern):
            line = last.pattern.lineno
            yield ast.match_case(_at(line, ast.MatchAs()), None, [_mark(line, PAST)])


def with_marks(source: str) -> ast.Module:
    """A module's syntax tree, with marks."""
    tree = _Marking().visit(ast.parse(source))
    assert isinstance(tree, ast.Module)
    return tree


def set_marks(code: CodeType, marks: memoryview) -> CodeType:
    """The code of a module, which stores into ``marks``."""
    constants = [
        set_marks(it, marks) if isinstance(it, CodeType) else marks if it == _MARKS else it
        for it in code.co_consts
    ]
    return code.replace(co_consts=tuple(constants))


# --- modules of Segue ---


@cache
def modules() -> list[Path]:
    return sorted(SOURCES.rglob("*.py"))


@cache
def _all_marks() -> memoryview:
    size = len(modules()) * LONGEST * OF_A_LINE
    number = os.open(os.environ[FILE], os.O_RDWR | os.O_CREAT, 0o600)
    os.truncate(number, size)
    mapped = mmap(number, size)
    os.close(number)
    # It is never freed: what would then be closed may be another's descriptor in a forked process.
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(mapped))
    return memoryview(mapped)


def marks_of(module: Path) -> memoryview:
    size = LONGEST * OF_A_LINE
    begin = modules().index(module) * size
    return _all_marks()[begin : begin + size]


class _Loader(SourceFileLoader):
    """Loads a module with its marks; its compiled code lies beside that of the module without."""

    _code: CodeType | None = None

    def get_data(self, path: str) -> bytes:
        return super().get_data(_cached(path))

    def set_data(self, path: str, data: Any, *, _mode: int = 0o666) -> None:
        super().set_data(_cached(path), data, _mode=_mode)  # pyright: ignore[reportCallIssue]

    def source_to_code(self, data: Any, path: Any, *, _optimize: int = -1) -> CodeType:
        return compile(
            with_marks(data.decode()), path, "exec", dont_inherit=True, optimize=_optimize
        )

    def get_code(self, fullname: str) -> CodeType | None:
        if self._code is None and (code := super().get_code(fullname)):
            self._code = set_marks(code, marks_of(Path(self.path)))
        return self._code


@cache
def _loader(name: str, path: str) -> _Loader:
    """One for each module, which Temporal's sandbox imports over and over."""
    return _Loader(name, path)


def _cached(path: str) -> str:
    return path.replace(".pyc", ".marked.pyc")


class _Finder:
    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name.partition(".")[0] != "segue":
            return None
        spec = PathFinder.find_spec(name, path, target)
        if (
            spec
            and isinstance(spec.loader, SourceFileLoader)
            and SOURCES in Path(spec.loader.path).parents
        ):
            spec.loader = _loader(name, spec.loader.path)
        return spec


if FILE in os.environ and not any(isinstance(it, _Finder) for it in sys.meta_path):
    sys.meta_path.insert(0, _Finder())  # pyright: ignore[reportArgumentType]
