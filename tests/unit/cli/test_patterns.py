"""``segue patterns``, ``segue run`` and ``segue new`` without an engine."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import pytest

from segue.gallery.contracts import PatternCheck
from segue.wiring.app import App
from tests.fakes.doubles.gallery_service import BROKEN, FakeGallery
from tests.fakes.doubles.music_service import FakeInstallation
from tests.unit.cli.conftest import Segue


class GalleryInstallation(FakeInstallation):
    """One whose gallery is a fake."""

    def __init__(self) -> None:
        super().__init__()
        self.gallery = FakeGallery()

    @asynccontextmanager
    async def open_app(self, feature: str) -> AsyncGenerator[App[Any]]:
        assert feature == "gallery"
        yield App(self.gallery, cast("Any", self), ())

    def detach(self) -> None:
        """Nothing runs."""


@pytest.fixture
def installation() -> GalleryInstallation:
    return GalleryInstallation()


def test_patterns_are_listed_for_people_and_for_programs(segue: Segue):
    shown, listed = segue("patterns"), segue("patterns", "--json")

    assert "hello_world" in shown.stdout
    assert "One agent and one question" in shown.stdout
    assert {each["slug"] for each in json.loads(listed.stdout)} >= {"hello_world"}


def test_a_run_tells_its_result_that_it_is_offline_and_its_workflow(
    segue: Segue, installation: GalleryInstallation
):
    shown = segue("run", "hello_world", "Hi", on=installation)
    followed = segue("run", "hello_world", "--stream", on=installation)
    as_json = segue("run", "hello_world", '["Hi"]', "--json", on=installation)

    assert shown.stdout == "Hi\n"
    assert "answered offline" in shown.stderr
    assert "gallery.hello_world.local.0" in shown.stderr
    assert "Agent: Done." in followed.stderr
    assert json.loads(as_json.stdout)["result"] == "Hi"


def test_a_run_that_failed_says_why_and_ends_so(segue: Segue, installation: GalleryInstallation):
    failed = segue("run", "hello_world", BROKEN, on=installation)

    assert failed.exit_code == 11
    assert "run.refused: No." in failed.stderr
    assert "Ask for less." in failed.stderr


def test_a_result_that_is_no_text_is_shown_as_json(segue: Segue, installation: GalleryInstallation):
    assert segue("run", "hello_world", '[{"n": 1}]', on=installation).stdout == '{"n": 1}\n'


@pytest.mark.parametrize(("problem", "status"), [("", 0), ("the answer has no x", 11)])
def test_a_check_tells_of_each_sample_and_ends_with_what_it_found(
    segue: Segue, installation: GalleryInstallation, problem: str, status: int
):
    installation.gallery.checks = [
        PatternCheck(slug="one", sample=1),
        PatternCheck(slug="two", sample=1, problem=problem),
    ]

    result = segue("patterns", "--check", on=installation)
    as_json = segue("patterns", "--check", "--json", on=installation)

    assert result.exit_code == status
    assert f"two 1: {problem or 'ok'}" in result.stderr
    assert f"{2 if not problem else 1} of 2 samples" in result.stdout
    assert [each["problem"] for each in json.loads(as_json.stdout)] == ["", problem]


def test_a_new_pattern_is_refused_where_it_cannot_be(segue: Segue, tmp_path: Path):
    refused = segue("new", "pattern", "No-Slug")

    assert refused.exit_code == 2
    assert "Expected a name" in refused.stderr


def test_up_takes_the_port_that_it_is_given(segue: Segue, installation: GalleryInstallation):
    segue("up", "--temporal-port", "7233", on=installation)

    assert installation.called == [("up", 7233)]
