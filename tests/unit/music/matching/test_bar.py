"""The promised quality, on a sample of the evaluation data (skipped where there is none)."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest

from segue.music.activities.finding import find
from segue.music.catalogues.local.index import TrackIndex
from segue.music.catalogues.port import Catalogue
from segue.music.contracts.songs import SongMetadata, Track
from segue.music.contracts.verdicts import Verdict


@dataclass
class Indexed:
    index: TrackIndex
    name: str = "local"

    async def search(self, query: str, *, limit: int = 10, offset: int = 0) -> tuple[Track, ...]:
        return tuple(self.index.search(query, limit=limit, offset=offset)[0])


@pytest.fixture(scope="module")
def index(bench_dir: Path, tmp_path_factory: pytest.TempPathFactory):
    index = TrackIndex(tmp_path_factory.mktemp("bench") / "index.sqlite")
    index.import_csv(bench_dir / "catalogue.csv.gz")
    yield index
    index.close()


def outcome(case: dict[str, Any], verdict: Verdict) -> str:
    accepted = verdict.track if verdict.decision == "accept" else None
    chosen = accepted.uri.rsplit(":", 1)[-1] if accepted else None
    if chosen in case["neutral"]:
        return "neutral"
    if chosen is None:
        return "right" if case["acceptable"] == "none" else "miss"
    right = case["acceptable"] != "none" and chosen in case["acceptable"]
    return "added" if right else "wrong"


async def test_a_sample_of_the_evaluation_meets_the_bar(bench_dir: Path, index: TrackIndex):
    lines = (bench_dir / "dev.jsonl").read_text(encoding="utf-8").splitlines()
    cases = [json.loads(line) for line in lines][::3]
    outcomes: list[str] = []
    searches = 0
    for case in cases:
        song = SongMetadata.model_validate(case["query"])
        verdict = await find(song, cast("Catalogue", Indexed(index)))
        outcomes.append(outcome(case, verdict))
        searches += verdict.searches

    added, wrong, missed = (outcomes.count(name) for name in ("added", "wrong", "miss"))
    precision, recall = added / (added + wrong), added / (added + missed)
    assert 2 * precision * recall / (precision + recall) >= 0.97
    assert precision >= 0.993
    assert wrong / len(cases) <= 0.005
    assert searches / len(cases) <= 1.5
