import pytest

from segue.music.files.importers.addresses import parse_isrc, parse_uri
from segue.music.files.importers.values import (
    DurationUnit,
    clean_text,
    excerpt,
    parse_duration_ms,
    parse_year,
)

_ID = "0aB1cD2eF3gH4iJ5kL6mN7"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3:45", 225_000),
        ("03:45", 225_000),
        ("1:02:03", 3_723_000),
        ("3:45.6", 225_000),
        ("03:45:00", 225_000),
        ("12:05:00", 725_000),
        ("1:02:01", 3_721_000),
        ("3,45", None),
        ("3.45", None),
        ("1000", None),
        ("999", 999_000),
        ("225", 225_000),
        ("225.5", 225_500),
        ("225,5", 225_500),
        ("225000", 225_000),
        (" 225000 ", 225_000),
        ("PT3M45S", 225_000),
        ("pt1h", 3_600_000),
        ("", None),
        ("0", None),
        ("-1", None),
        ("0:00", None),
        ("PT", None),
        ("3:75", None),
        ("nan", None),
        ("1e5", None),
        ("²25", None),
        ("9" * 40, None),
        ("90000000000", None),
        ("three minutes", None),
    ],
)
def test_a_duration_is_read_in_every_usual_spelling_or_dropped(text: str, expected: int | None):
    assert parse_duration_ms(text) == expected


@pytest.mark.parametrize(("unit", "expected"), [("ms", 9_000), ("s", None), ("auto", None)])
def test_the_unit_of_the_heading_wins_over_the_size_of_the_number(
    unit: DurationUnit, expected: int | None
):
    assert parse_duration_ms("9000" if unit != "s" else "90000000", unit) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1999", 1999),
        ("1999-01-01", 1999),
        ("1999.0", 1999),
        ("Apr 1, 1999", 1999),
        ("01/04/1999", 1999),
        ("0000", None),
        ("1700", None),
        ("19990", None),
        ("", None),
        ("soon", None),
    ],
)
def test_a_year_is_found_in_any_date_or_dropped(text: str, expected: int | None):
    assert parse_year(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("USUM71409737", "USUM71409737"),
        ("us-um7-14-09737", "USUM71409737"),
        ("2537754501", None),
        ("USUM7140973", None),
        ("ＵＳUM71409737", None),  # noqa: RUF001 - full-width letters are no ISRC
        ("", None),
    ],
)
def test_an_isrc_is_taken_by_its_form_only(text: str, expected: str | None):
    assert parse_isrc(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"spotify:track:{_ID}", f"spotify:track:{_ID}"),
        (_ID, f"spotify:track:{_ID}"),
        (f"https://open.spotify.com/track/{_ID}?si=1", f"spotify:track:{_ID}"),
        (f"https://open.spotify.com/intl-de/track/{_ID}", f"spotify:track:{_ID}"),
        ("https://www.deezer.com/track/12", "https://www.deezer.com/track/12"),
        ("https://musicbrainz.org/recording/1", "https://musicbrainz.org/recording/1"),
        ("spotify:local:a:b:c:1", None),
        ("file:///home/someone/a.mp3", None),
        ("/home/someone/a.mp3", None),
        ("https://radio.example/stream?token=secret", None),
        ("https://musicbrainz.org.example/recording/1", None),
        ("", None),
    ],
)
def test_only_addresses_in_public_catalogues_are_kept(text: str, expected: str | None):
    assert parse_uri(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  Tide \t and\nshore ", "Tide and shore"),
        ("Ti\x00de\x1b[31m", "Tide[31m"),
        ("Tide\u202egnp.exe", "Tidegnp.exe"),
        ("Ti\u200bde\ufeff", "Tide"),
        ("Tide\U000e0041\U000e0042", "Tide"),
        ("Ti\ud800de", "Tide"),
        ("نیم\u200cفصل", "نیم\u200cفصل"),
        ("Sigur Rós 🎵", "Sigur Rós 🎵"),
    ],
)
def test_unseen_characters_go_and_the_text_stays(text: str, expected: str):
    assert clean_text(text) == expected


def test_an_excerpt_fits_on_a_report_line():
    assert excerpt("x" * 10_000) == "x" * 199 + "…"
    assert excerpt("Tide") == "Tide"
