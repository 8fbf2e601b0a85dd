"""The smaller commands, and what holds for all of them."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import typer
from typer.core import TyperCommand, TyperGroup

from segue.cli.exit_codes import ExitCode
from segue.cli.main import build
from segue.cli.untrusted import plain
from segue.errors.base import SegueError
from segue.errors.tree import family
from segue.music.contracts.playlists import PlaylistView
from segue.platform.feature import Check
from tests.fakes.doubles.music_service import (
    HURT,
    JOLENE,
    FakeInstallation,
    Story,
)
from tests.unit.cli.conftest import Segue

EXIT_CODES = Path(__file__).parents[3] / "docs/reference/exit-codes.md"


def paths(command: object, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    if isinstance(command, TyperGroup):
        for name, inner in command.commands.items():
            yield from paths(inner, (*path, name))


COMMANDS = list(paths(typer.main.get_command(build())))


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_command_explains_itself(segue: Segue, path: tuple[str, ...]) -> None:
    result = segue(*path, "--help")

    assert result.exit_code == 0
    assert "Usage:" in result.stdout


def test_every_parameter_has_a_help_text() -> None:
    def walk(command: object) -> Iterator[str]:
        if isinstance(command, (TyperCommand, TyperGroup)):
            for parameter in command.params:
                if not getattr(parameter, "help", None):
                    yield f"{command.name} {parameter.name}"
        if isinstance(command, TyperGroup):
            for inner in command.commands.values():
                yield from walk(inner)

    assert list(walk(typer.main.get_command(build()))) == []


def test_the_version_is_told(segue: Segue) -> None:
    assert re.fullmatch(r"segue \d+\.\d+\.\d+\S*\n", segue("--version").stdout)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_can_complete_commands(segue: Segue, shell: str) -> None:
    result = segue(env={"_SEGUE_COMPLETE": f"source_{shell}"})

    assert "segue" in result.stdout


def test_an_unknown_option_ends_with_2(segue: Segue) -> None:
    assert segue("sync", "--no-such-option").exit_code == ExitCode.INPUT


@pytest.mark.parametrize("error", list(family()))
def test_every_error_ends_with_a_status_that_has_a_meaning(error: type[SegueError]) -> None:
    assert error.exit_code in set(ExitCode)


@pytest.mark.parametrize("code", list(ExitCode))
def test_every_status_is_documented(code: ExitCode) -> None:
    assert f"| {code.value} |" in EXIT_CODES.read_text(encoding="utf-8")


def test_a_playlist_is_shown_in_order(segue: Segue) -> None:
    view = PlaylistView(id="pl1", name="Summer", total=3, tracks=(JOLENE, None, HURT))

    result = segue("playlist", "show", "Summer", story=Story(playlist=view))

    assert re.search(r"1 +Jolene.*\n.*2 +unavailable.*\n.*3 +Hurt", result.stdout)
    assert "2:42" in result.stdout


def test_a_long_playlist_is_cut_and_says_so(segue: Segue) -> None:
    view = PlaylistView(id="pl1", name="Summer", url="u", total=3, tracks=(JOLENE,) * 3)

    result = segue("playlist", "show", "Summer", "--limit-rows", "1", story=Story(playlist=view))

    assert "and 2 more" in result.stdout


def test_a_playlist_as_json_keeps_unavailable_slots(segue: Segue) -> None:
    view = PlaylistView(id="pl1", name="Summer", total=2, tracks=(JOLENE, None))

    body = json.loads(
        segue("playlist", "show", "Summer", "--json", story=Story(playlist=view)).stdout
    )

    assert body == {
        "id": "pl1",
        "name": "Summer",
        "url": None,
        "total": 2,
        "tracks": [JOLENE.model_dump(mode="json"), None],
    }


def test_playlists_are_listed(segue: Segue) -> None:
    assert "Summer" in segue("playlist", "list").stdout
    assert json.loads(segue("playlist", "list", "--json").stdout)[0]["id"] == "pl1"


def test_what_was_read_from_files_is_listed_and_deleted(segue: Segue) -> None:
    assert "Summer" in segue("imports", "list").stdout
    assert json.loads(segue("imports", "list", "--json").stdout)[0]["songs"] == 3
    assert "deleted" in segue("imports", "delete", "i1").stdout
    assert json.loads(segue("imports", "delete", "i1", "--json").stdout)["deleted"] is True
    assert segue("imports", "delete", "i2").exit_code == ExitCode.CONFLICT


def test_an_export_goes_to_standard_output_or_a_file(segue: Segue, tmp_path: Path) -> None:
    target = tmp_path / "out.txt"

    printed = segue("export", "Summer", "--format", "text")
    written = segue("export", "Summer", "--format", "text", "-o", str(target))

    assert printed.stdout == "Dolly Parton - Jolene\n"
    assert target.read_text(encoding="utf-8") == "Dolly Parton - Jolene\n"
    assert written.stdout == ""


def test_an_export_leaves_unavailable_items_out_and_says_so(segue: Segue) -> None:
    view = PlaylistView(id="pl1", name="Summer", total=2, tracks=(JOLENE, None))

    result = segue("export", "Summer", "--format", "text", story=Story(playlist=view))

    assert result.stdout == "Dolly Parton - Jolene\n"
    assert "1 unavailable items are left out" in result.stderr


def test_an_export_that_cannot_be_written_ends_with_2(segue: Segue, tmp_path: Path) -> None:
    assert segue("export", "Summer", "-o", str(tmp_path)).exit_code == 2


def test_the_local_catalogue_is_tended(segue: Segue) -> None:
    installation = FakeInstallation()
    each: list[Callable[[], object]] = [
        lambda: segue("catalogue", "import", "more.csv", on=installation).stdout,
        lambda: json.loads(segue("catalogue", "import", "more.csv", "--json").stdout),
        lambda: segue("catalogue", "stats").stdout,
        lambda: json.loads(segue("catalogue", "stats", "--json").stdout),
        lambda: json.loads(segue("catalogue", "search", "jolene", "--json").stdout)[0]["uri"],
    ]

    assert [call() for call in each] == [
        "Imported 7 tracks from more.csv.\n",
        {"imported": 7},
        "tracks: 333\n",
        {"tracks": 333},
        JOLENE.uri,
    ]
    assert installation.called == [("catalogue import", Path("more.csv"))]


def test_a_catalogue_search_shows_tracks(segue: Segue) -> None:
    installation = FakeInstallation()

    result = segue("catalogue", "search", "dolly", "--limit", "3", on=installation)

    assert installation.called == [("search", "dolly", 3)]
    assert "1974" in result.stdout


def test_the_catalogue_is_served_and_says_where(segue: Segue) -> None:
    installation = FakeInstallation()

    result = segue("catalogue", "serve", "--port", "8400", on=installation)

    assert installation.called == [("serve", "127.0.0.1", 8400, None)]
    assert "http://127.0.0.1:8400" in result.stdout


def test_login_prints_the_page_and_who_it_is(segue: Segue) -> None:
    result = segue("login", "spotify", "--no-browser")

    assert "https://accounts.example.org/authorize" in result.stderr
    assert result.stdout == "Logged in to spotify as ada.\n"


@pytest.mark.parametrize(("known", "said"), [(("ada",), "Logged out"), ((), "There was no login")])
def test_logout_says_whether_there_was_a_login(
    segue: Segue, known: tuple[str, ...], said: str
) -> None:
    assert said in segue("logout", "spotify", story=Story(warnings=known)).stdout


def test_up_tells_where_things_are(segue: Segue) -> None:
    result = segue("up")

    assert "http://127.0.0.1:8233" in result.stdout
    assert "http://127.0.0.1:8400" in result.stdout


def test_a_worker_takes_on_everything(segue: Segue) -> None:
    installation = FakeInstallation()

    ended = segue("worker", on=installation)

    assert (ended.exit_code, ended.stdout) == (0, "")
    assert installation.called == [("worker", "all")]


def test_a_worker_takes_a_role_and_says_where_its_probes_are(segue: Segue) -> None:
    installation = FakeInstallation()

    ended = segue("worker", "--role", "tools", on=installation)

    assert ended.stdout == "Probes and metrics: http://127.0.0.1:9400\n"
    assert installation.called == [("worker", "tools")]


def test_formats_are_listed(segue: Segue) -> None:
    assert "Exportify CSV" in segue("formats").stdout
    assert json.loads(segue("formats", "--json").stdout)[1] == {"name": "xspf", "reads": "XSPF"}


@pytest.mark.parametrize(("ok", "code"), [(True, 0), (None, 0), (False, 3)])
def test_the_doctor_ends_with_3_when_something_does_not_work(
    segue: Segue, ok: bool | None, code: int
) -> None:
    story = Story(checks=(Check("Temporal", ok, "7233", "Start it."),))

    told = segue("doctor", story=story)
    listed = segue("doctor", "--json", story=story)

    assert told.exit_code == code
    assert "Start it." in told.stdout
    assert json.loads(listed.stdout) == [
        {"name": "Temporal", "ok": ok, "detail": "7233", "next_step": "Start it."}
    ]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Björk: Jóga", "Björk: Jóga"),
        ("two\nlines\tand\u2028more", "two lines and more"),
        ("\x1b[31mred\x00", "\ufffd[31mred\ufffd"),
        ("\u202egnp\u2066\u200f\ufeff", "gnp"),
        ("👩\u200d🎤", "👩\u200d🎤"),
        ("\ud800", "\ufffd"),
    ],
)
def test_text_of_strangers_is_made_harmless(text: str, shown: str) -> None:
    assert plain(text) == shown
