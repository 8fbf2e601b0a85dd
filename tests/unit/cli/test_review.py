"""``segue review`` for scripts, and ``segue mapping``; the questions are in test_terminal."""

import json
from pathlib import Path

import pytest

from segue.music.contracts.imports import MappingReport
from segue.music.contracts.reviews import ReviewDecision
from segue.music.contracts.songs import SongMetadata
from tests.fakes.doubles.imports import rejected
from tests.fakes.doubles.music_service import (
    JOLENE,
    FakeInstallation,
    Story,
    review_item,
)
from tests.unit.cli.conftest import Segue

WAITING = Story(reviews=(review_item("k1"), review_item("k2")))
DECIDED = Story(
    decisions=(
        ReviewDecision(
            key="k1",
            song=SongMetadata(title="Jolene", artist="Dolly Parton"),
            uri=None,
            decided_at="2026-11-20T10:00:00Z",
        ),
    )
)


@pytest.mark.parametrize("options", [(), ("--list",)])
def test_without_a_person_the_queue_is_listed(segue: Segue, options: tuple[str, ...]) -> None:
    result = segue("review", *options, story=WAITING)

    assert result.exit_code == 0
    assert "k1" in result.stdout
    assert JOLENE.uri in result.stdout
    assert "a live recording is near" in result.stdout


def test_a_song_without_candidates_is_listed_too(segue: Segue) -> None:
    bare = review_item().model_copy(update={"alternatives": ()})

    assert "Dolly Parton - Jolene" in segue("review", "--list", story=Story(reviews=(bare,))).stdout


def test_an_empty_queue_is_said_in_words(segue: Segue) -> None:
    assert "Nothing waits" in segue("review").stdout


def test_the_queue_as_json_holds_every_candidate(segue: Segue) -> None:
    body = json.loads(segue("review", "--json", story=WAITING).stdout)

    assert [item["key"] for item in body] == ["k1", "k2"]
    assert body[0]["alternatives"][0]["track"]["uri"] == JOLENE.uri


def test_decisions_come_from_the_command_line(segue: Segue) -> None:
    installation = FakeInstallation(WAITING)

    result = segue("review", "--decide", f"k1={JOLENE.uri}", "--decide", "k2=none", on=installation)

    assert installation.music.calls == [("decide", "k1", JOLENE.uri), ("decide", "k2", None)]
    assert f"Dolly Parton - Jolene: {JOLENE.uri}" in result.stdout
    assert "Dolly Parton - Jolene: left out" in result.stdout


def test_a_link_with_an_equals_sign_is_kept_whole(segue: Segue) -> None:
    installation = FakeInstallation(WAITING)
    link = "https://open.spotify.com/track/0000000000000000000001?si=abc"

    segue("review", "--decide", f"k1={link}", "--json", on=installation)

    assert installation.music.calls == [("decide", "k1", link)]


@pytest.mark.parametrize("wish", ["k1", "k1=", "k9=none"])
def test_a_wish_that_cannot_be_used_ends_with_2_and_stores_nothing(segue: Segue, wish: str) -> None:
    installation = FakeInstallation(WAITING)

    result = segue("review", "--decide", "k1=none", "--decide", wish, on=installation)

    assert result.exit_code == 2
    assert "segue review --list" in result.stderr
    assert installation.music.calls == []


def test_decisions_as_json_are_a_list(segue: Segue) -> None:
    body = json.loads(segue("review", "--decide", "k1=none", "--json", story=WAITING).stdout)

    assert [(decision["key"], decision["uri"]) for decision in body] == [("k1", None)]


def test_the_mapping_is_listed(segue: Segue) -> None:
    told = segue("mapping", "list", story=DECIDED)
    listed = segue("mapping", "list", "--json", story=DECIDED)

    assert "left out" in told.stdout
    assert [decision["key"] for decision in json.loads(listed.stdout)] == ["k1"]


def test_a_decision_is_forgotten_once(segue: Segue) -> None:
    assert segue("mapping", "forget", "k1", story=DECIDED).exit_code == 0
    assert segue("mapping", "forget", "k9", story=DECIDED).exit_code == 2


def test_a_mapping_file_is_loaded_and_its_bad_rows_told(segue: Segue) -> None:
    story = Story(mapping=MappingReport(loaded=2, rejected=rejected(1)))

    told = segue("mapping", "load", "mine.csv", story=story)
    listed = segue("mapping", "load", "mine.csv", "--json", story=story)

    assert "Loaded 2 matches" in told.stdout
    assert "mine.csv, line 2" in told.stderr
    assert json.loads(listed.stdout)["rejected"][0]["line"] == 2


def test_the_mapping_is_saved(segue: Segue) -> None:
    installation = FakeInstallation(DECIDED)

    result = segue("mapping", "save", "mine.csv", on=installation)

    assert "Saved 1 matches" in result.stdout
    assert installation.music.calls == [("save", Path("mine.csv"))]
