"""What a client that comes back can ask, end and undo; and what is not there is not offered."""

from datetime import timedelta
from typing import cast

import pytest
from mcp import Client
from mcp.shared.exceptions import MCPError

from segue.errors.base import SegueError
from segue.errors.tree import family
from segue.music.contracts.reviews import ReviewDecision
from segue.music.contracts.songs import SongMetadata
from segue.music.contracts.syncs import RunSummary
from segue.music.spotify_mcp import job_tools
from segue.music.spotify_mcp.jobs import Jobs
from segue.music.spotify_mcp.server import HINTS, spotify_mcp_server
from segue.platform.mcp.server import failure_text
from segue.storage.address import database_url
from segue.storage.database import Database
from tests.fakes.data.tracks import TRACKS
from tests.fakes.doubles.catalogue import InMemoryCatalogue
from tests.fakes.doubles.music_service import RUN, FakeMusic, Story, matching
from tests.fakes.programs.spotify_mcp import Strangers, answer, desk_over, refusal
from tests.fakes.worlds.databases import prepare

METHOD_NOT_FOUND = -32601
DECISION = ReviewDecision(
    key="k1", song=SongMetadata(title="Hurt"), uri=None, decided_at="2026-11-20T10:00:00Z"
)


@pytest.fixture
def catalogue():
    return InMemoryCatalogue(TRACKS)


@pytest.fixture
async def database(tmp_path):
    database = Database(database_url(None, tmp_path))
    await prepare(database)
    yield database
    await database.aclose()


@pytest.fixture
def server(catalogue, database):
    def over(music: FakeMusic | None = None):
        async def jobs() -> Jobs:
            return cast("Jobs", music)

        return spotify_mcp_server(desk_over(catalogue, database, jobs=jobs if music else None))

    return over


def run(status="running"):
    return RunSummary(
        workflow_id=RUN,
        run_id="r",
        kind="PlaylistSyncWorkflow",
        status=status,
        playlist_name="Sum\u202emer",
        started_at="2026-11-20T10:00:00+00:00",
    )


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_prompts_and_resources_that_do_not_exist_are_not_offered(server, mode):
    async with Client(server(), mode=mode) as client:
        offered = client.server_capabilities
        assert (offered.prompts, offered.resources) == (None, None)
        assert offered.tools is not None
        for ask in (
            client.get_prompt("nothing"),
            client.list_prompts(),
            client.read_resource("file:///etc/passwd"),
        ):
            with pytest.raises(MCPError) as refused:
                await ask
            assert refused.value.code == METHOD_NOT_FOUND


async def test_playlists_are_listed_in_pages(server, catalogue):
    for name in ("One", "Two", "Three"):
        catalogue.put_playlist(name)
    client = Strangers(server())

    first = await answer(client, "list_playlists", limit=2)
    second = await answer(client, "list_playlists", limit=2, offset=first["next_offset"])

    names = [each["name"] for page in (first, second) for each in page["playlists"]]
    assert sorted(names) == ["One", "Three", "Two"]
    assert second["next_offset"] is None


@pytest.mark.parametrize("name", ["Road\u202etrip", "Road\x07trip", "spotify:playlist:nosuch"])
async def test_a_playlist_is_made_under_no_name_that_misleads(server, catalogue, name):
    told = await refusal(Strangers(server()), "create_playlist", name=name)

    assert told.startswith("[input.invalid] ")
    assert catalogue.called("create_playlist") == 0


async def test_syncs_are_listed_and_cancelled(server):
    music = FakeMusic(Story(runs=(*[run("completed")] * 3, run())))
    client = Strangers(server(music))

    syncs = (await answer(client, "list_syncs", limit=3))["syncs"]
    running = (await answer(client, "list_syncs", limit=3, running_only=True))["syncs"]
    ended = await answer(client, "cancel_sync", workflow_id=RUN)
    unknown = await refusal(client, "cancel_sync", workflow_id=f"{RUN}-other")

    assert [each["status"] for each in syncs] == ["completed"] * 3
    assert [each["playlist_name"] for each in running] == ["Summer"]
    assert (ended["workflow_id"], music.calls) == (RUN, [("cancel", RUN)])
    assert "Next: list_syncs" in unknown


async def test_decisions_are_listed_and_undone(server):
    client = Strangers(server(FakeMusic(Story(decisions=(DECISION,) * 60))))

    first = await answer(client, "list_decisions")
    second = await answer(client, "list_decisions", offset=first["next_offset"])
    undone = await answer(client, "forget_decision", key="k1")
    unknown = await answer(client, "forget_decision", key="k9")

    assert (len(first["decisions"]), len(second["decisions"])) == (50, 10)
    assert (undone["forgotten"], unknown["forgotten"]) == (True, False)


async def test_a_client_that_asked_for_progress_is_told_it_while_it_waits(server, monkeypatch):
    monkeypatch.setattr(job_tools, "PROGRESS_EVERY_S", 0.01)
    steps = [matching(number) for number in (1, 2, 2, 5, 9)]
    music = FakeMusic(Story(steps=[*steps, matching(9, to_add=4, added=3)]))
    seen: list[tuple[float, float | None]] = []

    async def note(progress: float, total: float | None, message: str | None) -> None:
        assert message
        seen.append((progress, total))

    async with Client(server(music)) as client:
        result = await client.call_tool(
            "sync_status", {"workflow_id": RUN, "wait_seconds": 20}, progress_callback=note
        )

    assert result.structured_content["state"] == "done"
    assert seen == [(2, 10), (5, 10), (9, 10), (12, 14)]  # by the protocol each is more


@pytest.mark.parametrize("error", list(family()))
def test_no_hint_sends_a_model_to_a_shell(error: type[SegueError]):
    try:
        failure = error("it failed")
    except TypeError:  # those that say when to come back
        failure = error("it failed", retry_after=timedelta(seconds=1))  # pyright: ignore[reportCallIssue]

    told = failure_text(failure, HINTS)

    is_of_a_shell = "`segue " in told or " --" in told or "SEGUE_" in told
    assert not is_of_a_shell or "ask the user to do this on their machine:" in told
