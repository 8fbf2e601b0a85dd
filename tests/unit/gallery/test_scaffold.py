"""``segue new pattern`` writes a pattern that works as it is."""

import ast
import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.gallery_docs import excerpt_of
from scripts.lints import __main__ as lints
from segue.errors.input import InputError
from segue.gallery.pattern import Pattern
from segue.gallery.service.scaffold import PACKAGE, scaffold


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """The gallery's folder in a checkout."""
    folder = tmp_path / "src" / "segue" / "gallery"
    (folder / "patterns").mkdir(parents=True)
    (tmp_path / "pyproject.toml").touch()
    for each in (folder.parent, folder, folder / "patterns"):
        (each / "__init__.py").write_text('"""A room."""\n', encoding="utf-8")
    shutil.copy(PACKAGE / "catalogue.py", folder)
    return folder


def test_a_new_pattern_has_a_file_that_loads_and_a_row(package: Path):
    file = scaffold("tool_retry", package)

    spec = importlib.util.spec_from_file_location("tool_retry", file)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert isinstance(module.PATTERN, Pattern)
    assert module.PATTERN.samples[0].lacks("This is the pattern tool_retry.") == []
    table = ast.parse((package / "catalogue.py").read_text(encoding="utf-8"))
    rows = [node for node in ast.walk(table) if isinstance(node, ast.Call)]
    assert 'Row("tool_retry"' in ast.unparse(table).replace("'", '"')
    assert rows


def test_a_new_pattern_passes_the_checks(package: Path):
    file = scaffold("tool_retry", package)
    source = file.read_text(encoding="utf-8")

    checks = [check(file, ast.parse(source)) for check in lints.PRODUCT]
    assert [finding for each in checks for finding in each] == []
    ruff = [sys.executable, "-m", "ruff"]
    config = ["--config", str(PACKAGE.parents[2] / "pyproject.toml"), str(package)]
    subprocess.run([*ruff, "check", "--quiet", *config], check=True)
    subprocess.run([*ruff, "format", "--check", "--quiet", *config], check=True)
    assert "class ToolRetryWorkflow" in excerpt_of(source)


@pytest.mark.parametrize("name", ["", "ToolRetry", "tool-retry", "../x", "x" * 41, "_x"])
def test_a_name_that_is_no_slug_is_refused(package: Path, name: str):
    with pytest.raises(InputError, match="Expected a name"):
        scaffold(name, package)


def test_a_pattern_that_there_is_stays(package: Path):
    scaffold("mine", package)

    with pytest.raises(InputError, match="already"):
        scaffold("mine", package)


def test_an_installed_package_is_not_written_into(package: Path):
    (package.parents[2] / "pyproject.toml").unlink()

    with pytest.raises(InputError, match="checkout"):
        scaffold("mine", package)
