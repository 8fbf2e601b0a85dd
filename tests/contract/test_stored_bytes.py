"""What a row of a sync costs in the database, all that is kept of it together."""

import time
from pathlib import Path

from segue.music.contracts.songs import SongMetadata, Track
from segue.music.contracts.verdicts import Verdict
from segue.music.matching.decide import judge
from segue.music.planning.playlist_edits import edit_script
from segue.music.store.music_store import music_store
from segue.music.store.verdict_text import verdict_text
from segue.music.store.verdicts import wish_key
from segue.music.wire.plans import Plan
from segue.storage.address import database_url
from segue.storage.database import Database
from tests.fakes.worlds.databases import prepare

ROWS = 2_000
BAR_BYTES = 1_500
NEAR = [
    Track(
        uri=f"spotify:track:{number:022d}",
        title=f"Silver River Song {number}",
        artists=("The Distant Wolves",),
        album="Lantern Letters",
        release_date="1996",
        duration_ms=271_451,
    )
    for number in range(9)
]


def wish(row: int) -> SongMetadata:
    return SongMetadata(
        title=f"Winter Engine Echo {row}",
        artist="The Distant Wolves",
        album="Lantern Letters",
        duration_ms=250_000 + row,
    )


def track(row: int) -> Track:
    song = wish(row)
    return Track(
        uri=f"spotify:track:1{row:021d}",
        title=song.title,
        artists=(song.artist,),
        album=song.album,
        release_date="1996",
        duration_ms=song.duration_ms,
        isrc=f"GBAAA71{row:05d}",
    )


def size_of(folder: Path) -> int:
    """Bytes of the database's files, its log included."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


async def test_a_certain_row_costs_at_most_a_kilobyte_and_a_half(tmp_path):
    database = Database(database_url(None, tmp_path))
    await prepare(database)
    store = music_store(database, catalogue="local", rules="1", clock=time.time)
    before = size_of(tmp_path)
    verdict = judge(wish(0), (track(0), *NEAR))
    assert len(verdict.alternatives) == 5  # so that there is something to leave out
    verdicts = {row: verdict.model_copy(update={"track": track(row)}) for row in range(ROWS)}
    for row, each in verdicts.items():
        own = each.alternatives[0].model_copy(update={"track": track(row)})
        near = (own, *each.alternatives[1:])
        verdicts[row] = each.model_copy(update={"alternatives": near})

    stored = await store.imports.put(
        map(wish, range(ROWS)), name="Mine", source_format="test", encoding="utf-8"
    )
    await store.runs.open("run", stored.id, "playlist")
    for start in range(0, ROWS, 50):
        batch = {row: verdicts[row] for row in range(start, start + 50)}
        await store.verdicts.remember({wish_key(wish(row)): each for row, each in batch.items()})
        await store.runs.save_rows("run", batch)
    uris = tuple(track(row).uri for row in range(ROWS))
    plan = Plan(wanted=uris, rows=tuple(range(ROWS)), absent=tuple(range(ROWS)))
    await store.runs.save_plan("run", plan, edit_script((), uris, chunk=100))
    await database.aclose()

    a_row = (size_of(tmp_path) - before) / ROWS
    assert a_row <= BAR_BYTES


def test_of_a_certain_verdict_the_chosen_tracks_ledger_is_kept_and_of_a_doubt_everything():
    near = judge(wish(0).model_copy(update={"album": "Anchor Echo"}), (track(0), *NEAR))
    assert near.decision == "accept"
    doubt = near.model_copy(update={"decision": "review"})

    texts = [Verdict.model_validate_json(verdict_text(each)) for each in (near, doubt)]

    assert [text.alternatives for text in texts] == [near.alternatives[:1], doubt.alternatives]
    assert near.alternatives[0].penalties
