"""Titles and artists of signs alone."""

import pytest

from segue.music.contracts.songs import SongMetadata, Track
from segue.music.matching.decide import judge
from segue.music.matching.normalise import symbols


def track(title: str, artist: str = "Glyphs") -> Track:
    return Track(uri=f"spotify:track:{title}", title=title, artists=(artist,))


@pytest.mark.parametrize("title", ["💔", "❤️", "÷", "???", "!!!", "$", "+"])
def test_a_title_of_signs_finds_the_track_of_that_title_alone(title: str):
    others = [track(other) for other in ("💔💔💔", "=", "Glyphs", "Broken Heart", "Divide")]

    verdict = judge(SongMetadata(title=title, artist="Glyphs"), [*others, track(title)])

    assert (verdict.decision, verdict.track) == ("accept", track(title))
    assert judge(SongMetadata(title=title, artist="Glyphs"), others).decision == "none"


def test_an_artist_of_signs_is_an_artist():
    song = SongMetadata(title="Heart of Hearts", artist="!!!")

    assert judge(song, [track("Heart of Hearts", "!!!")]).decision == "accept"
    assert judge(song, [track("Heart of Hearts", "???")]).decision == "none"


@pytest.mark.parametrize("text", ["-", "( )", " \u2014 ", '""', ".", ""])
def test_punctuation_alone_is_no_title(text: str):
    assert symbols(text) == ""
    assert judge(SongMetadata(title=text, artist="Glyphs"), [track("x")]).decision == "none"


@pytest.mark.parametrize(
    ("line", "title", "artist"),
    [
        ("Lightning Crashes - Live", "Lightning Crashes", "Live"),
        ("Live - Lightning Crashes", "Lightning Crashes", "Live"),
        ("Going Underground - The Jam", "Going Underground", "The Jam"),
        ("The Jam - Going Underground", "Going Underground", "The Jam"),
        ("Take That - Back for Good", "Back for Good", "Take That"),
        ("Back for Good - Take That", "Back for Good", "Take That"),
        ("Deep Down - Mix Master", "Deep Down", "Mix Master"),
        (
            "\u7c73\u6d25\u300c\u611f\u96fb\u300d Official Music Video",
            "\u611f\u96fb",
            "\u7c73\u6d25",
        ),
    ],
)
def test_a_word_for_versions_may_be_an_artists_name(line: str, title: str, artist: str):
    wanted = track(title, artist)

    verdict = judge(SongMetadata(title=line), [track(title, "Somebody Else"), wanted])

    assert (verdict.decision, verdict.track) == ("accept", wanted)
