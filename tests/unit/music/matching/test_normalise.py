"""One spelling for many: what texts look like before they are compared or searched."""

import pytest

from segue.music.contracts.songs import SongMetadata, Track
from segue.music.matching.decide import judge
from segue.music.matching.normalise import bound_length, search_words, uncensor
from segue.music.matching.queries import search_queries


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("Déjà Vu", ["deja", "vu"]),
        ("春よ、来い", ["春", "よ", "来", "い"]),
        ("S** Tape", ["s", "tape"]),
        ("???", []),
    ],
)
def test_a_search_index_gets_folded_words_and_single_han_and_kana_letters(written, words):
    assert words == search_words(written)


@pytest.mark.parametrize(
    ("written", "spelt"),
    [
        ("B**** Better", "bitch Better"),
        ("F**k You", "fuck You"),
        ("No stars", "No stars"),
        ("*** Baby", "*** Baby"),
        ("Z**q", "Z**q"),
    ],
)
def test_a_censored_word_is_spelt_out_where_it_can_only_be_a_usual_one(written, spelt):
    assert spelt == uncensor(written)


def test_a_censored_wish_is_searched_as_it_is_spoken():
    assert "fuck" in search_queries(SongMetadata(title="F**k You", artist="CeeLo Green"))[0]


def test_damaged_text_that_fits_is_accepted_and_too_little_of_it_is_not():
    given = Track(uri="spotify:track:" + "1" * 22, title="Dernière danse", artists=("Indila",))
    whole = SongMetadata(title="Derni\ufffdre danse", artist="Indila")
    scrap = SongMetadata(title="D\ufffd", artist="Indila")

    assert judge(whole, [given]).decision == "accept"
    assert judge(scrap, [given]).decision != "accept"


def test_a_damaged_artist_that_fits_is_enough():
    given = Track(uri="spotify:track:" + "1" * 22, title="Where Are Ü Now", artists=("Jack Ü",))

    verdict = judge(SongMetadata(title="Where Are Ü Now", artist="Jack \ufffd"), [given])

    assert verdict.decision == "accept"
    assert "what is left of the artist fits" in verdict.reason


@pytest.mark.parametrize(
    ("written", "tidied"),
    [
        ("Blue in Green", "Blue in Green"),
        ("Blue  in\nGreen", "Blue in Green"),
        ("Miles Davis \t Blue in Green", "Miles Davis\tBlue in Green"),
        ("x" * 2_000, "x" * 1_000),
    ],
)
def test_names_are_bounded_and_keep_the_tabs_that_part_them(written, tidied):
    assert bound_length(written) == tidied


@pytest.mark.parametrize("run", [" ", "\u00a0", "a by ", "a - ", "a\t", '"', "(", " & ", ", "])
def test_a_title_of_100_kilobytes_is_read_and_judged(run):
    title = "Blue in Green" + run * (100_000 // len(run)) + "x"
    track = Track(uri="spotify:track:" + "a" * 22, title=title, artists=(title,), album=title)
    song = SongMetadata(title=title)

    assert search_queries(song)
    assert judge(song, [track]).alternatives
    assert judge(SongMetadata(title="Blue in Green", artist="Miles Davis"), [track])
