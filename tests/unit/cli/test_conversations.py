"""``segue conversations``: list, show, export, fork, delete."""

import json
import os
import pty
import subprocess
from pathlib import Path

import pytest

from segue.errors.storage import StorageError
from segue.runs.service.views import ConversationPage, StoredItem
from segue.sessions.turns import TurnRecord
from tests.fakes.doubles.agent_records import DETAIL, HEAD, AgentInstallation, Kept
from tests.fakes.programs.warm import command_of
from tests.unit.cli.conftest import Segue

_PROGRAM = "tests.fakes.doubles.agent_records"


@pytest.mark.parametrize("command", [(), ("list",)])
def test_conversations_are_listed_without_starting_anything(
    segue: Segue, command: tuple[str, ...]
) -> None:
    installation = AgentInstallation()

    result = segue("conversations", *command, "--limit", "5", on=installation)

    assert result.exit_code == 0
    assert "Trip to Oslo" in result.stdout
    assert "2026-11-25 12:00:00" in result.stdout
    assert installation.kept.calls == [("conversations", 5, None)]
    assert installation.opened == 0


def test_a_further_page_is_named_and_asked_for(segue: Segue) -> None:
    page = ConversationPage(conversations=(HEAD,), next="1.5 trip")
    installation = AgentInstallation(Kept(page=page))

    told = segue("conversations", on=installation)
    segue("conversations", "--after", "1.5 trip", on=installation)

    assert "--after '1.5 trip'" in told.stderr
    assert installation.kept.calls[-1] == ("conversations", 20, "1.5 trip")


def test_conversations_as_json_are_one_page(segue: Segue) -> None:
    result = segue("conversations", "list", "--json", on=AgentInstallation())

    assert json.loads(result.stdout) == {
        "conversations": [HEAD.model_dump(mode="json")],
        "next": None,
    }


def test_no_conversation_is_said_in_words(segue: Segue) -> None:
    installation = AgentInstallation(Kept(page=ConversationPage()))

    assert "No conversation" in segue("conversations", on=installation).stdout


def test_a_conversation_without_its_key_is_listed_as_such(segue: Segue) -> None:
    head = HEAD.model_copy(update={"readable": False, "encrypted": True, "title": ""})
    installation = AgentInstallation(Kept(page=ConversationPage(conversations=(head,))))

    assert "its key is not configured" in segue("conversations", on=installation).stdout


def test_a_database_that_is_away_ends_with_4(segue: Segue) -> None:
    installation = AgentInstallation(Kept(error=StorageError("away")))

    result = segue("conversations", "--json", on=installation)

    assert result.exit_code == 4
    assert json.loads(result.stdout)["error"]["code"] == "storage.unavailable"


def test_a_conversation_is_shown_with_its_turns_and_words(segue: Segue) -> None:
    result = segue("conversations", "show", "trip", on=AgentInstallation())

    assert result.exit_code == 0
    for words in ("Trip to Oslo", "Clerk", "gpt-x", "How is Oslo?", "Cold."):
        assert words in result.stdout


def test_a_conversation_as_json_holds_the_items_as_stored(segue: Segue) -> None:
    result = segue("conversations", "show", "trip", "--json", on=AgentInstallation())

    body = json.loads(result.stdout)
    assert [stored["item"] for stored in body["items"]] == [s.item for s in DETAIL.items]
    assert body["turns"][0]["spans"] == [[1, 2]]


def test_every_kind_of_item_is_shown_by_its_words(segue: Segue) -> None:
    items = (
        {"type": "function_call", "name": "pay", "arguments": '{"amount": 1}'},
        {"type": "function_call_output", "output": [{"type": "input_text", "text": "paid"}]},
        {"type": "reasoning", "summary": [{"type": "summary_text", "text": "thinking"}]},
        {"role": "assistant", "content": [{"type": "refusal", "refusal": "never"}]},
        {"type": "web_search_call", "id": "ws-1"},
        {"role": "user", "content": [{"type": "input_image", "image_url": "https://x.org"}]},
    )
    stored = tuple(StoredItem(seq=n, item=item) for n, item in enumerate(items, 1))
    head = HEAD.model_copy(update={"encrypted": True, "origin": "old", "title": ""})
    turns = (TurnRecord(number=2, kind="summary", covers=1), TurnRecord(number=3, spans=((1, 1),)))
    detail = DETAIL.model_copy(update={"conversation": head, "turns": turns, "items": stored})

    result = segue("conversations", "show", "trip", on=AgentInstallation(Kept(detail=detail)))

    expected = ("calls pay", '{"amount": 1}', "paid", "thinking", "never", "ws-1", "input_image")
    for words in (*expected, "encrypted", "forked from old", "summary"):
        assert words in result.stdout


