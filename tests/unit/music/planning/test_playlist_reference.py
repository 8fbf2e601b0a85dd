"""What is given for a playlist: its address or a name; nothing else passes for one."""

import pytest

from segue.errors.input import InputError
from segue.music.planning.playlist_reference import playlist_id

ID = "37i9dQZF1DXcBWIGoYBM5M"


@pytest.mark.parametrize(
    "reference",
    [
        f"spotify:playlist:{ID}",
        f" https://open.spotify.com/playlist/{ID}?si=1&pt=2\n",
        f"https://open.spotify.com/intl-de/playlist/{ID}",
        f"https://open.spotify.com/user/ada/playlist/{ID}",
        f"open.spotify.com/playlist/{ID}",
        f"http://127.0.0.1:8400/playlist/{ID}",
    ],
)
def test_an_address_holds_the_id(reference: str):
    assert playlist_id(reference) == ID


@pytest.mark.parametrize(
    "name",
    ["Summer", ID, "Mix:Summer", "AC/DC", "spotify: best of", "T.N.T./live", "a.b", "夏の歌",
     "👨\u200d👩\u200d👧 family", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
     "my playlist/2026", "http"],
)  # fmt: skip
def test_a_name_is_one(name: str):
    assert playlist_id(name) is None


@pytest.mark.parametrize(
    ("reference", "told"),
    [
        ("spotify:playlist:nosuchplaylist", "cut or misspelt"),
        (f"spotify:playlist:{ID}x", "cut or misspelt"),
        (f"https://open.spotify.com/playlist/{ID[:-4]}", "cut or misspelt"),
        ("open.spotify.com/playlist/", "cut or misspelt"),
        (f"spotify:album:{ID}", "the address of an album"),
        (f"https://open.spotify.com/album/{ID}", "the address of an album"),
        (f"https://open.spotify.com/intl-fr/track/{ID}?si=x", "the address of a track"),
        (f"SPOTIFY:ARTIST:{ID}", "the address of an artist"),
        ("https://spotify.link/abc", "an address that is no playlist's"),
        ("https:/open.spotify", "an address that is no playlist's"),
        ("https://music.apple.com/us/x/pl.u-1", "an address that is no playlist's"),
        ("youtu.be/dQw4w9WgXcQ", "an address that is no playlist's"),
        ("Road\u202etrip", "control or direction characters"),
        ("Road\ntrip", "control or direction characters"),
        ("Road\u2066trip", "control or direction characters"),
    ],
)
def test_what_was_meant_as_something_else_is_never_a_name(reference: str, told: str):
    with pytest.raises(InputError, match=told):
        playlist_id(reference)
