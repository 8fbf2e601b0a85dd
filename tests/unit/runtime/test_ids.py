"""Workflow ids and links."""

from hypothesis import given, strategies as st

from segue.runtime.ids import ui_link, workflow_id


def test_an_id_reads_as_what_it_is_for():
    assert workflow_id("sync", "Road Trip: 2024!").startswith("sync-road-trip-2024-")


def test_the_same_parts_always_give_the_same_id():
    assert workflow_id("sync", "spotify", "p1") == "sync-spotify-p1-3d3dcdfbe53e"


def test_names_that_read_alike_stay_two_runs():
    assert workflow_id("sync", "Été") != workflow_id("sync", "ete")


def test_parts_are_not_glued_together():
    assert workflow_id("sync", "a", "bc") != workflow_id("sync", "ab", "c")


def test_a_name_in_another_script_is_readable_too():
    assert workflow_id("sync", "Мой плейлист").startswith("sync-moy-pleylist-")


def test_parts_without_a_letter_still_give_an_id():
    assert workflow_id("!", "?").startswith("run-")


@given(st.text(min_size=1), st.lists(st.text()))
def test_every_id_is_short_plain_ascii(kind: str, parts: list[str]):
    made = workflow_id(kind, *parts)

    assert len(made.encode("ascii")) <= 200
    assert set(made) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")


def test_a_link_leads_to_one_run():
    link = ui_link("http://127.0.0.1:8233/", "default", "sync/a b", "r1")

    assert link == "http://127.0.0.1:8233/namespaces/default/workflows/sync%2Fa%20b/r1/history"


def test_a_link_without_a_run_leads_to_the_latest():
    link = ui_link("http://127.0.0.1:8233", "default", "sync-1")

    assert link == "http://127.0.0.1:8233/namespaces/default/workflows/sync-1"
