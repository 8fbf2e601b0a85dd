"""What the faces ask of the music feature, without a workflow: import, review, mapping, show."""

import asyncio
import io
import threading
from datetime import datetime

import pytest
from temporalio.client import Client

from segue.errors.catalogue import CatalogueUnavailableError, NotFoundError
from segue.errors.input import (
    EmptyInputError,
    InputError,
    TooLargeInputError,
    UnreadableFileError,
)
from segue.errors.sync import ImportInUseError, RunNotFoundError
from segue.music.contracts.imports import ImportLimits, RejectedRow
from segue.music.contracts.playlists import PlaylistLink
from segue.music.contracts.songs import SongMetadata
from segue.music.contracts.verdicts import ScoredTrack, Verdict
from segue.music.service.importing import REJECTED_SHOWN
from segue.music.service.music import MusicService
from segue.music.store.imports import UNUSED_SECONDS
from segue.music.store.music_store import music_store
from segue.music.store.verdicts import wish_key
from segue.storage.address import database_url
from segue.storage.database import Database
from tests.fakes.data.tracks import TRACKS
from tests.fakes.doubles.catalogue import InMemoryCatalogue
from tests.fakes.worlds.databases import prepare
from tests.unit.music.files.importers.samples import SAMPLES

LIGHTS, LIVE = TRACKS[:2]
HARBOUR = SongMetadata(title="Harbour Lights", artist="Ada Quill", album="Best Of")
DOUBT = Verdict(
    decision="review",
    track=LIGHTS,
    confidence=0.7,
    reason="two recordings",
    alternatives=(ScoredTrack(track=LIGHTS, confidence=0.7),),
)
THREADS = 4  # a machine has at least five in its pool
BOUND_S = 30
CSV = "Title,Artist,Album\nHello,Adele,25\n,Nobody,\nSkyfall,Adele,\n"


@pytest.fixture
def catalogue():
    return InMemoryCatalogue(TRACKS)


@pytest.fixture
async def store(tmp_path):
    database = Database(database_url(None, tmp_path))
    await prepare(database)
    yield music_store(database, catalogue="local", rules="1", clock=lambda: 1_800_000_000.0)
    await database.aclose()


@pytest.fixture
async def service(store, catalogue):
    """Nothing here starts a workflow, so its client connects to nobody."""
    client = await Client.connect("localhost:1", lazy=True)
    return MusicService(client, store, catalogue)


@pytest.fixture
async def asked(service, store):
    """A doubt in the queue."""
    await store.verdicts.ask({wish_key(HARBOUR): (HARBOUR, DOUBT)})
    (item,) = (await service.reviews()).items
    return item


def written(tmp_path, text, name="list.csv"):
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    return file


async def test_a_file_is_stored_and_its_refused_rows_are_told(service, store, tmp_path):
    seen = []

    report = await service.imports.read(written(tmp_path, CSV), progress=seen.append)

    assert (report.songs, report.rejected_total, seen) == (2, 1, [1, 2])
    assert [row.line for row in report.rejected] == [3]
    assert (report.name, report.encoding) == ("list", "utf-8")
    rows = await store.imports.rows(report.import_id, [0, 1])
    assert rows[0] == SongMetadata(title="Hello", artist="Adele", album="25")
    assert rows[1] == SongMetadata(title="Skyfall", artist="Adele")


async def test_the_same_file_gives_the_same_import(service, tmp_path):
    file = written(tmp_path, CSV)

    first, again = [await service.imports.read(file) for _ in range(2)]

    assert first == again


async def test_standard_input_is_read_like_a_file(service, store):
    report = await service.imports.read(None, stdin=io.BytesIO(CSV.encode()))

    assert (report.songs, report.rejected_total) == (2, 1)
    assert (await store.imports.get(report.import_id)).songs == 2


async def test_every_format_is_imported_while_others_are_whatever_thread_is_idle(
    service, store, tmp_path
):
    barrier = threading.Barrier(THREADS)
    await asyncio.gather(*(asyncio.to_thread(barrier.wait, BOUND_S) for _ in range(THREADS)))
    samples = {}
    for name, sample in SAMPLES.items():
        (tmp_path / name).mkdir()
        samples[tmp_path / name / sample.file_name] = sample
        (tmp_path / name / sample.file_name).write_bytes(sample.content)

    reports = await asyncio.gather(*map(service.imports.read, samples))

    for report, sample in zip(reports, samples.values(), strict=True):
        rows = await store.imports.rows(report.import_id, range(report.songs))
        assert report.format == sample.format
        assert tuple(rows[position] for position in sorted(rows)) == sample.songs


async def test_headings_may_be_mapped_and_the_format_named(service, store, tmp_path):
    file = written(tmp_path, "Was;Wer\nHello;Adele\n", "list.dat")

    report = await service.imports.read(
        file, format="csv", columns={"title": "Was", "artist": "Wer"}
    )

    assert await store.imports.rows(report.import_id, [0]) == {
        0: SongMetadata(title="Hello", artist="Adele")
    }


