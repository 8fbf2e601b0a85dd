"""The Makefile installs what is locked, whatever the index offers besides.

The Makefile of the checkout runs unchanged, on a toy project whose packages lie in a folder.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from zipfile import ZipFile

import pytest

MAKEFILE = Path(__file__).parents[2] / "Makefile"
pytestmark = pytest.mark.timeout(180)

# A project whose build needs nothing: its editable wheel holds metadata only.
PYPROJECT = """\
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
"""
BACKEND = """\
import shutil
def build_editable(folder, config_settings=None, metadata_directory=None):
    name = "project-1-py3-none-any.whl"
    shutil.copy(f"built/{name}", folder)
    return name
"""


def wheel(folder: Path, name: str, version: str, needs: Iterable[str] = ()) -> str:
    """Write a wheel of metadata only; the answer is its line in a lock."""
    folder.mkdir(exist_ok=True)
    info = f"{name}-{version}.dist-info"
    metadata = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    metadata += ["Provides-Extra: toml", *(f"Requires-Dist: {need}" for need in needs)]
    files = {
        f"{info}/METADATA": "\n".join(metadata) + "\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/RECORD": f"{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n",
    }
    path = folder / f"{name}-{version}-py3-none-any.whl"
    with ZipFile(path, "w") as archive:
        for file, text in files.items():
            archive.writestr(file, text)
    return f"{name}=={version} --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A checkout whose lists pin ``measure`` 1, while its index offers measure 2 as well."""
    index = tmp_path / "index"
    pinned = wheel(index, "measure", "1")
    wheel(index, "measure", "2")
    for name, user in (("run.txt", "runner"), ("dev.txt", "tester")):
        lock(tmp_path, name, pinned + wheel(index, user, "1", ["measure[toml]>=1"]))
    lock(tmp_path, "build.txt", wheel(index, "builder", "1"))
    wheel(tmp_path / "built", "project", "1", ["runner"])
    (tmp_path / "pyproject.toml").write_text(PYPROJECT, encoding="utf-8")
    (tmp_path / "backend.py").write_text(BACKEND, encoding="utf-8")
    shutil.copy(MAKEFILE, tmp_path)
    return tmp_path


def lock(project: Path, name: str, text: str) -> None:
    (project / "requirements").mkdir(exist_ok=True)
    (project / "requirements" / name).write_text(text, encoding="utf-8")


def install(project: Path, target: str) -> subprocess.CompletedProcess[str]:
    """Let make fill the project's environment for ``run`` or ``dev``, from its folder alone."""
    foreign = ("PIP_", "MAKE", "MFLAGS")
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(foreign)},
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(project / "index"),
        "PIP_NO_CACHE_DIR": "1",
    }
    make = shutil.which("make")
    assert make, "the Makefile needs make"
    return subprocess.run(
        [make, f".venv/.{target}-installed", "VENV=.venv", f"PYTHON={sys.executable}"],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )


def installed(project: Path) -> set[str]:
    found = (project / ".venv").glob("lib/python*/site-packages/*.dist-info")
    return {path.stem for path in found if not path.stem.startswith(("pip-", "setuptools-"))}


@pytest.mark.parametrize("target", ["run", "dev"])
def test_a_newer_release_of_a_pinned_package_changes_nothing(project: Path, target: str) -> None:
    done = install(project, target)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "No broken requirements found" in done.stdout
    added = {"tester-1"} if target == "dev" else set[str]()
    assert installed(project) == {"builder-1", "measure-1", "runner-1", "project-1"} | added


def test_resolving_again_would_refuse_the_lock(project: Path) -> None:
    makefile = (project / "Makefile").read_text(encoding="utf-8")
    resolving = makefile.replace("install --quiet --no-deps", "install --quiet")
    assert resolving != makefile
    (project / "Makefile").write_text(resolving, encoding="utf-8")

    done = install(project, "run")

    if done.returncode == 0 and "measure-1" in installed(project):
        pytest.skip("the pip of this Python holds an extra to its pin; that of 3.11 does not")
    assert "In --require-hashes mode" in done.stderr
    assert "measure[toml]" in done.stderr
    assert "(from runner==1" in done.stderr


def test_an_incomplete_lock_is_refused_by_name(project: Path) -> None:
    wheel(project / "index", "lonely", "1")
    lock(project, "dev.txt", wheel(project / "index", "tester", "1", ["lonely>=1"]))

    done = install(project, "dev")

    assert done.returncode != 0
    assert "tester 1 requires lonely, which is not installed" in done.stdout
    assert not (project / ".venv" / ".dev-installed").exists()
