"""Wishes that are the address or the ISRC of a track."""

from segue.music.contracts.songs import SongMetadata, Track
from segue.music.matching.decide import judge
from segue.music.matching.queries import search_queries

URI = "spotify:track:0aB1cD2eF3gH4iJ5kL6mN7"
ISRC = "SE6SA2227610"
BY_URI = SongMetadata(title=URI, uri=URI)
BY_ISRC = SongMetadata(title=ISRC, isrc=ISRC)


def track(uri: str = URI, title: str = "Tide", date: str | None = None) -> Track:
    return Track(uri=uri, title=title, artists=("Mira Holm",), isrc=ISRC, release_date=date)


def test_the_track_at_the_address_is_the_song_whatever_it_is_called():
    verdict = judge(BY_URI, [track("spotify:track:2", "Ebb"), track()])

    assert (verdict.decision, verdict.track, verdict.confidence) == ("accept", track(), 1.0)


def test_an_address_without_its_track_is_not_found():
    verdict = judge(BY_URI, [track("spotify:track:2")])

    assert (verdict.decision, verdict.reason) == ("none", f"The catalogue has no track {URI}.")


def test_of_pressings_with_one_isrc_the_earliest_is_the_song():
    first = track("spotify:track:2", "Tide - Remastered 2011", "1999")

    verdict = judge(BY_ISRC, [track(date="2011"), track("spotify:track:3"), first])

    assert (verdict.decision, verdict.track) == ("accept", first)
    assert len(verdict.alternatives) == 3


def test_different_songs_under_one_isrc_are_for_a_person():
    verdict = judge(BY_ISRC, [track(date="1999"), track("spotify:track:2", "Ebb")])

    assert (verdict.decision, verdict.confidence) == ("review", 0.5)


def test_an_isrc_is_asked_for_and_an_address_is_looked_up():
    assert search_queries(BY_ISRC) == (f"isrc:{ISRC}",)
    assert search_queries(BY_URI) == ()