async def test_refused_rows_beyond_a_thousand_are_counted_and_not_kept(service, tmp_path):
    text = "Title,Artist\nHello,Adele\n" + ",Nobody\n" * (REJECTED_SHOWN + 5)

    report = await service.imports.read(written(tmp_path, text))

    assert (report.songs, report.rejected_total) == (1, REJECTED_SHOWN + 5)
    assert len(report.rejected) == REJECTED_SHOWN


@pytest.mark.parametrize(
    ("limits", "told"),
    [(ImportLimits(rows=100), "at most 100 rows"), (ImportLimits(seconds=0.0), "longer than 0 s")],
)
@pytest.mark.parametrize("line", ["x,y\n", ",\n"])
async def test_a_file_beyond_the_limits_is_refused_and_nothing_of_it_stays(
    service, tmp_path, limits, told, line
):
    file = written(tmp_path, "Title,Artist\nHello,Adele\n" + line * 5_000)

    with pytest.raises(TooLargeInputError, match=told):
        await service.imports.within(limits).read(file)

    assert (await service.imports.list()).items == ()


async def test_an_import_is_listed_and_forgotten(service, tmp_path):
    report = await service.imports.read(written(tmp_path, CSV))
    listed = (await service.imports.list()).items

    await service.imports.delete(report.import_id)

    assert [(each.id, each.songs) for each in listed] == [(report.import_id, 2)]
    assert (await service.imports.list()).items == ()
    with pytest.raises(RunNotFoundError):
        await service.imports.delete(report.import_id)


async def test_an_import_that_a_run_reads_stays(service, store, tmp_path):
    report = await service.imports.read(written(tmp_path, CSV))
    await store.runs.open("r1", report.import_id, "p")

    with pytest.raises(ImportInUseError):
        await service.imports.delete(report.import_id)

    assert [each.id for each in (await service.imports.list()).items] == [report.import_id]


async def test_an_import_that_no_run_uses_is_forgotten_after_a_month(catalogue, tmp_path):
    database, now = Database(database_url(None, tmp_path)), 1_800_000_000.0
    await prepare(database)
    store = music_store(database, catalogue="local", rules="1", clock=lambda: now)
    service = MusicService(await Client.connect("localhost:1", lazy=True), store, catalogue)
    unused = await service.imports.read(written(tmp_path, CSV, "unused.csv"))
    read = await service.imports.read(written(tmp_path, CSV, "read.csv"))
    await store.runs.open("r1", read.import_id, "p")

    now += UNUSED_SECONDS + 1
    new = await service.imports.read(written(tmp_path, CSV, "new.csv"))
    left = {each.id for each in (await service.imports.list()).items}
    await database.aclose()

    assert left == {read.import_id, new.import_id}
    assert unused.import_id not in left


@pytest.mark.parametrize("text", ["", "\n\n", "Title,Artist\n", "Title,Artist\n,Nobody\n"])
async def test_a_source_without_a_song_is_a_clear_error(service, tmp_path, text):
    with pytest.raises(EmptyInputError):
        await service.imports.read(written(tmp_path, text))


async def test_a_missing_file_is_a_clear_error(service, tmp_path):
    with pytest.raises(UnreadableFileError, match="nothing"):
        await service.imports.read(tmp_path / "nothing.csv")


@pytest.mark.parametrize(
    "address",
    [
        LIVE.uri,
        f" {LIVE.uri}\n",
        LIVE.uri.rpartition(":")[2],
        f"https://open.spotify.com/track/{LIVE.uri.rpartition(':')[2]}?si=x&y=1",
        f"https://open.spotify.com/intl-de/track/{LIVE.uri.rpartition(':')[2]}",
    ],
)
async def test_a_decision_takes_any_spelling_of_a_track_and_settles_the_doubt(
    service, store, asked, address
):
    made = await service.decide(asked, address)

    assert (made.song, made.uri, made.origin) == (HARBOUR, LIVE.uri, "review")
    assert datetime.fromisoformat(made.decided_at).tzinfo
    assert (await service.decisions()).items == (made,)
    assert (await service.reviews()).items == ()
    assert (await store.verdicts.decisions_for([HARBOUR]))[wish_key(HARBOUR)].track == LIVE


async def test_choosing_a_shown_candidate_asks_the_catalogue_nothing(service, catalogue, asked):
    await service.decide(asked, LIGHTS.uri)

    assert catalogue.calls == []


async def test_leaving_a_song_out_settles_the_doubt_too(service, asked):
    made = await service.decide(asked, None)

    assert made.uri is None
    assert (await service.decisions()).items == (made,)
    assert (await service.reviews()).items == ()


@pytest.mark.parametrize(
    ("address", "error"),
    [("Harbour Lights", InputError), ("spotify:track:" + "z" * 22, NotFoundError)],
)
async def test_a_decision_for_no_track_is_refused_and_the_doubt_stays(
    service, asked, address, error
):
    with pytest.raises(error):
        await service.decide(asked, address)

    assert (await service.reviews()).items == (asked,)
    assert (await service.decisions()).items == ()


