"""The fakes of the commands' tests do what the real classes do, call for call."""

import inspect
from collections.abc import Callable
from typing import Any

import pytest

from segue.gallery.service.gallery import GalleryService
from segue.music.service.importing import Imports
from segue.music.service.music import MusicService
from segue.music.service.pinned import PinnedRun
from segue.runs.service.records import AgentRecords
from segue.web.keys import ApiKeys
from segue.wiring.app import Agents, App
from tests.fakes.doubles.agent_records import FakeAgents, FakeRecords
from tests.fakes.doubles.gallery_service import FakeGallery
from tests.fakes.doubles.imports import FakeImports
from tests.fakes.doubles.music_service import FakeApp, FakeMusic
from tests.fakes.worlds import web
from tests.unit.cli.test_api_commands import FakeKeys

PAIRS = [
    (FakeImports, Imports),
    (FakeGallery, GalleryService),
    (FakeMusic, MusicService),
    (FakeApp, App),
    (FakeRecords, AgentRecords),
    (FakeAgents, Agents),
    (FakeKeys, ApiKeys),
    (web.FakeMusic, MusicService),
    (web.FakeImports, Imports),
    (web.FakeRun, PinnedRun),
]


def methods(kind: type) -> dict[str, Callable[..., Any]]:
    """The public methods of a class, inherited ones included."""
    found = inspect.getmembers(kind, inspect.isfunction)
    return {name: method for name, method in found if not name.startswith("_")}


def parameters(method: Callable[..., Any]) -> list[tuple[str, object, object]]:
    """Name, kind and default of each."""
    signature = inspect.signature(method)
    return [(each.name, each.kind, each.default) for each in signature.parameters.values()]


@pytest.mark.parametrize(("fake", "real"), PAIRS, ids=lambda kind: kind.__qualname__)
def test_a_fake_has_no_method_that_the_real_class_lacks(fake: type, real: type) -> None:
    assert methods(fake).keys() <= methods(real).keys()


@pytest.mark.parametrize(("fake", "real"), PAIRS, ids=lambda kind: kind.__qualname__)
def test_a_fake_is_called_as_the_real_class_is(fake: type, real: type) -> None:
    known = methods(real)
    for name, method in methods(fake).items():
        assert parameters(method) == parameters(known[name]), name
        assert inspect.iscoroutinefunction(method) == inspect.iscoroutinefunction(known[name])
