"""Durable jobs for MCP clients: any server takes them up where another left them."""

import re

import pytest

from segue.music.contracts.syncs import StartedSync, SyncMode, SyncPhase
from segue.music.service.music import MusicService
from segue.music.spotify_mcp.server import spotify_mcp_server
from tests.fakes.data.tracks import TRACKS
from tests.fakes.programs.spotify_mcp import Strangers, answer, desk_over, refusal
from tests.fakes.waiting import until
from tests.fakes.worlds.music import forgotten_sync, wish

LIGHTS, LIVE, _, LANTERNS = TRACKS[:4]
MILES = TRACKS[4:]
GUEST = {"title": "Paper Lanterns", "artist": "Ada Quill"}  # the guest alone: a doubt
NOWHERE = {"title": "Nothing Like It", "artist": "Nobody"}


@pytest.fixture
def today(world, sqlite_database):
    """Gives another server at every call, as tomorrow's is."""

    def server() -> Strangers:
        async def jobs() -> MusicService:
            return MusicService(world.client, world.store, world.catalogue)

        return Strangers(spotify_mcp_server(desk_over(world.catalogue, sqlite_database, jobs=jobs)))

    return server


def song(track) -> dict[str, object]:
    return wish(track).model_dump(exclude_none=True, exclude={"artists", "uri"})


async def ended(server, workflow_id):
    return await answer(server(), "sync_status", workflow_id=workflow_id, wait_seconds=25)


async def test_a_playlist_is_moved_and_told_row_by_row(today, world):
    songs = [*map(song, MILES[:3]), NOWHERE]
    started = await answer(today(), "start_sync", playlist="Mine", songs=songs)

    status = await ended(today, started["workflow_id"])

    assert (status["state"], status["verified"]) == ("done", True)
    assert (status["added"], status["not_found"], status["total"]) == (3, 1, 4)
    assert [row["song"]["title"] for row in status["open_rows"]] == ["Nothing Like It"]
    assert world.catalogue.uris_of(status["playlist_id"]) == [track.uri for track in MILES[:3]]


async def test_the_text_of_a_playlist_file_is_as_good(today, world):
    text = (
        "Title,Artist\n" + "".join(f"{t.title},{t.artists[0]}\n" for t in MILES[:2]) + ",Nobody\n"
    )

    started = await answer(today(), "start_sync", playlist="Mine", content=text)
    status = await ended(today, started["workflow_id"])

    assert (started["songs"], started["rejected_total"]) == (2, 1)
    assert started["rejected"][0].startswith("line 4: ")
    assert status["added"] == 2


async def test_a_doubt_waits_for_the_user_and_is_added_by_the_next_sync(today, world):
    started = await answer(today(), "start_sync", playlist="Mine", songs=[GUEST])
    status = await ended(today, started["workflow_id"])
    next_one = await answer(today(), "review_next")
    question = next_one["question"]

    decided = await answer(today(), "review_decide", key=question["key"], track_uri=LANTERNS.uri)
    repeated = await answer(today(), "review_decide", key=question["key"], track_uri=LANTERNS.uri)
    otherwise = await refusal(today(), "review_decide", key=question["key"], leave_out=True)
    started = await answer(today(), "start_sync", playlist="Mine", songs=[GUEST])
    after = await ended(today, started["workflow_id"])

    assert (status["review"], status["added"], next_one["waiting"]) == (1, 0, 1)
    assert question["candidates"][0]["track"]["uri"] == LANTERNS.uri
    assert question["candidates"][0]["against"]
    assert (decided["waiting"], repeated["track_uri"]) == (0, LANTERNS.uri)
    assert "decided already" in otherwise
    assert world.catalogue.uris_of(after["playlist_id"]) == [LANTERNS.uri]


async def test_a_song_may_be_left_out(today):
    started = await answer(today(), "start_sync", playlist="Mine", songs=[GUEST])
    await ended(today, started["workflow_id"])
    key = (await answer(today(), "review_next"))["question"]["key"]

    await answer(today(), "review_decide", key=key, leave_out=True)

    assert (await answer(today(), "review_next"))["question"] is None


async def test_a_dry_run_writes_nothing(today, world):
    started = await answer(
        today(), "start_sync", playlist="Mine", songs=[song(LIGHTS)], dry_run=True
    )
    status = await ended(today, started["workflow_id"])

    assert (status["added"], status["playlist_id"]) == (1, None)
    assert world.catalogue.called("create_playlist") == 0


