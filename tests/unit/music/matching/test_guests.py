"""Whom a recording names besides its main artist belongs to the recording."""

import zlib

import pytest
from hypothesis import given, strategies as st

from segue.music.contracts.songs import SongMetadata, Track
from segue.music.contracts.verdicts import Verdict
from segue.music.matching.decide import judge


def song(title: str, artist: str, **facts: object) -> SongMetadata:
    return SongMetadata.model_validate({"title": title, "artist": artist, **facts})


def track(title: str, *artists: str, **facts: object) -> Track:
    uri = f"spotify:track:{zlib.crc32(repr((title, artists, sorted(facts.items()))).encode()):022d}"
    return Track.model_validate({"uri": uri, "title": title, "artists": artists, **facts})


def penalties(verdict: Verdict) -> set[str]:
    return {line.name for line in verdict.alternatives[0].penalties}


ALONE = track("Harbour", "Ada", album="Harbour", release_date="2019")
WITH_BEN = track("Harbour (feat. Ben)", "Ada", album="Harbour", release_date="2018")
WITH_BEN_LISTED = track("Harbour", "Ada", "Ben", album="Harbour", release_date="2018")
WITH_CLEO = track("Harbour (with Cleo)", "Ada", "Cleo", album="Harbour", release_date="2017")
ALL = [ALONE, WITH_BEN, WITH_CLEO]


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        (song("Harbour", "Ada"), ALONE),
        (song("Harbour", "Ada feat. Ben"), WITH_BEN),
        (song("Harbour (ft. Ben)", "Ada"), WITH_BEN),
        (song("Harbour", "Ada, Ben"), WITH_BEN),
        (song("Harbour", "Ada & Ben"), WITH_BEN),
        (song("Harbour", "Ada", artists=("Ada", "Ben")), WITH_BEN),
        (song("Harbour", "Ada x Cleo"), WITH_CLEO),
        (song("Ada - Harbour (feat. Cleo)", ""), WITH_CLEO),
    ],
)
def test_of_several_recordings_the_one_with_the_guests_asked_for_is_added(
    asked: SongMetadata, meant: Track
):
    verdict = judge(asked, ALL)

    assert verdict.decision == "accept"
    assert verdict.track == meant
    assert not penalties(verdict)


def test_guests_in_the_list_of_artists_count_like_guests_in_the_title():
    assert judge(song("Harbour", "Ada feat. Ben"), [ALONE, WITH_BEN_LISTED]).track == (
        WITH_BEN_LISTED
    )
    assert judge(song("Harbour", "Ada"), [ALONE, WITH_BEN_LISTED]).track == ALONE


def test_guests_outweigh_album_year_and_pressing():
    wish = song("Harbour", "Ada", album="Harbour", year=2018)
    alone = track("Harbour - Remastered", "Ada", album="Best Of", release_date="2002")

    assert judge(wish, [alone, WITH_BEN]).track == alone


@pytest.mark.parametrize(
    ("asked", "given_", "name"),
    [
        (song("Harbour", "Ada feat. Ben"), ALONE, "absent"),
        (song("Harbour", "Ada"), WITH_BEN, "guests"),
        (song("Harbour", "Ada"), WITH_BEN_LISTED, "guests"),
    ],
)
def test_a_recording_with_other_guests_is_never_certain(
    asked: SongMetadata, given_: Track, name: str
):
    verdict = judge(asked, [given_])

    assert verdict.confidence < 1
    assert name in penalties(verdict)


@pytest.mark.parametrize(
    ("artist", "artists"),
    [
        ("Simon & Garfunkel", ("Simon & Garfunkel",)),
        ("Tyler, The Creator & ASAP Rocky", ("Tyler, The Creator", "A$AP Rocky")),
        ("Earth, Wind & Fire feat. Ben", ("Earth, Wind & Fire", "Ben")),
        ("Ada feat. Ben, Cleo & Dora", ("Ada", "Cleo", "Dora", "Ben")),
        ("Ben & Ada", ("Ada", "Ben")),
        ("Dave Brubeck", ("The Dave Brubeck Quartet",)),
    ],
)
def test_names_with_separators_in_them_are_taken_apart_only_where_the_other_side_does(
    artist: str, artists: tuple[str, ...]
):
    verdict = judge(song("Harbour", artist), [track("Harbour", *artists)])

    assert not {"absent", "guests"} & penalties(verdict)


def test_a_list_of_guests_in_a_bracket_is_parted_at_its_commas():
    verdict = judge(
        song("Harbour", "Ada feat. Ben, Cleo and Dora"),
        [track("Harbour (feat. Ben, Cleo & Dora)", "Ada")],
    )

    assert verdict.confidence == 1


def test_a_remixer_whom_the_version_names_is_no_guest():
    verdict = judge(
        song("Harbour (Ben Remix)", "Ada"), [track("Harbour - Ben Remix", "Ada", "Ben")]
    )

    assert verdict.confidence == 1


GUESTS = st.lists(st.sampled_from(["Ben", "Cleo", "Dora", "Emil & The Sons"]), unique=True)


@given(GUESTS, st.lists(GUESTS, min_size=1, max_size=4))
def test_the_set_of_guests_asked_for_wins_whatever_else_is_there(
    asked: list[str], others: list[list[str]]
):
    def recording(guests: list[str]) -> Track:
        bracket = f" (feat. {', '.join(guests)})" if guests else ""
        return track(f"Harbour{bracket}", "Ada", *guests)

    wish = SongMetadata(title="Harbour", artist="Ada", artists=("Ada", *asked))

    verdict = judge(wish, [recording(asked), *(recording(guests) for guests in others)])

    assert verdict.decision == "accept"
    assert verdict.track is not None
    assert set(verdict.track.artists[1:]) == set(asked)


def test_where_somebody_asked_for_is_on_another_version_a_person_decides():
    remix = track("Harbour (feat. Ben) - Remix", "Ada", "Ben")

    assert judge(song("Harbour", "Ada feat. Ben"), [ALONE]).decision == "accept"
    verdict = judge(song("Harbour", "Ada feat. Ben"), [ALONE, remix])
    assert verdict.decision == "review"
    assert "somebody asked for is on Harbour (feat. Ben) - Remix" in verdict.reason


def test_another_version_without_the_one_asked_for_changes_nothing():
    live = track("Harbour - Live", "Ada")

    assert judge(song("Harbour", "Ada feat. Ben"), [ALONE, live]).decision == "accept"
