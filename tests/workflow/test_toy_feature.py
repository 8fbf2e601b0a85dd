"""A second feature, built by docs/features.md alone: served, and asked through every face."""

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest
from typer.testing import CliRunner, Result

from segue.cli.installation import Installation
from segue.cli.main import build
from segue.errors.settings import SettingsError
from segue.music.register.feature import MUSIC
from segue.platform.platform import Platform
from segue.runtime.client import connect
from segue.runtime.embedded import EmbeddedTemporal
from segue.runtime.processes import Supervisor
from segue.runtime.roles import Role
from segue.runtime.worker import WorkerParts
from segue.settings.load import Settings
from segue.web.app import build_app
from segue.web.scopes import Scope
from segue.web.services import ApiLimits, open_services
from segue.wiring.api import open_api
from segue.wiring.doctor import examine
from segue.wiring.features import namespaces_of, read_settings
from segue.wiring.worker import run_worker
from tests.fakes.toy_feature.register.feature import TOY
from tests.fakes.toy_feature.wire import TALLY, TALLY_NAMESPACE
from tests.fakes.worlds.web import bearer

FEATURES = (MUSIC, TOY)
NOWHERE = "http://127.0.0.1:9"  # no song is looked for here
WITHIN_S = 60.0


@pytest.fixture
async def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Settings]:
    """Of an installation with a server of its own, which has the namespaces of the features."""
    temporal = EmbeddedTemporal(tmp_path, namespaces=("default", *namespaces_of(FEATURES)))
    async with temporal, Supervisor([temporal.child()]):
        for name, value in (
            ("SEGUE_ENV_FILE", str(tmp_path / "none")),
            ("SEGUE_DATA_DIR", str(tmp_path)),
            ("TEMPORAL_ADDRESS", temporal.address),
            ("SEGUE_ALLOW_SQLITE", "true"),
            ("SEGUE_CATALOGUE", "local"),
            ("SEGUE_LOCAL_CATALOGUE_URL", NOWHERE),
            ("SEGUE_TALLY_MOST", "6"),
        ):
            monkeypatch.setenv(name, value)
        yield read_settings(FEATURES)


@pytest.fixture
async def served(settings: Settings) -> AsyncGenerator[Settings]:
    """The same with a worker of both features."""
    begun = asyncio.Event()
    working = asyncio.create_task(run_worker(settings, Role.ALL, lambda _: begun.set(), FEATURES))
    async with asyncio.timeout(WITHIN_S):
        waiting = asyncio.create_task(begun.wait())
        await asyncio.wait({working, waiting}, return_when=asyncio.FIRST_COMPLETED)
    assert begun.is_set(), working.exception()
    yield settings
    working.cancel()
    await asyncio.wait({working})


async def segue(settings: Settings, *arguments: str) -> Result:
    """Run a command of both features, in a thread since it opens a loop of its own."""

    def run() -> Result:
        return CliRunner().invoke(
            build(FEATURES), list(arguments), obj=lambda: Installation(settings, FEATURES)
        )

    async with asyncio.timeout(WITHIN_S):
        return await asyncio.to_thread(run)


async def posted(settings: Settings, body: Mapping[str, str]) -> httpx2.Response:
    """What the API of both features answers."""
    async with open_api(settings, FEATURES) as parts:
        services = open_services(parts, ApiLimits())
        app = build_app(services, FEATURES)
        headers = bearer(await services.keys.create("toy", [Scope.SYNC_WRITE]))
        transport = httpx2.ASGITransport(app)
        async with (
            app.router.lifespan_context(app),
            httpx2.AsyncClient(transport=transport, base_url="http://api.test") as http,
        ):
            return await http.post("/api/v1/tallies", json=body, headers=headers)


async def test_a_second_feature_is_served_and_answers_on_every_face(served: Settings):
    shown = await segue(served, "tally", "one two three", "--json")
    over_http = await posted(served, {"text": "four words are here"})

    assert json.loads(shown.stdout) == {"words": 3, "answer": "It has 3 words.", "offline": True}
    assert over_http.json() == {"words": 4, "answer": "It has 4 words.", "offline": True}
    client = await connect(served.temporal.address, {}, namespace=TALLY_NAMESPACE)
    runs = [run async for run in client.list_workflows(f"WorkflowType = '{TALLY}'")]
    assert len(runs) == 2  # in its own namespace


async def test_an_error_of_its_own_branch_keeps_code_and_exit_status(served: Settings):
    over_http = await posted(served, {"text": " "})
    too_long = await segue(served, "tally", "a text of seven words is refused")

    assert (over_http.status_code, over_http.json()["code"]) == (422, "tally.not_countable")
    assert too_long.exit_code == 3
    assert "Expected at most 6 words, got 7." in too_long.stderr


async def test_without_a_worker_its_queue_is_named(settings: Settings):
    async with open_api(settings, FEATURES) as parts:
        told = parts.warnings
        ready = await parts.worker_ready()

    queues = ("music-sync", "music-search", "tally")
    assert all(queue in line for queue, line in zip(queues, told, strict=True))
    assert not ready


async def test_doctor_and_help_show_it_beside_the_first_feature(settings: Settings):
    checks = {check.name: check async for check in examine(settings, FEATURES)}
    help_page = (await segue(settings, "--help")).stdout

    assert (checks["Tally"].ok, checks["Tally"].detail) == (True, "texts of at most 6 words")
    assert checks["SEGUE_TALLY_MOST"].detail == "6"
    assert {"Agents", "Catalogue"} <= checks.keys()
    assert "Toys" in help_page
    assert "Count the words of a text." in help_page
    assert "sync" in help_page


async def test_the_doctor_fails_where_a_worker_would_not_start(settings: Settings):
    @asynccontextmanager
    async def refused(_: Platform) -> AsyncGenerator[Sequence[WorkerParts]]:
        raise SettingsError("No texts today.")
        yield ()

    sound = {check.name: check async for check in examine(settings, (TOY,))}
    broken = {
        check.name: check async for check in examine(settings, (replace(TOY, parts=refused),))
    }
    away = {check.name: check async for check in examine(settings, FEATURES)}
    unnamed = replace(settings, catalogue=settings.catalogue.model_copy(update={"local_url": None}))
    missing = {check.name: check async for check in examine(unnamed, FEATURES)}

    assert [check for check in sound.values() if check.ok is False] == []
    assert sound["Worker"].ok
    assert (broken["Worker"].ok, broken["Worker"].detail) == (False, "No texts today.")
    assert away["Catalogue"].ok is False
    assert NOWHERE.removeprefix("http://") in away["Catalogue"].detail
    assert "SEGUE_LOCAL_CATALOGUE_URL must say" in missing["Catalogue"].detail


async def test_a_command_of_one_feature_opens_no_other(served: Settings):
    """Music's catalogue has no address here, which only music minds."""
    without = replace(served, catalogue=served.catalogue.model_copy(update={"local_url": None}))

    assert (await segue(without, "tally", "one two")).exit_code == 0
    assert (await segue(without, "playlist", "list")).exit_code != 0
