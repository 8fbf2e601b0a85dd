"""Syncs against a catalogue that refuses, fails and loses one answer in five."""

from datetime import timedelta
from pathlib import Path

import httpx2
import pytest

from segue.errors.catalogue import CatalogueUnavailableError, NotFoundError, RateLimitedError
from segue.music.activities.reading import PAUSES, read_whole_playlist
from tests.fakes.data.catalogue_data import plausible_tracks
from tests.fakes.data.tracks import TRACKS
from tests.fakes.doubles.catalogue import InMemoryCatalogue
from tests.fakes.programs.processes import running_local_catalogue
from tests.fakes.worlds.music import wish
from tests.fakes.worlds.stack import ended_as_planned, running_stack, twenty_percent

WANTED = plausible_tracks(500)
OFTEN = 40  # asks for one thing, so that a plan shows its hand

BROKEN = CatalogueUnavailableError("503")
LIMITED = RateLimitedError("slow down", retry_after=timedelta(milliseconds=1))


@pytest.mark.timeout(180)
@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_one_answer_in_five_failing_loses_and_doubles_nothing(tmp_path: Path, seed: int):
    async with running_stack(tmp_path, WANTED) as stack:
        await stack.witness.set_faults(twenty_percent(seed))
        sync = await stack.sync([wish(track) for track in WANTED], "Mine")
        await stack.report(sync)
        injected = await stack.witness.injected()

        await ended_as_planned(stack, sync, WANTED)

    assert {"rate_limited", "error_before", "error_after", "lost_response"} <= injected.keys()
    assert sum(count for kind, count in injected.items() if kind != "slow") > 80


def test_the_same_seed_gives_the_same_faults(tmp_path: Path):
    first, again, other = (
        outcomes(tmp_path / name, seed) for name, seed in (("a", 7), ("b", 7), ("c", 8))
    )

    assert first == again
    assert first != other
    assert {"200", "429", "503", "RemoteProtocolError"} <= set(first)


def outcomes(folder: Path, seed: int) -> list[str]:
    """What a fresh service answers to the same requests."""
    folder.mkdir()
    with running_local_catalogue(folder, TRACKS) as service:
        service.faults(twenty_percent(seed))
        with httpx2.Client(base_url=service.url, trust_env=False) as http:
            form = {"grant_type": "client_credentials"}
            token = http.post("/api/token", data=form, auth=("local", "")).json()["access_token"]
            http.headers["Authorization"] = f"Bearer {token}"
            return [answered(http, f"milestone {n % 4}") for n in range(OFTEN)]


def answered(http: httpx2.Client, query: str) -> str:
    try:
        return str(http.get("/v1/search", params={"q": query, "type": "track"}).status_code)
    except httpx2.RequestError as lost:
        return type(lost).__name__


async def test_a_page_that_fails_is_read_again_and_no_other():
    catalogue = InMemoryCatalogue(TRACKS)
    held = catalogue.put_playlist("Mine", [track.uri for track in TRACKS])
    catalogue.fail_next("read_items", None, BROKEN, LIMITED)

    items = await read_whole_playlist(catalogue, held)

    assert items == TRACKS
    assert catalogue.called("read_items") == 3 + 2  # three pages, two failures


@pytest.mark.parametrize(
    "failures",
    [
        [NotFoundError("deleted")],
        [RateLimitedError("tomorrow", retry_after=timedelta(hours=20))],
        [BROKEN] * (len(PAUSES) + 1),
    ],
    ids=["for good", "for long", "too often"],
)
async def test_a_page_that_cannot_be_had_soon_is_an_error(failures):
    catalogue = InMemoryCatalogue(TRACKS)
    held = catalogue.put_playlist("Mine")
    catalogue.fail_next("read_items", *failures)

    with pytest.raises(type(failures[0])):
        await read_whole_playlist(catalogue, held)

    assert catalogue.called("read_items") == len(failures)
