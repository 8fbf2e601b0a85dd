"""What stands in, offline, for the tools that a model's provider runs."""

import struct
import zlib

from segue.gallery.tools.calculator import calculation
from segue.gallery.tools.drawing import SIZE, draw, subjects_of
from segue.gallery.tools.images import kind_of
from segue.gallery.tools.texts import FOLDER, passages_of, search


def pixels_of(picture: bytes) -> bytes:
    """The rows of a PNG with one IDAT chunk, each after its filter byte; its checksum is right."""
    at = picture.index(b"IDAT")
    (length,) = struct.unpack(">I", picture[at - 4 : at])
    data = picture[at + 4 : at + 4 + length]
    assert struct.unpack(">I", picture[at + 4 + length :][:4]) == (zlib.crc32(b"IDAT" + data),)
    return zlib.decompress(data)


def test_every_passage_has_a_title_a_source_and_a_sentence():
    passages = [each for file in FOLDER.glob("*.md") for each in passages_of(file.name)]

    assert len(passages) > 15
    assert all(each.title and each.text.endswith(".") for each in passages)
    assert all(each.first_sentence.endswith(".") for each in passages)
    assert {each.source for each in passages_of("arrakis.md")} == {"arrakis.md"}
    assert all(each.source.startswith("https://") for each in passages_of("web.md"))


def test_a_search_finds_words_in_other_forms_best_first_and_no_more_than_asked_for():
    passages = passages_of("arrakis.md")

    assert search(passages, "What do sandtrouts do?")[0].title == "Why the planet is dry"
    assert len(search(passages, "Arrakis and the desert", most=2)) == 2


def test_a_search_finds_nothing_where_nothing_is_and_takes_no_question_for_a_command():
    passages = passages_of("arrakis.md")

    assert search(passages, "Who are you?") == []
    assert search(passages, "xylophone") == []
    assert search(passages, 'worm" OR title:* NEAR( --')[0].source == "arrakis.md"


def test_a_drawing_is_a_picture_of_what_is_named_and_the_same_each_time():
    frog, pizza, rings = draw("A frog"), draw("Two pizzas"), draw("A house")

    assert subjects_of("Frogs that eat pizza, a froghopper too") == ("frog", "pizza")
    assert subjects_of("a froghopper") == ()
    assert len({frog, pizza, rings, draw("A boat"), draw("A frog and a pizza")}) == 5
    for picture in (frog, pizza, rings):
        assert kind_of(picture) == "image/png"
        assert len(pixels_of(picture)) == SIZE * (3 * SIZE + 1)
        assert b"Drawn offline by rules" in picture
        assert len(picture) < 10_000
    assert draw("A frog") == frog


def test_a_calculation_says_its_value_or_why_it_has_none():
    assert calculation("sqrt(273*312821+1782)") == "sqrt(273*312821+1782) = 9241.31565309"
    assert calculation("1 / 0") == "It divides by zero."
    assert "calculator does not know" in calculation("open('/etc/passwd').read()")