def test_a_long_conversation_shows_its_end_and_says_what_is_missing(segue: Segue) -> None:
    installation = AgentInstallation()

    some = segue("conversations", "show", "trip", "--limit-rows", "1", on=installation).stdout
    whole = segue("conversations", "show", "trip", "--limit-rows", "0", on=installation).stdout

    assert "Cold." in some
    assert "How is Oslo?" not in some
    assert "1 earlier" in some
    assert "How is Oslo?" in whole
    assert "earlier" not in whole


def test_a_conversation_without_turns_is_shown(segue: Segue) -> None:
    detail = DETAIL.model_copy(update={"turns": ()})

    result = segue("conversations", "show", "trip", on=AgentInstallation(Kept(detail=detail)))

    assert "Cold." in result.stdout
    assert "gpt-x" not in result.stdout


def test_words_that_steer_a_terminal_are_shown_harmless(segue: Segue) -> None:
    evil = "\x1b[2Jgone \u202ereversed [bold]no markup[/]\nnext"
    item = StoredItem(seq=1, item={"role": "user", "content": evil})
    head = HEAD.model_copy(update={"title": evil})
    kept = Kept(
        detail=DETAIL.model_copy(update={"conversation": head, "items": (item,)}),
        page=ConversationPage(conversations=(head,)),
    )

    shown = segue("conversations", "show", "trip", on=AgentInstallation(kept)).stdout
    listed = segue("conversations", on=AgentInstallation(kept)).stdout

    for text in (shown, listed):
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert "[bold]" in text


@pytest.mark.parametrize("command", ["show", "export"])
def test_an_unknown_conversation_ends_with_12(segue: Segue, command: str) -> None:
    result = segue("conversations", command, "nothing", on=AgentInstallation())

    assert result.exit_code == 12
    assert "segue conversations" in result.stderr


def test_an_export_goes_to_the_screen_or_to_a_file(segue: Segue, tmp_path: Path) -> None:
    file = tmp_path / "trip.md"

    screen = segue("conversations", "export", "trip", on=AgentInstallation())
    options = ("--format", "markdown", "--out", str(file))
    written = segue("conversations", "export", "trip", *options, on=AgentInstallation())

    assert screen.stdout == "trip as json\n"
    assert written.stdout == ""
    assert "Wrote" in written.stderr
    assert file.read_text(encoding="utf-8") == "trip as markdown\n"


def test_an_export_to_nowhere_ends_with_2(segue: Segue, tmp_path: Path) -> None:
    nowhere = str(tmp_path / "missing" / "trip.json")

    result = segue("conversations", "export", "trip", "--out", nowhere, on=AgentInstallation())

    assert result.exit_code == 2
    assert "cannot be written" in result.stderr


def test_a_fork_takes_the_turns_along_that_were_asked_for(segue: Segue) -> None:
    installation = AgentInstallation()

    told = segue("conversations", "fork", "trip", "t2", "--after-turn", "1", on=installation)
    listed = segue("conversations", "fork", "trip", "t3", "--json", on=installation)

    assert "up to 1" in told.stdout
    assert json.loads(listed.stdout)["conversation"] == "t3"
    assert installation.kept.calls == [("fork", "trip", "t2", 1), ("fork", "trip", "t3", None)]
    assert "all its turns" in segue("conversations", "fork", "trip", "t4", on=installation).stdout


def test_nothing_is_deleted_unless_somebody_agrees(segue: Segue) -> None:
    installation = AgentInstallation()

    refused = segue("conversations", "delete", "trip", on=installation)

    assert refused.exit_code == 2
    assert "--yes" in refused.stderr
    assert installation.kept.calls == []


@pytest.mark.parametrize(("typed", "code", "told"), [("y\n", 0, "Deleted trip"), ("\n", 2, "")])
def test_a_person_at_the_terminal_is_asked_before_anything_is_deleted(
    typed: str, code: int, told: str
) -> None:
    keyboard, terminal = pty.openpty()
    process = subprocess.Popen(
        [*command_of(_PROGRAM), "conversations", "delete", "trip"],
        stdin=terminal,
        stdout=subprocess.PIPE,
        stderr=terminal,
        env={**os.environ, "TERM": "xterm"},
        start_new_session=True,
    )
    os.close(terminal)
    os.write(keyboard, typed.encode())  # typed ahead; the terminal keeps it
    said, _ = process.communicate(timeout=60)
    asked = os.read(keyboard, 10_000).decode()
    os.close(keyboard)

    assert process.returncode == code
    assert told in said.decode()
    assert "Delete trip for good?" in asked


def test_an_agreed_deletion_is_done_and_told(segue: Segue) -> None:
    told = segue("conversations", "delete", "trip", "--yes", on=AgentInstallation())
    listed = segue("conversations", "delete", "trip", "--yes", "--json", on=AgentInstallation())

    assert "Deleted trip" in told.stdout
    assert json.loads(listed.stdout)["effects"] == 2
    assert segue("conversations", "delete", "no", "--yes", on=AgentInstallation()).exit_code == 12
