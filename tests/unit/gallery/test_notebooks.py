"""Notes behind a handle: nobody without it, and the same after a restart."""

from pathlib import Path

import pytest

from segue.errors.gallery import NotebookError
from segue.gallery.tools.tool_servers.notebooks import LIFE_S, MOST_NOTES, Entity, Notebooks

NOTE = Entity(name="a", observations=["tag: x", "Text with ' and ü"])


def test_another_process_finds_the_notes_of_a_handle_and_those_of_no_other(tmp_path: Path):
    file = tmp_path / "notes.db"
    one, other = [Notebooks(file).open_notebook() for _ in range(2)]
    Notebooks(file).create_entities(one, [NOTE])

    again = Notebooks(file)
    assert again.search_nodes(one, ["tag: x"]) == [NOTE]
    assert again.search_nodes(one, ["tag: x", "tag: y"]) == []
    assert again.search_nodes(other, ["tag: x"]) == []
    assert len(one) >= 32


def test_a_call_that_comes_twice_does_what_it_did_once(tmp_path: Path):
    notes = Notebooks(tmp_path / "notes.db")
    handle = notes.open_notebook()

    for _ in range(2):
        assert notes.create_entities(handle, [NOTE]) == ["a"]
    assert notes.search_nodes(handle, []) == [NOTE]
    for _ in range(2):
        assert notes.delete_entities(handle, ["a"]) == "deleted"
    assert notes.search_nodes(handle, []) == []


def test_a_handle_that_nobody_opened_or_that_was_closed_is_refused(tmp_path: Path):
    notes = Notebooks(tmp_path / "notes.db")
    handle = notes.open_notebook()
    notes.create_entities(handle, [NOTE])
    for _ in range(2):
        notes.close_notebook(handle)

    for each in (handle, "guess"):
        with pytest.raises(NotebookError, match="no notebook of this handle"):
            notes.search_nodes(each, [])


def test_a_notebook_expires_a_week_after_its_last_use(tmp_path: Path):
    now = [1_000.0]
    notes = Notebooks(tmp_path / "notes.db", clock=lambda: now[0])
    handle = notes.open_notebook()
    now[0] += LIFE_S
    assert notes.search_nodes(handle, []) == []  # used: a week more
    now[0] += LIFE_S
    assert notes.search_nodes(handle, []) == []

    now[0] += LIFE_S + 1
    with pytest.raises(NotebookError, match="expired"):
        notes.search_nodes(handle, [])


def test_a_full_notebook_takes_none_of_a_call_that_would_be_too_much(tmp_path: Path):
    notes = Notebooks(tmp_path / "notes.db")
    handle = notes.open_notebook()
    notes.create_entities(
        handle, [Entity(name=str(number), observations=[]) for number in range(MOST_NOTES)]
    )

    with pytest.raises(NotebookError, match="at most"):
        notes.create_entities(handle, [NOTE])
    assert len(notes.search_nodes(handle, [])) == MOST_NOTES


def test_nobody_else_on_the_machine_can_read_the_notes(tmp_path: Path):
    Notebooks(tmp_path / "notes.db").open_notebook()

    assert (tmp_path / "notes.db").stat().st_mode & 0o077 == 0
