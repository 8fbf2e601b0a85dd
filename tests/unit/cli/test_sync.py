"""``segue sync``: what it starts, what it tells, and which status it ends with."""

import errno
import json
from pathlib import Path
from typing import Any

import pytest

from segue.errors.catalogue import CatalogueUnavailableError
from segue.errors.settings import SettingsError
from segue.errors.storage import StorageError
from segue.errors.temporal import TemporalUnreachableError
from segue.music.contracts.imports import ImportReport, MappingReport
from segue.music.contracts.songs import SongMetadata
from segue.music.contracts.syncs import RunSummary, SyncMode, SyncRequest
from segue.music.contracts.tracks import TrackStatus
from tests.fakes.doubles.imports import rejected
from tests.fakes.doubles.music_service import (
    HURT,
    JOLENE,
    RUN,
    STORIES,
    FakeInstallation,
    Story,
    matching,
    outcome,
    report,
)
from tests.unit.cli.conftest import Segue


def imported(**changes: object) -> ImportReport:
    plain = {
        "import_id": "i1",
        "name": "summer",
        "format": "csv",
        "encoding": "utf-8",
        "songs": 1,
    }
    return ImportReport.model_validate({**plain, **changes})


def test_a_verified_sync_ends_with_0_and_a_table_of_why(segue: Segue, playlist_file: str) -> None:
    result = segue("sync", playlist_file)

    assert result.exit_code == 0
    assert "Dolly Parton - Jolene" in result.stdout
    assert "the same recording" in result.stdout
    assert "98%" in result.stdout
    assert "yes: read back" in result.stdout
    assert "https://example.org/pl1" in result.stdout
    assert "matched 5/10" in result.stderr


def test_json_is_one_object_on_standard_output(segue: Segue, playlist_file: str) -> None:
    story = Story(ending=report(outcome(1, TrackStatus.ADDED), outcome(2, TrackStatus.REVIEW)))

    result = segue("sync", playlist_file, "--json", story=story)

    body = json.loads(result.stdout)
    assert {"playlist", "tracks", "counts", "verified", "workflow_id", "seconds"} <= set(body)
    assert body["counts"] == {
        "added": 1,
        "already_present": 0,
        "review": 1,
        "not_found": 0,
        "failed": 0,
    }
    first = body["tracks"][0]
    assert {"position", "query", "status", "match", "confidence", "reason"} <= set(first)
    assert (first["position"], first["status"], first["match"]["uri"]) == (1, "added", JOLENE.uri)
    assert body["workflow_id"] == RUN


def test_the_playlist_is_named_as_in_the_file(segue: Segue, playlist_file: str) -> None:
    installation = FakeInstallation(Story(imported=imported(playlists=("Road trip",))))

    segue("sync", playlist_file, on=installation)

    assert installation.music.requests == [SyncRequest(import_id="i1", playlist="Road trip")]


@pytest.mark.parametrize("playlists", [(), ("A", "B")])
def test_without_one_name_inside_the_playlist_is_named_as_the_file(
    segue: Segue, playlist_file: str, playlists: tuple[str, ...]
) -> None:
    installation = FakeInstallation(Story(imported=imported(playlists=playlists)))

    segue("sync", playlist_file, on=installation)

    assert installation.music.requests[0].playlist == "summer"


def test_options_reach_the_request(segue: Segue, playlist_file: str) -> None:
    installation = FakeInstallation()

    segue(
        *("sync", playlist_file, "--playlist", "Mine", "--mode", "mirror", "--yes", "--dry-run"),
        *("--wait", "--refresh", "--format", "generic", "--columns", "title=Song, artist=By"),
        *("--source-playlist", "Old", "--encoding", "koi8-r"),
        on=installation,
    )

    assert installation.music.requests == [
        SyncRequest(
            import_id="i1",
            playlist="Mine",
            mode=SyncMode.MIRROR,
            dry_run=True,
            confirmed=True,
            wait_for_other=True,
            refresh=True,
        )
    ]
    columns = {"title": "Song", "artist": "By"}
    assert installation.music.calls[0] == (
        "import", Path(playlist_file), None, "generic", columns, "Old", "koi8-r",
    )  # fmt: skip


def test_the_source_playlist_names_the_target(segue: Segue, playlist_file: str) -> None:
    installation = FakeInstallation(Story(imported=imported(playlists=("A", "B"))))

    segue("sync", playlist_file, "--source-playlist", "B", on=installation)

    assert installation.music.requests[0].playlist == "B"


def test_a_dash_reads_standard_input(segue: Segue) -> None:
    installation = FakeInstallation()

    result = segue("sync", "-", on=installation, stdin="Dolly Parton - Jolene\n")

    assert result.exit_code == 0
    assert installation.music.calls[0][1:3] == (None, b"Dolly Parton - Jolene\n")


