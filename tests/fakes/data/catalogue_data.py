"""Thousands of plausible recordings, invented, all distinct, and the same for the same seed."""

import random
from collections.abc import Iterable, Sequence
from itertools import product

from segue.music.contracts.songs import Track
from tests.fakes.data.tracks import track_uri

_FIRST_NUMBER = 1_000_000  # far from the numbers of the small catalogue
_TRACKS_AN_ARTIST = 8
_TRACKS_A_RELEASE = 4
_GUEST_EVERY = 11

_QUALITIES = """
Amber Broken Careless Crooked Distant Early Fading Gentle Golden Hollow Hidden Idle Lonesome
Lucky Marble Narrow Northern Paper Patient Quiet Restless Rolling Rusty Scarlet Secret Silver
Sleepless Southern Stolen Sudden Tender Unsent Velvet Wandering Western Wicked Winter Yellow
"""
_THINGS = """
Avenue Balcony Bicycle Boulevard Bridge Candle Caravan Carnival Cathedral Compass Cradle Diamond
Doorway Engine Ferry Fountain Garden Harvest Horizon Island Kitchen Ladder Lantern Letter
Lighthouse Machine Meadow Mirror Morning Mountain Orchard Parade Pocket Promise Railway River
Satellite Shadow Signal Station Staircase Stranger Suitcase Telephone Thunder Tower Valley
Village Voyage Wedding Window Wire
"""
_FRAMES = ("{0} {1}", "My {0} {1}", "{0} {1} Blues", "Ballad of the {0} {1}", "No More {0} {1}")
_GIVEN = """
Ada Bram Cleo Dario Edda Fenna Gus Hedda Ivo Jonna Kaspar Lotte Milo Nadja Otis Petra Quentin
Rosa Sami Thea Ulf Vera Wendel Xenia Yann Zora
"""
_FAMILY = """
Abernathy Brightwater Castellan Dunmore Eastlake Fairweather Greenhalgh Hollis Ingram Jessop
Kettering Lindqvist Marchetti Northrop Okafor Pemberton Quill Rasmussen Sorensen Thackeray
Underhill Vandermeer Whitlock Yardley Zielinski
"""


def plausible_tracks(count: int, *, seed: int = 0) -> tuple[Track, ...]:
    """So many recordings with titles of their own, eight or so to an artist; at most 5,000."""
    dice = random.Random(seed)  # noqa: S311 - the same tracks every time, no secret
    pairs = product(_FRAMES, _QUALITIES.split(), _THINGS.split())
    titles = _shuffled(dice, (frame.format(*words) for frame, *words in pairs))
    people = _shuffled(dice, map(" ".join, product(_GIVEN.split(), _FAMILY.split())))
    assert count <= 5_000
    return tuple(_track(dice, number, titles[number], people) for number in range(count))


def _track(dice: random.Random, number: int, title: str, people: Sequence[str]) -> Track:
    release, artist = number // _TRACKS_A_RELEASE, number // _TRACKS_AN_ARTIST
    guests = (people[-1 - artist],) if number % _GUEST_EVERY == 0 else ()
    return Track(
        uri=track_uri(_FIRST_NUMBER + number),
        title=title,
        artists=(people[artist], *guests),
        album=f"{_THINGS.split()[release % 50]} Sessions {release}",
        release_date=str(dice.randint(1958, 2025)),
        duration_ms=dice.randint(120_000, 330_000),
    )


def _shuffled(dice: random.Random, texts: Iterable[str]) -> list[str]:
    held = list(texts)
    dice.shuffle(held)
    return held
