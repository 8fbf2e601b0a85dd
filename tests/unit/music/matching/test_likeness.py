"""How alike two titles are."""

from segue.music.matching.likeness import SAME, compare_titles
from segue.music.matching.titles import read_title


def test_words_that_one_side_has_in_a_bracket_are_the_same_without_it() -> None:
    with_bracket = read_title("Alone in the Dark (with You)")
    without = read_title("Alone in the Dark with You")

    assert with_bracket.full != without.full
    assert compare_titles(with_bracket, without) == SAME
