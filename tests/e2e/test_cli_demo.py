"""``segue demo`` as a user runs it: a real process, the real engine, the catalogue that ships."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.programs.warm import COLD_START

pytestmark = pytest.mark.timeout(240)

_WITHIN_S = 200  # a cold start on a busy machine; the usual run takes ten seconds


def segue(
    *arguments: str, folder: Path, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not re.match("SEGUE_|TEMPORAL_|SPOTIFY_|DATABASE_URL", name)
    }
    own = {"TMPDIR": str(folder), "SEGUE_DATA_DIR": str(folder / "data")}
    return subprocess.run(
        [sys.executable, "-m", "segue", *arguments],
        cwd=folder,
        env={**inherited, **own, **(environment or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=_WITHIN_S,
        check=False,
    )


def demo(
    *options: str, folder: Path, environment: Mapping[str, str] | None = None
) -> dict[str, Any]:
    ended = segue("demo", "--json", *options, folder=folder, environment=environment)
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


def test_the_demo_syncs_its_playlist_reads_it_back_and_leaves_nothing_behind(
    tmp_path: Path,
) -> None:
    # All its processes are really started, as a user's are.
    report = demo(folder=tmp_path, environment=COLD_START)

    assert report["verified"] is True
    assert report["playlist"]["name"] == "Segue demo"
    assert [track["position"] for track in report["tracks"]] == list(
        range(1, len(report["tracks"]) + 1)
    )
    assert sum(report["counts"].values()) == len(report["tracks"])
    assert report["counts"]["added"] > len(report["tracks"]) / 2
    assert report["counts"]["failed"] == 0
    assert all(track["reason"] for track in report["tracks"])
    assert list(tmp_path.glob("segue-demo-*")) == []  # its data went away


def test_a_worker_killed_in_the_middle_loses_and_doubles_nothing(tmp_path: Path) -> None:
    report = demo("--crash", folder=tmp_path)

    crash = report["crash"]
    assert report["verified"] is True
    assert crash["killed_worker"]
    assert (crash["lost"], crash["doubled"]) == (0, 0)
    assert crash["present"] == crash["planned"] == report["counts"]["added"]
