"""Every shipped track, exported in every format and imported again, is found as that very track."""

from collections.abc import Generator
from importlib.resources import as_file, files
from pathlib import Path
from typing import get_args

import pytest

from segue.errors.catalogue import NotFoundError
from segue.music.activities.finding import find
from segue.music.catalogues.local.index import TrackIndex
from segue.music.contracts.imports import ImportedSong
from segue.music.contracts.songs import Track
from segue.music.files.importers.reading import open_source
from segue.music.service.exporting import ExportFormat, export_tracks

FORMATS: tuple[ExportFormat, ...] = get_args(ExportFormat)


class Shipped:
    """The shipped catalogue, as what searches it sees it."""

    def __init__(self, index: TrackIndex, tracks: list[Track]) -> None:
        self.index = index
        self.tracks = tracks

    async def search(self, query: str, *, limit: int = 10, offset: int = 0) -> tuple[Track, ...]:
        return tuple(self.index.search(query, limit=limit, offset=offset)[0])

    async def get_track(self, uri: str) -> Track:
        if track := self.index.get(uri):
            return track
        raise NotFoundError(f"no track {uri}")


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Generator[Shipped]:
    resource = files("segue.music.catalogues.local").joinpath("catalogue.csv")
    index = TrackIndex(tmp_path_factory.mktemp("shipped") / "index.db")
    with as_file(resource) as path:
        index.import_csv(path)
        ids = [line.partition(",")[0] for line in path.read_text("utf-8").splitlines()[1:]]
    yield Shipped(index, [track for each in ids if (track := index.get(each))])
    index.close()


@pytest.mark.parametrize("form", FORMATS)
async def test_every_shipped_track_comes_back_from_an_export(
    shipped: Shipped, tmp_path: Path, form: ExportFormat
):
    file = tmp_path / f"all.{'txt' if form == 'text' else form}"
    file.write_text(export_tracks(shipped.tracks, "All", form), encoding="utf-8")

    verdicts = [
        await find(record.song, shipped)
        for record in open_source(file)
        if isinstance(record, ImportedSong)
    ]

    assert [verdict.track for verdict in verdicts if verdict.decision == "accept"] == shipped.tracks


async def test_no_shipped_track_brings_another_one_by_its_path(shipped: Shipped, tmp_path: Path):
    legal = str.maketrans(dict.fromkeys('<>:"/\\|?*', "_"))
    paths = [
        (track.artists[0], track.album or "", f"{number % 20 + 1:02} {track.title}.mp3")
        for number, track in enumerate(shipped.tracks)
    ]
    file = tmp_path / "all.m3u"
    lines = ("/".join(part.translate(legal) for part in path) for path in paths)
    file.write_text("\n".join(lines), encoding="utf-8")

    songs = [record.song for record in open_source(file) if isinstance(record, ImportedSong)]
    verdicts = [await find(song, shipped) for song in songs]

    pairs = list(zip(verdicts, shipped.tracks, strict=True))
    added = [(each.track, track) for each, track in pairs if each.decision == "accept"]
    assert [pair for pair in added if pair[0] != pair[1]] == []
    assert len(added) >= 0.95 * len(pairs)