def test_a_mapping_file_is_loaded_before_the_sync(segue: Segue, playlist_file: str) -> None:
    installation = FakeInstallation(Story(mapping=MappingReport(loaded=1, rejected=rejected(1))))

    result = segue("sync", playlist_file, "--mapping", "mine.csv", on=installation)

    assert [call[0] for call in installation.music.calls] == ["load", "import"]
    assert "mine.csv, line 2: the title is empty" in result.stderr


def test_rows_that_were_left_out_are_told_and_counted(segue: Segue, playlist_file: str) -> None:
    story = Story(imported=imported(rejected=rejected(7), rejected_total=7))

    told = segue("sync", playlist_file, story=story)
    listed = segue("sync", playlist_file, "--json", story=story)

    assert f"{Path(playlist_file).name}, line 2: the title is empty" in told.stderr
    assert f"{Path(playlist_file).name}: 2 more rows are left out" in told.stderr
    assert len(json.loads(listed.stdout)["rejected"]) == 7


@pytest.mark.parametrize(
    ("ending", "options", "code"),
    [
        (report(outcome(1, TrackStatus.NOT_FOUND)), (), 0),
        (report(outcome(1, TrackStatus.NOT_FOUND)), ("--strict",), 7),
        (report(outcome(1, TrackStatus.REVIEW)), ("--strict",), 7),
        (report(outcome(1, TrackStatus.ALREADY_PRESENT)), ("--strict",), 0),
        (report(outcome(1, TrackStatus.FAILED)), (), 8),
        (report(outcome(1, TrackStatus.ADDED), verified=False), (), 8),
        (report(outcome(1, TrackStatus.ADDED), verified=False, dry_run=True), (), 0),
        (SettingsError("SPOTIFY_CLIENT_ID is not set."), (), 3),
        (TemporalUnreachableError("no answer"), (), 4),
        (StorageError("no database"), (), 4),
        (CatalogueUnavailableError("503"), (), 5),
    ],
)
def test_the_exit_status_tells_how_it_ended(
    segue: Segue, playlist_file: str, ending: object, options: tuple[str, ...], code: int
) -> None:
    result = segue("sync", playlist_file, *options, story=Story(ending=ending))  # pyright: ignore[reportArgumentType] - one of the two by the table above

    assert result.exit_code == code


def test_a_failed_sync_says_what_to_do_next(segue: Segue, playlist_file: str) -> None:
    story = Story(ending=TemporalUnreachableError("No Temporal server answers."))

    result = segue("sync", playlist_file, story=story)

    assert result.stdout == ""
    assert "error: No Temporal server answers." in result.stderr
    assert "next: `segue doctor` says which server is asked" in result.stderr


def test_an_error_with_json_is_one_object(segue: Segue, playlist_file: str) -> None:
    story = Story(ending=CatalogueUnavailableError("503", hint="Try later."))

    result = segue("sync", playlist_file, "--json", story=story)

    assert json.loads(result.stdout) == {
        "error": {"code": "catalogue.unavailable", "message": "503", "hint": "Try later."}
    }


@pytest.mark.parametrize(
    "arguments",
    [
        ("no-such-file.csv",),
        ("FILE", "--columns", "title"),
        ("FILE", "--columns", "=Song"),
        ("FILE", "--report", "out.txt"),
        ("FILE", "--report", "no-such-folder/out.csv"),
    ],
)
def test_input_that_cannot_be_used_ends_with_2_before_anything_starts(
    segue: Segue, playlist_file: str, arguments: tuple[str, ...]
) -> None:
    installation = FakeInstallation()

    named = [playlist_file if word == "FILE" else word for word in arguments]
    result = segue("sync", *named, on=installation)

    assert result.exit_code == 2
    assert "next:" in result.stderr
    assert installation.opened == 0


def test_a_mirror_without_a_person_to_ask_declines_and_ends_with_6(
    segue: Segue, playlist_file: str
) -> None:
    installation = FakeInstallation(STORIES["mirror"]())

    result = segue("sync", playlist_file, "--mode", "mirror", on=installation)

    assert result.exit_code == 6
    assert ("confirm", RUN, False) in installation.music.calls
    assert "--yes" in result.stderr


def test_an_agreed_mirror_lists_what_it_removed(segue: Segue, playlist_file: str) -> None:
    ending = report(outcome(1, TrackStatus.ADDED), mode=SyncMode.MIRROR, removed=(HURT,))

    result = segue("sync", playlist_file, "--mode", "mirror", "--yes", story=Story(ending=ending))

    assert result.exit_code == 0
    assert "Removed, not in the source" in result.stdout
    assert "Johnny Cash - Hurt" in result.stdout


def test_a_dry_run_says_would(segue: Segue, playlist_file: str) -> None:
    ending = report(outcome(1, TrackStatus.ADDED), dry_run=True, verified=False, removed=(HURT,))

    result = segue("sync", playlist_file, "--dry-run", story=Story(ending=ending))

    assert "would be added" in result.stdout
    assert "would be removed" in result.stdout
    assert "nothing was written" in result.stdout


