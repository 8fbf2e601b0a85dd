"""Each house lint catches the mistake it is named after and leaves good code alone."""

import ast
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from scripts.lints import (
    __main__ as runner,
    bare_init,
    bounded_calls,
    declared_imports,
    documented_raises,
    gallery_imports,
    idempotency,
    module_ceiling,
    one_door,
    one_http_host,
    passthrough_imports,
    plain_names,
    whole_gathers,
    wire_names,
)
from scripts.lints.finding import Finding

Lint = Callable[[Path, ast.Module], Iterable[Finding]]

CONFIG = "A = ActivityConfig(retry_policy=P, start_to_close_timeout=T)"


def _lines(lint: Lint, source: str, path: str = "src/segue/music/workflows.py") -> list[int]:
    return [finding.line for finding in lint(Path(path), ast.parse(source))]


@pytest.mark.parametrize(
    "statement",
    ["from segue.music import contracts", "from segue.music import matching as m"],
)
def test_a_module_imported_by_name_from_its_package_is_caught(statement: str) -> None:
    source = f"with workflow.unsafe.imports_passed_through():\n    {statement}\n"

    assert _lines(passthrough_imports.check, source) == [2]


@pytest.mark.parametrize(
    "statement",
    [
        "from segue.music.contracts import Track",
        "import segue.music.contracts as contracts",
        "from pathlib import Path",
    ],
)
def test_names_from_modules_pass_through(statement: str) -> None:
    source = f"with workflow.unsafe.imports_passed_through():\n    {statement}\n"

    assert _lines(passthrough_imports.check, source) == []


def test_outside_a_passthrough_block_the_form_is_free() -> None:
    source = "with open_file():\n    from segue.music import contracts\n"

    assert _lines(passthrough_imports.check, source) == []


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ('"""The music room."""\n', []),
        ('"""The music room."""\nimport os\n', [2]),
        ("", [1]),
    ],
)
def test_an_init_file_is_a_docstring_only(source: str, lines: list[int]) -> None:
    assert _lines(bare_init.check, source, "src/segue/music/__init__.py") == lines


def test_other_files_may_hold_code() -> None:
    assert _lines(bare_init.check, "import os\n") == []


@pytest.mark.parametrize(
    "source",
    [
        "@workflow.defn\nclass SyncWorkflow: ...",
        "@workflow.defn(sandboxed=True)\nclass SyncWorkflow: ...",
        "@activity.defn\nasync def search(): ...",
        "@activity.defn()\ndef search(): ...",
    ],
)
def test_a_definition_without_a_wire_name_is_caught(source: str) -> None:
    assert _lines(wire_names.check, source) == [1]


@pytest.mark.parametrize(
    "source",
    [
        '@workflow.defn(name="SyncWorkflow")\nclass SyncWorkflow: ...',
        '@activity.defn(name="spotify-search")\nasync def search(): ...',
        "@activity.defn(dynamic=True)\nasync def anything(): ...",
        "@dataclass\nclass Plan: ...",
    ],
)
def test_a_definition_with_a_wire_name_passes(source: str) -> None:
    assert _lines(wire_names.check, source) == []


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ("workflow.execute_activity(f, x)", 2),
        ("workflow.start_activity_method(f, x, start_to_close_timeout=T)", 1),
        ("workflow.execute_local_activity(f, x, retry_policy=P)", 1),
        ("A = workflow.ActivityConfig(start_to_close_timeout=T)", 1),
        ("workflow.execute_activity(f, x, **options)", 2),
    ],
)
def test_an_unbounded_activity_call_is_caught(source: str, count: int) -> None:
    assert _lines(bounded_calls.check, source) == [1] * count


@pytest.mark.parametrize(
    "source",
    [
        CONFIG,
        "workflow.execute_activity(f, x, **SEARCHING)",
        "workflow.execute_activity(f, x, **retries.SEARCHING)",
        "workflow.execute_activity_method(f, x, retry_policy=P, schedule_to_close_timeout=T)",
        "self.next.execute_activity(input)",
    ],
)
def test_a_bounded_activity_call_passes(source: str) -> None:
    assert _lines(bounded_calls.check, source) == []


def _file_of(lines: int, folder: Path) -> Path:
    path = folder / "long.py"
    path.write_text("x = 1\n" * lines, encoding="utf-8")
    return path


