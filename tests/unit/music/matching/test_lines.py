"""Lines of text that one comma parts."""

import pytest

from segue.music.contracts.songs import SongMetadata, Track
from segue.music.matching.decide import judge

TIDE = Track(uri="spotify:track:1", title="Tide", artists=("Mira Holm",))


@pytest.mark.parametrize("line", ["Mira Holm, Tide", "Tide, Mira Holm"])
def test_a_comma_parts_artist_and_title_where_nothing_else_does(line: str):
    assert judge(SongMetadata(title=line), [TIDE]).decision == "accept"


@pytest.mark.parametrize("line", ["Mira Holm, Galaxy Nine, Tide", "Tide, ", ", Tide"])
def test_several_commas_and_empty_halves_part_nothing(line: str):
    assert judge(SongMetadata(title=line), [TIDE]).decision != "accept"


def pressing(number: int, title: str, date: str) -> Track:
    uri = f"spotify:track:{number}"
    return Track(uri=uri, title=title, artists=("Mira Holm",), release_date=date)


@pytest.mark.parametrize(
    "label", ["2019 Mix", "Stereo Mix", "Single Version", "Remastered 2012", "Single Mix"]
)
def test_a_line_that_names_a_pressing_means_that_one_before_earlier_ones(label: str):
    plain, asked = pressing(1, "Tide", "1999"), pressing(2, f"Tide - {label}", "2019")

    verdict = judge(SongMetadata(title=f"Mira Holm - Tide - {label}"), [plain, asked])

    assert (verdict.decision, verdict.track) == ("accept", asked)
    assert judge(SongMetadata(title="Mira Holm - Tide"), [plain, asked]).track == plain


def test_a_label_of_a_video_is_no_part_of_the_title():
    line = SongMetadata(title="Mira Holm - Tide (Official Video) | HD")

    assert judge(line, [pressing(1, "Tide", "1999")]).decision == "accept"


@pytest.mark.parametrize(
    "credit", ["Holm, The Sailor, Galaxy Nine", "Holm, The Sailor, Galaxy Nine, Nora Quill"]
)
def test_a_name_with_a_comma_among_others_is_one_performer(credit: str):
    track = Track(uri="spotify:track:1", title="Tide", artists=("Holm, The Sailor", "Galaxy Nine"))

    assert judge(SongMetadata(title="Tide", artist=credit), [track]).decision != "none"