def test_open_songs_are_listed_with_their_nearest_candidates(
    segue: Segue, playlist_file: str
) -> None:
    ending = report(
        outcome(1, TrackStatus.ADDED), outcome(2, TrackStatus.REVIEW, reason="live or studio?")
    )

    result = segue("sync", playlist_file, story=Story(ending=ending))

    below = result.stdout.partition("Not added")[2]
    assert "2. Dolly Parton - Jolene" in below
    assert "live or studio?" in below
    assert "60% Dolly Parton - Jolene - Live (Live from Glastonbury)  this one is live" in below
    assert "segue review" in below


def test_a_long_table_is_cut_and_says_so(segue: Segue, playlist_file: str) -> None:
    ending = report(*(outcome(n, TrackStatus.ADDED) for n in range(1, 6)))

    cut = segue("sync", playlist_file, "--limit-rows", "2", story=Story(ending=ending))
    whole = segue("sync", playlist_file, "--limit-rows", "0", story=Story(ending=ending))

    assert cut.stdout.count("the same recording") == 2
    assert "and 3 more" in cut.stdout
    assert whole.stdout.count("the same recording") == 5


def test_a_joined_sync_is_told(segue: Segue, playlist_file: str) -> None:
    result = segue("sync", playlist_file, story=Story(joined=True))

    assert "already running" in result.stderr


def test_warnings_come_first_on_standard_error(segue: Segue, playlist_file: str) -> None:
    result = segue("sync", playlist_file, story=Story(warnings=("the consent ends soon",)))

    assert result.stderr.startswith("warning: the consent ends soon")


def test_the_page_of_the_run_is_shown_where_one_is_known(segue: Segue, playlist_file: str) -> None:
    run = RunSummary(
        workflow_id=RUN,
        run_id="r1",
        kind="PlaylistSyncWorkflow",
        status="completed",
        started_at="2026-11-20T10:00:00+00:00",
        ui_url="http://127.0.0.1:8233/run",
    )

    result = segue("sync", playlist_file, story=Story(runs=(run,)))

    assert "http://127.0.0.1:8233/run" in result.stdout


def test_output_without_a_terminal_has_no_escape_sequences(
    segue: Segue, playlist_file: str
) -> None:
    steps = [matching(1), None, matching(3, waiting_seconds=60, waiting_reason="slow down")]
    result = segue("sync", playlist_file, story=Story(steps=steps))

    assert "\x1b" not in result.output
    assert "no worker answers now" in result.stderr
    assert "slow down" in result.stderr


def test_titles_cannot_steer_the_terminal_or_pass_for_markup(
    segue: Segue, playlist_file: str
) -> None:
    evil = SongMetadata(title="[red]x[/red]\x1b]0;owned\x07\u202egnp.exe\nnext", artist="[link=x]A")
    ending = report(
        outcome(1, TrackStatus.REVIEW, query=evil, reason="\x1b[2J"), message="[bold]\x9b"
    )

    result = segue("sync", playlist_file, story=Story(ending=ending))

    assert result.exit_code == 0
    assert not {"\x1b", "\x07", "\u202e", "\x9b"} & set(result.output)
    assert "[link=x]A - [red]x[/red]" in result.stdout


def test_a_report_is_written(segue: Segue, playlist_file: str, tmp_path: Path) -> None:
    target = tmp_path / "out.CSV"

    result = segue("sync", playlist_file, "--report", str(target))

    assert result.exit_code == 0
    assert target.read_text(encoding="utf-8").startswith("position,title,artist")


def test_a_report_that_cannot_be_written_ends_with_2(
    segue: Segue, playlist_file: str, tmp_path: Path
) -> None:
    (tmp_path / "out.csv").mkdir()

    result = segue("sync", playlist_file, "--report", str(tmp_path / "out.csv"))

    assert result.exit_code == 2
    assert "cannot be written" in result.stderr


def test_a_defect_is_told_without_a_traceback(segue: Segue, playlist_file: str) -> None:
    installation = FakeInstallation(Story(imported=None))  # pyright: ignore[reportArgumentType] - the defect

    result = segue("sync", playlist_file, on=installation)

    assert result.exit_code == 1
    assert "error: unexpected AttributeError" in result.stderr
    assert "Traceback" not in result.output


def test_a_data_folder_that_cannot_be_written_is_named(segue: Segue, playlist_file: str) -> None:
    class Sealed(FakeInstallation):
        def open_app(self, feature: str) -> Any:
            raise PermissionError(errno.EACCES, "Permission denied", "/data/stack.users")

    result = segue("sync", playlist_file, on=Sealed())

    assert result.exit_code == 4
    assert "error: /data/stack.users cannot be written or opened" in result.stderr
    assert "SEGUE_DATA_DIR" in result.stderr


def test_the_mapping_file_of_the_settings_is_loaded_before_every_sync(
    segue: Segue, playlist_file: str, tmp_path: Path
) -> None:
    installation = FakeInstallation(Story())
    installation.music.mapping_file = tmp_path / "mapping.csv"

    result = segue("sync", playlist_file, on=installation)

    assert result.exit_code == 0
    assert ("load", tmp_path / "mapping.csv") in installation.music.calls