@pytest.mark.parametrize(("length", "caught"), [(400, False), (401, True)])
def test_no_module_is_above_the_ceiling(tmp_path: Path, length: int, caught: bool) -> None:
    path = _file_of(length, tmp_path)

    assert bool(list(module_ceiling.check(path, ast.parse("")))) == caught


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ('@activity.defn(name="a")\ndef a():\n    """Add."""', [2]),
        ('@activity.defn(name="a")\nasync def a(): ...', [2]),
        ('@activity.defn(name="a")\ndef a():\n    """Add.\n\n    Idempotency: reads."""', []),
        ('def a():\n    """Add."""', []),
    ],
)
def test_an_activity_says_what_a_second_run_does(source: str, lines: list[int]) -> None:
    assert _lines(idempotency.check, source) == lines


@pytest.mark.parametrize(
    ("docstring", "statement", "lines"),
    [
        ("Do it.", "raise ValueError(x)", [3]),
        ("Do it.", "raise errors.GoneError from None", [3]),
        ("Do it.\n\n    Raises:\n        ValueError: It is no number.", "raise ValueError(x)", []),
        ("Do it.", "raise error_of(failure) from failure", []),
        ("Do it.", "raise failure", []),
        ("Do it.", "raise", []),
        ("Do it.", "def inner(): raise ValueError(x)", []),
    ],
)
def test_a_docstring_names_the_classes_that_are_raised(
    docstring: str, statement: str, lines: list[int]
) -> None:
    source = f"def act(x):\n    {docstring!r}\n    {statement}\n"

    assert _lines(documented_raises.check, source) == lines


@pytest.mark.parametrize(
    "name", ["PlaylistManager", "SyncHelper", "HelperSync", "TextUtils", "CatalogueImpl"]
)
def test_a_name_that_says_nothing_is_caught(name: str) -> None:
    assert _lines(plain_names.check, f"class {name}: ...") == [1]


@pytest.mark.parametrize("name", ["Management", "Implicit", "Playlist", "Utility"])
def test_words_that_only_begin_alike_pass(name: str) -> None:
    assert _lines(plain_names.check, f"class {name}: ...") == []


@pytest.mark.parametrize("path", ["src/segue/utils.py", "src/segue/common/text.py"])
def test_a_module_name_that_says_nothing_is_caught(path: str) -> None:
    assert _lines(plain_names.check, "", path) == [1]


@pytest.mark.parametrize(
    "source",
    [
        "from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine",
        "from sqlalchemy.ext.asyncio import create_async_engine as make",
        "from sqlalchemy import create_engine",
        "async def f(engine):\n    async with engine.begin() as connection: ...",
    ],
)
def test_an_engine_outside_of_the_storage_room_is_caught(source: str) -> None:
    assert len(_lines(one_door.check, source)) == 1


@pytest.mark.parametrize(
    ("source", "path"),
    [
        ("from sqlalchemy.ext.asyncio import AsyncConnection", "src/segue/runs/store/cards.py"),
        ("effects.begin(intent, attempt=1)", "src/segue/runs/store/effects.py"),
        ("from sqlalchemy.ext.asyncio import create_async_engine", "src/segue/storage/engine.py"),
        ("connection.begin()", "src/segue/storage/database.py"),
    ],
)
def test_connections_are_free_and_the_storage_room_has_the_engine(source: str, path: str) -> None:
    assert _lines(one_door.check, source, path) == []


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("told = 1", [1]),
        ("def act(asked): ...", [1]),
        ("def _judged() -> str: ...", [1]),
        ("try: ...\nexcept OSError as refused: ...", [2]),
        ("for found in rows: ...", [1]),
        ("retry_after, failure, need = 1, 2, 3", []),
        ("dropped_rows = kept_rows = 1", []),
        ("def listed() -> bool: ...", []),
        ("def act(closed: bool, *, asked: bool | None): ...", []),
        ("done: bool = True", []),
        ("class Report:\n    kept: int\n    dropped = 0", []),
    ],
)
def test_a_value_called_by_a_participle_is_caught(source: str, lines: list[int]) -> None:
    assert _lines(plain_names.check, source, "/repo/src/segue/llm/toy.py") == lines


