"""What is generated is up to date, and nothing that a user can meet is undocumented."""

import re
from pathlib import Path

import pytest

from scripts import errors_docs, gallery_docs, settings_docs
from scripts.generated import write_or_check
from scripts.settings_docs import TEMPORAL_OWN, env_example, settings_page, variables
from segue.cli.exit_codes import ExitCode
from segue.settings.load import Settings, load_settings, rooms

ROOT = Path(__file__).parents[2]
VARIABLES = [variable for room in rooms() for variable in variables(room)]
NAMES = [*(variable.name for variable in VARIABLES), *TEMPORAL_OWN]


def _read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_the_settings_pages_are_up_to_date() -> None:
    assert _read(".env.example") == env_example()
    assert _read("docs/reference/settings.md") == settings_page()


def test_the_errors_page_is_up_to_date() -> None:
    assert _read(errors_docs.PAGE) == errors_docs.errors_page()


def test_the_pages_of_the_gallery_are_up_to_date() -> None:
    pages = gallery_docs.pages()

    assert {name: _read(name) for name in pages} == pages
    assert {path.name for path in (ROOT / gallery_docs.FOLDER).glob("*.md")} == {
        Path(name).name for name in pages
    }


@pytest.mark.parametrize("name", NAMES)
def test_every_setting_stands_in_both_places(name: str) -> None:
    assert re.search(rf"^(# )?{name}=", _read(".env.example"), re.MULTILINE)
    assert f"`{name}`" in _read("docs/reference/settings.md")


@pytest.mark.parametrize("variable", VARIABLES, ids=lambda variable: variable.name)
def test_every_setting_says_what_it_is_and_takes(variable: settings_docs.Variable) -> None:
    assert variable.name
    assert variable.description.endswith((".", "?"))
    assert variable.allowed


def test_every_error_code_has_its_own_section() -> None:
    anchors = re.findall(r'<a id="([^"]+)">', _read(errors_docs.PAGE))

    assert sorted(anchors) == sorted(error.code for error in errors_docs.documented())


def test_every_exit_code_is_explained() -> None:
    page = _read("docs/reference/exit-codes.md")
    explained = set(re.findall(r"^\| (\d+) \|", page, re.MULTILINE))

    assert explained == {str(int(code)) for code in ExitCode}
    assert {str(error.exit_code) for error in errors_docs.documented()} <= explained


def _shown(settings: Settings) -> dict[str, str]:
    return {name: repr(room) for name, room in vars(settings).items()}


def test_the_example_file_as_it_stands_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    bare = _shown(load_settings())

    (tmp_path / ".env").write_text(_read(".env.example"), encoding="utf-8")
    filled = _shown(load_settings())

    del bare["temporal_environment"], filled["temporal_environment"]
    assert filled == bare


def test_a_stale_page_fails_the_check_and_is_then_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pages = {"page.md": "new\n", "same.md": "same\n"}
    (tmp_path / "same.md").write_text("same\n", encoding="utf-8")

    monkeypatch.setattr("sys.argv", ["docs", "--check"])
    assert write_or_check(pages, "the command", root=tmp_path) == 1
    assert capsys.readouterr().out == "page.md: stale; run the command\n"
    assert not (tmp_path / "page.md").exists()

    monkeypatch.setattr("sys.argv", ["docs"])
    assert write_or_check(pages, "the command", root=tmp_path) == 0
    assert (tmp_path / "page.md").read_text(encoding="utf-8") == "new\n"

    monkeypatch.setattr("sys.argv", ["docs", "--check"])
    assert write_or_check(pages, "the command", root=tmp_path) == 0
