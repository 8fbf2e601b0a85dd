"""The release that a wish names tells which recording of a song is meant."""

import zlib

import pytest

from segue.music.contracts.songs import SongMetadata, Track
from segue.music.matching.decide import judge


def song(title: str = "Harbour", album: str | None = None, **facts: object) -> SongMetadata:
    return SongMetadata.model_validate({"title": title, "artist": "Ada", "album": album, **facts})


def track(title: str, album: str | None, **facts: object) -> Track:
    name = zlib.crc32(repr((title, album, sorted(facts.items()))).encode())
    uri = f"spotify:track:{name:022d}"
    return Track.model_validate({
        "uri": uri,
        "title": title,
        "artists": ("Ada",),
        "album": album,
        **facts,
    })


STUDIO = track("Harbour", "Tides")
LIVE = track("Harbour - Live", "The Farewell")
OTHER_LIVE = track("Harbour - Live in Oslo", "Northern Nights")
AGAIN = track("Harbour (Re-Recorded)", "Tides (Re-Recorded)")


@pytest.mark.parametrize(
    ("album", "meant"),
    [
        ("The Farewell", LIVE),
        ("Northern Nights", OTHER_LIVE),
        ("Tides", STUDIO),
        ("Tides (Re-Recorded)", AGAIN),
        (None, STUDIO),
    ],
)
def test_the_recording_on_the_release_asked_for_is_added(album: str | None, meant: Track):
    verdict = judge(song(album=album), [STUDIO, LIVE, OTHER_LIVE, AGAIN])

    assert verdict.decision == "accept"
    assert verdict.track == meant


def test_a_live_track_is_found_by_its_release_where_nothing_else_is_there():
    verdict = judge(song(album="The Farewell"), [LIVE])

    assert verdict.decision == "accept"
    assert "on the release asked for it is live" in verdict.reason


@pytest.mark.parametrize("album", [None, "Tides", "The Farewell Tour"])
def test_a_live_track_of_another_release_is_not_the_plain_one(album: str | None):
    assert judge(song(album=album), [LIVE]).decision != "accept"


def test_a_studio_recording_is_ruled_out_where_the_release_holds_a_live_one():
    studio = judge(song(album="The Farewell"), [STUDIO, LIVE]).alternatives[1]

    assert studio.track == STUDIO
    assert studio.confidence < 0.8


@pytest.mark.parametrize(
    ("title", "album"),
    [
        ("Harbour - Live", "Tides (Deluxe Edition)"),  # holds the plain one, too
        ("Harbour - Live", "Harbour"),  # a single
        ("Harbour - Remix", "The Farewell"),
        ("Harbour - Karaoke Version", "The Farewell"),
        ("Harbour - Demo", "The Farewell"),
    ],
)
def test_a_release_that_may_hold_the_plain_recording_says_nothing(title: str, album: str):
    assert judge(song(album=album), [track(title, album)]).decision != "accept"


def test_a_release_with_the_plain_recording_means_the_plain_one():
    plain = track("Harbour", "The Farewell")

    assert judge(song(album="The Farewell"), [LIVE, plain]).track == plain


def test_a_track_without_a_release_says_nothing_of_the_release_asked_for():
    loose = track("Harbour - Live", None)

    assert judge(song(album="The Farewell"), [STUDIO, loose]).track == STUDIO


def test_a_length_still_tells_another_recording_on_the_release():
    live = track("Harbour - Live", "The Farewell", duration_ms=400_000)

    assert judge(song(album="The Farewell", duration_ms=200_000), [live]).decision != "accept"


def test_a_re_recorded_release_is_another_one_than_the_first():
    old = track("Harbour", "Fearless")

    verdict = judge(song(album="Fearless (Taylor's Version)"), [old])

    assert verdict.decision == "review"
    assert {line.name for line in verdict.alternatives[0].penalties} == {"version", "album"}


def test_another_release_than_the_soundtrack_asked_for_is_a_doubt():
    film = track("Harbour", "The Lighthouse (Original Motion Picture Soundtrack)")
    cut = track("Harbour - Radio Edit", "The Lighthouse (Original Motion Picture Soundtrack)")
    wish = song(album="The Lighthouse (Original Motion Picture Soundtrack)")

    assert judge(wish, [STUDIO, film]).track == film
    assert judge(wish, [STUDIO, cut]).track == cut
    assert judge(wish, [STUDIO]).confidence <= 0.95


GUEST = track("Harbour", "The Bay", artists=("Ada", "Mira Holm"))


def test_a_recording_without_the_guest_of_the_release_asked_for_is_a_doubt():
    verdict = judge(song(album="The Bay"), [STUDIO, GUEST])

    assert verdict.decision == "review"
    assert "on the release asked for it is by Ada, Mira Holm" in verdict.reason


@pytest.mark.parametrize(
    ("album", "other"),
    [
        (None, GUEST),
        ("Tides", GUEST),
        ("Shores", GUEST),
        ("The Bay", track("Harbour", None, artists=("Ada", "Mira Holm"))),
        ("The Bay", track("Harbour - Karaoke", "The Bay", artists=("Ada", "Mira Holm"))),
    ],
)
def test_a_guest_elsewhere_makes_the_plain_recording_no_doubt(album: str | None, other: Track):
    verdict = judge(song(album=album), [STUDIO, other])

    assert (verdict.decision, verdict.track) == ("accept", STUDIO)