def test_every_room_is_read_for_participles_and_tests_are_not() -> None:
    assert _lines(plain_names.check, "told = 1", "/repo/src/segue/web/toy.py") == [1]
    assert _lines(plain_names.check, "told = 1", "/repo/tests/llm/toy.py") == []


@pytest.mark.parametrize(("source", "lines"), [("told, asked = 1, 2", []), ("told = 1", [1])])
def test_an_allowance_of_participles_only_shrinks(source: str, lines: list[int]) -> None:
    path = Path("/repo/src/segue/llm/toy.py")
    tree = ast.parse(source)

    findings = plain_names.check(path, tree, {"llm/toy.py": 2})

    assert [finding.line for finding in findings] == lines


@pytest.mark.parametrize(
    "source", ["import uvicorn", "from uvicorn.protocols.http.h11_impl import H11Protocol"]
)
def test_only_the_http_host_knows_the_server_package(source: str) -> None:
    assert _lines(one_http_host.check, source, "src/segue/web/serve.py") == [1]
    assert _lines(one_http_host.check, source, "src/segue/runtime/http_host.py") == []
    assert _lines(one_http_host.check, "import uvicorn_like", "src/segue/web/serve.py") == []


@pytest.mark.parametrize(
    "statement",
    [
        "from segue.gallery.patterns.tools import weather_agent",
        "from segue.runs.store.effects import EffectLedger",
        "from segue.settings.gallery import GallerySettings",
        "import httpx2",
        "from sqlalchemy import Table",
    ],
)
def test_a_pattern_imports_nothing_that_a_reader_cannot_take_along(statement: str) -> None:
    assert _lines(gallery_imports.check, statement, "src/segue/gallery/patterns/toy.py") == [1]
    assert _lines(gallery_imports.check, statement, "src/segue/gallery/service/toy.py") == []


def test_a_pattern_imports_the_sdk_temporal_the_run_contract_and_its_rules() -> None:
    source = """
import asyncio
from agents import Agent
from agents.mcp import MCPServer
from pydantic import BaseModel
from temporalio import workflow
from segue.gallery.pattern import Pattern
from segue.gallery.tools.weather import get_weather
from segue.llm.offline.rules import AgentRules
from segue.runs.workflow.agent_run import run_agent
from segue.runtime.gathering import gather_whole
"""

    assert _lines(gallery_imports.check, source, "src/segue/gallery/patterns/toy.py") == []


def test_a_workflow_gathers_whole() -> None:
    source = "asyncio.gather(*works)\nasyncio.gather(*works, return_exceptions=True)"
    assert _lines(whole_gathers.check, source, "src/segue/music/workflows/toy.py") == [1]
    assert _lines(whole_gathers.check, source, "src/segue/runs/workflow/toy.py") == [1]
    assert _lines(whole_gathers.check, source, "src/segue/gallery/patterns/toy.py") == [1]
    assert _lines(whole_gathers.check, source, "src/segue/runtime/worker.py") == []


def test_the_runner_holds_tests_to_shape_but_not_to_wire_names(tmp_path: Path) -> None:
    for folder in ("src", "tests"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "toy.py").write_text(
            "@workflow.defn\nclass ToyManager: ...\n", encoding="utf-8"
        )

    found = [(f.path.parent.name, f.line) for f in runner.findings(tmp_path)]

    assert sorted(found) == [("src", 1), ("src", 2), ("tests", 2)]


@pytest.mark.parametrize(
    ("source", "path"),
    [
        ("import requests", "src/segue/cli/main.py"),
        ("from pytest import raises", "src/segue/cli/main.py"),
        ("import requests.sessions", "tests/unit/test_main.py"),
    ],
)
def test_a_package_that_nobody_declared_is_caught(source: str, path: str) -> None:
    assert _lines(declared_imports.check, source, path) == [1]


@pytest.mark.parametrize(
    ("source", "path"),
    [
        ("import json", "src/segue/cli/main.py"),
        ("from segue.errors import SegueError", "src/segue/cli/main.py"),
        ("import asyncpg", "src/segue/storage/database.py"),
        ("from temporalio import workflow", "src/segue/music/workflows.py"),
        ("from pydantic_settings import BaseSettings", "src/segue/settings.py"),
        ("import pytest, hypothesis", "tests/unit/test_main.py"),
    ],
)
def test_declared_packages_and_our_own_pass(source: str, path: str) -> None:
    assert _lines(declared_imports.check, source, path) == []
