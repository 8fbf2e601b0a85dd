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