async def test_many_open_rows_come_in_pages(today):
    songs = [{"title": f"Nothing {number}", "artist": "Nobody"} for number in range(60)]
    started = await answer(today(), "start_sync", playlist="Mine", songs=songs)
    first = await ended(today, started["workflow_id"])

    rest = await answer(
        today(), "sync_status", workflow_id=started["workflow_id"], offset=first["next_offset"]
    )

    assert (len(first["open_rows"]), len(rest["open_rows"])) == (50, 10)
    assert rest["next_offset"] is None


async def test_a_sync_that_failed_says_what_stopped_it(today, world):
    world.catalogue.put_playlist("Mine")
    world.catalogue.put_playlist("Mine")

    told = await refusal(today(), "start_sync", playlist="Mine", songs=[song(LIGHTS)])

    assert told.startswith("[input.invalid] 2 of your playlists are called 'Mine'")


@pytest.mark.parametrize(
    "given", [{}, {"songs": [], "content": ""}, {"songs": [{"title": "A"}], "content": "A - B"}]
)
async def test_either_songs_or_content_is_needed(today, given):
    assert "either songs or content" in await refusal(
        today(), "start_sync", playlist="Mine", **given
    )


@pytest.mark.parametrize("given", [{}, {"track_uri": LIGHTS.uri, "leave_out": True}])
async def test_a_decision_is_a_track_or_leaving_out(today, given):
    told = await refusal(today(), "review_decide", key="k", **given)

    assert "either track_uri or leave_out" in told


async def test_a_question_that_does_not_wait_is_told(today):
    told = await refusal(today(), "review_decide", key="k", leave_out=True)

    assert told.startswith("[catalogue.not_found] No question with this key waits.")


async def test_only_syncs_can_be_asked_about(today):
    told = await refusal(today(), "sync_status", workflow_id="agent-thread-c-17")

    assert re.match(r"\[input\.invalid\] .*workflow_id: String should match pattern", told)


async def test_a_sync_that_never_was_is_told(today):
    told = await refusal(today(), "sync_status", workflow_id="playlist-sync-never-was")

    assert told.startswith("[sync.run_not_found] ")


async def test_a_sync_that_temporal_has_forgotten_is_told_and_cannot_be_cancelled(today, world):
    began = await answer(today(), "start_sync", playlist="Mine", songs=[song(MILES[0]), NOWHERE])
    await ended(today, began["workflow_id"])
    gone = await forgotten_sync(world, StartedSync(workflow_id=began["workflow_id"], run_id=""))

    status = await answer(today(), "sync_status", workflow_id=gone)
    refused = await refusal(today(), "cancel_sync", workflow_id=gone)

    assert (status["state"], status["added"], status["not_found"]) == ("done", 1, 1)
    assert [row["song"]["title"] for row in status["open_rows"]] == ["Nothing Like It"]
    assert "has ended (completed)" in refused


async def test_without_durable_jobs_the_tools_say_so(world, sqlite_database):
    server = Strangers(spotify_mcp_server(desk_over(world.catalogue, sqlite_database)))

    assert "without durable jobs" in await refusal(server, "review_next")


async def test_a_sync_under_way_is_told_as_such(today, world):
    world.catalogue.put_playlist("Mine", [MILES[9].uri])
    started = await world.start([wish(MILES[0])], mode=SyncMode.MIRROR)  # asks before it removes

    async def asks() -> bool:
        progress = await world.music.progress(started.workflow_id)
        return progress is not None and progress.phase is SyncPhase.AWAITING_CONFIRMATION

    await until(asks, "the question")
    status = await answer(today(), "sync_status", workflow_id=started.workflow_id)

    async def listed() -> bool:
        syncs = (await answer(today(), "list_syncs", limit=1, running_only=True))["syncs"]
        return [sync["workflow_id"] for sync in syncs] == [started.workflow_id]

    await until(listed, "the sync in the list of those that run")
    await world.music.confirm(started.workflow_id, agreed=True)
    after = await ended(today, started.workflow_id)

    assert (status["state"], status["phase"]) == ("running", "awaiting_confirmation")
    assert status["verified"] is None
    assert (after["state"], after["verified"]) == ("done", True)