async def test_a_forgotten_decision_is_gone(service, asked):
    made = await service.decide(asked, None)

    assert await service.forget_decision(made.key)
    assert not await service.forget_decision(made.key)
    assert (await service.decisions()).items == ()


async def test_a_mapping_of_title_and_artist_settles_every_doubt_about_the_song(
    service, asked, tmp_path
):
    loaded = await service.load_mapping(
        written(tmp_path, f"title,artist,uri\nharbour lights,ADA QUILL,{LIVE.uri}\n")
    )
    settled = (await service.reviews()).items
    (made,) = (await service.decisions()).items
    await service.forget_decision(made.key)

    assert loaded.loaded == 1
    assert settled == ()
    assert (await service.reviews()).items == (asked,)


async def test_rows_of_a_mapping_that_lead_nowhere_are_told_and_the_others_count(service, tmp_path):
    nowhere = "spotify:track:" + "z" * 22
    file = written(
        tmp_path,
        f'title,artist,uri\nA,B,{nowhere}\n\n"C\nC",D,somewhere\n,E,\nHello,Adele,{LIVE.uri}\nF,G,\n',
    )

    report = await service.load_mapping(file)

    assert report.loaded == 2
    assert [(row.line, row.text) for row in report.rejected] == [
        (2, nowhere),
        (5, "somewhere"),
        (6, ""),
    ]
    assert report.rejected[-1] == RejectedRow(line=6, reason="the title is empty")
    assert {(made.song.title, made.uri) for made in (await service.decisions()).items} == {
        ("Hello", LIVE.uri),
        ("F", None),
    }


async def test_a_catalogue_that_does_not_answer_stops_a_mapping(service, catalogue, tmp_path):
    catalogue.fail_next("get_track", CatalogueUnavailableError("503"))

    with pytest.raises(CatalogueUnavailableError):
        await service.load_mapping(written(tmp_path, f"title,artist,uri\nA,B,{LIVE.uri}\n"))


async def test_a_saved_mapping_gives_the_same_decisions_when_loaded(service, store, tmp_path):
    songs = [
        HARBOUR,
        SongMetadata(title='Ünï, "quoted"\u2028line', artist=""),
        SongMetadata(title="A", artist="B", year=1999, duration_ms=5, isrc="GBAAA7100001"),
        SongMetadata(title="A", artist="B", uri=LIGHTS.uri),
    ]
    for song, track in zip(songs, (LIVE, None, LIGHTS, LIVE), strict=True):
        await store.verdicts.decide(song, track, origin="review")
    before = (await service.decisions()).items

    saved = await service.save_mapping(tmp_path / "mine.csv")
    for made in before:
        await service.forget_decision(made.key)
    loaded = await service.load_mapping(tmp_path / "mine.csv")
    after = (await service.decisions()).items

    assert (saved, loaded.loaded, loaded.rejected) == (4, 4, ())
    assert tuple(made.model_copy(update={"origin": "review"}) for made in after) == before


@pytest.mark.parametrize("named", ["name", "id", "uri", "link"])
async def test_a_playlist_is_shown_with_unavailable_items_in_their_places(
    service, catalogue, named
):
    made = catalogue.put_playlist("Mine", [LIGHTS.uri, None, LIVE.uri])
    address = {
        "name": "Mine",
        "id": made,
        "uri": f"spotify:playlist:{made}",
        "link": f"https://open.spotify.com/playlist/{made}?si=x",
    }[named]

    shown = await service.show_playlist(address)

    assert (shown.id, shown.name, shown.total) == (made, "Mine", 3)
    assert shown.tracks == (LIGHTS, None, LIVE)


async def test_a_playlist_longer_than_a_page_is_shown_whole(service, catalogue):
    tracks = TRACKS[4:]
    catalogue.put_playlist("Long", [track.uri for track in tracks])

    assert (await service.show_playlist("Long")).tracks == tracks


async def test_an_unknown_playlist_is_a_clear_error(service):
    with pytest.raises(NotFoundError, match="None of your playlists is called 'Mine'"):
        await service.show_playlist("Mine")


async def test_a_name_that_looks_like_an_id_is_still_a_name(service, catalogue):
    made = catalogue.put_playlist("A" * 22)

    assert (await service.show_playlist("A" * 22)).id == made


async def test_two_playlists_of_one_name_must_be_told_apart(service, catalogue):
    ids = [catalogue.put_playlist("Mine") for _ in range(2)]

    with pytest.raises(InputError, match="2 of your playlists are called 'Mine'") as refused:
        await service.show_playlist("Mine")

    assert all(made in refused.value.message for made in ids)


async def test_playlists_of_others_are_neither_found_by_name_nor_listed(service, catalogue):
    mine = catalogue.put_playlist("Mine")
    catalogue.put_playlist("Theirs", owner="somebody")

    assert await service.playlists() == [PlaylistLink(id=mine, name="Mine")]
    with pytest.raises(NotFoundError):
        await service.show_playlist("Theirs")


async def test_a_search_speaks_the_catalogues_own_language(service):
    found = await service.search('artist:"Ada Quill" track:"Harbour Lights"', limit=2)

    assert LIGHTS in found
    assert len(found) == 2
