"""Edit scripts, replayed on a model of Spotify's playlist semantics."""

from collections import Counter

from hypothesis import given, strategies as st

from segue.music.planning.playlist_edits import (
    PlaylistEdit,
    append_target,
    edit_script,
    wanted_but_absent,
)

URIS = st.sampled_from([f"t{n}" for n in range(8)])
SLOTS = st.lists(st.one_of(URIS, st.none()), max_size=14).map(tuple)
TARGETS = st.lists(URIS, max_size=14).map(tuple)


def after(slots, script):
    """The playlist as Spotify would leave it."""
    for edit in script:
        if edit.kind == "remove":
            slots = tuple(slot for slot in slots if slot not in edit.uris)
        else:
            slots = (*slots[: edit.position], *edit.uris, *slots[edit.position :])
    return slots


def held(slots):
    return tuple(slot for slot in slots if slot is not None)


@given(current=SLOTS, target=TARGETS, chunk=st.integers(1, 4))
def test_a_script_always_ends_at_its_target(current, target, chunk):
    assert target == held(after(current, edit_script(current, target, chunk=chunk)))


@given(current=SLOTS, target=TARGETS)
def test_no_unavailable_slot_is_ever_lost(current, target):
    done = after(current, edit_script(current, target, chunk=100))

    assert current.count(None) == done.count(None)


@given(current=SLOTS)
def test_a_playlist_that_is_right_needs_no_edit(current):
    assert edit_script(current, held(current), chunk=100) == ()


@given(current=SLOTS, target=TARGETS, stop=st.integers(0, 10), chunk=st.integers(1, 3))
def test_a_script_cut_anywhere_is_completed_by_planning_again(current, target, stop, chunk):
    halfway = after(current, edit_script(current, target, chunk=chunk)[:stop])

    assert target == held(after(halfway, edit_script(halfway, target, chunk=chunk)))


@given(baseline=SLOTS, additions=TARGETS, chunk=st.integers(1, 4), stop=st.integers(0, 6))
def test_appending_survives_a_cut_and_keeps_order_and_repeats(baseline, additions, chunk, stop):
    target = append_target(baseline, baseline, additions, repair=False)
    halfway = after(baseline, edit_script(baseline, target, chunk=chunk)[:stop])
    again = append_target(halfway, baseline, additions, repair=True)

    assert (*held(baseline), *additions) == target == again


@given(baseline=SLOTS, additions=TARGETS, foreign=URIS, place=st.integers(0, 30))
def test_what_others_add_meanwhile_stays_unless_a_write_of_ours_is_in_doubt(
    baseline, additions, foreign, place
):
    done = (*held(baseline), *additions)
    spot = min(place, len(done))
    disturbed = (*done[:spot], foreign, *done[spot:])

    assert disturbed == append_target(disturbed, baseline, additions, repair=False)


@given(
    baseline=SLOTS,
    additions=st.lists(URIS, min_size=1, max_size=14).map(tuple),
    times=st.integers(1, 2),
)
def test_a_chunk_that_arrived_twice_is_taken_out_again(baseline, additions, times):
    doubled = (*baseline, *additions, *(additions * times))
    target = append_target(doubled, baseline, additions, repair=True)
    repaired = after(doubled, edit_script(doubled, target, chunk=100))

    assert Counter(held(baseline)) + Counter(additions) == Counter(held(repaired))
    assert (*held(baseline), *additions) == held(repaired)


@given(current=SLOTS, wanted=TARGETS)
def test_present_and_absent_together_are_what_was_wanted(current, wanted):
    absent = wanted_but_absent(current, wanted)
    held_counts = Counter(held(current))

    for uri, count in Counter(wanted).items():
        assert max(0, count - held_counts[uri]) == sum(wanted[index] == uri for index in absent)


def test_appending_to_a_long_playlist_is_one_insert_per_chunk_at_its_end():
    current = tuple(f"old{n}" for n in range(3))
    additions = tuple(f"new{n}" for n in range(5))

    script = edit_script(current, append_target(current, current, additions, repair=False), chunk=2)

    assert (
        PlaylistEdit(kind="insert", uris=("new0", "new1"), position=3),
        PlaylistEdit(kind="insert", uris=("new2", "new3"), position=5),
        PlaylistEdit(kind="insert", uris=("new4",), position=7),
    ) == script


def test_a_moved_track_is_taken_out_and_put_back_at_its_place():
    script = edit_script(("a", "b", "c", "d"), ("b", "c", "d", "a"), chunk=100)

    assert (
        PlaylistEdit(kind="remove", uris=("a",)),
        PlaylistEdit(kind="insert", uris=("a",), position=3),
    ) == script
