"""iTunes XML and XSPF."""

import pytest

from segue.errors.input import EmptyInputError, InputError, UnknownFormatError, UnreadableFileError
from tests.unit.music.files.importers.opened import read
from tests.unit.music.files.importers.sample import Sample
from tests.unit.music.files.importers.text_samples import ITUNES, XSPF

_BOMB = """<?xml version="1.0"?>
<!DOCTYPE {root} [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>
<{root}><trackList><track><title>&b;</title></track></trackList></{root}>"""


def test_a_chosen_playlist_comes_in_its_order_with_its_repetitions():
    outcome = read(ITUNES.content, "Library.xml", playlist="evening")

    titles = [song.title for song in outcome.songs]
    assert titles == ["Night Bus", "Tide [feat. Galaxy Nine]", "Night Bus"]
    assert [row.reason for row in outcome.refused] == [
        "the playlist names track '999', which the file does not describe"
    ]
    assert {entry.playlist for entry in outcome.entries} == {"Evening"}


def test_a_library_lists_the_users_playlists_only():
    assert read(ITUNES.content, "Library.xml").playlists == ("Evening",)


def test_an_exported_playlist_comes_in_its_order_even_when_it_stands_before_the_tracks():
    content = """<plist version="1.0"><dict>
      <key>Playlists</key><array><dict><key>Playlist Items</key><array>
        <dict><key>Track ID</key><integer>2</integer></dict>
        <dict><key>Track ID</key><integer>1</integer></dict></array>
        <key>Name</key><string>Mine</string></dict></array>
      <key>Tracks</key><dict>
        <key>1</key><dict><key>Name</key><string>One</string></dict>
        <key>2</key><dict><key>Name</key><string>Two</string></dict></dict></dict></plist>"""

    outcome = read(content, "Mine.xml")

    assert [song.title for song in outcome.songs] == ["Two", "One"]
    assert outcome.name == "Mine"


def test_a_playlist_that_is_not_there_is_refused_with_those_that_are():
    with pytest.raises(InputError, match="no playlist 'Morning'; there is 'Evening'"):
        read(ITUNES.content, "Library.xml", playlist="Morning")


@pytest.mark.parametrize(
    ("flag", "reason"),
    [
        ("<key>Movie</key><true/>", "a film"),
        ("<key>TV Show</key><true/>", "a television episode"),
        ("<key>iTunesU</key><true/>", "a lecture"),
        ("<key>Has Video</key><true/>", "a video"),
        ("<key>Track Type</key><string>URL</string>", "a radio stream"),
        ("<key>Genre</key><string>Audiobook</string>", "an audiobook"),
        ("<key>Has Video</key><true/><key>Music Video</key><true/>", None),
        ("<key>Podcast</key><false/>", None),
    ],
)
def test_what_is_no_music_is_refused_with_its_kind(flag: str, reason: str | None):
    content = ITUNES.content.replace(b"<key>Explicit</key><true/>", flag.encode())

    refused = {row.text: row.reason for row in read(content, "Library.xml").refused}

    assert refused.get("Mira Holm - Tide [feat. Galaxy Nine]") == reason


def test_no_path_leaves_a_library():
    outcome = read(ITUNES.content, "Library.xml")

    assert "someone" not in repr(outcome)


@pytest.mark.parametrize("root", ["plist", "playlist"])
def test_entities_are_refused_before_they_are_expanded(root: str):
    with pytest.raises(UnreadableFileError, match="XML entities"):
        read(_BOMB.format(root=root), "list.xml")


@pytest.mark.parametrize("kind", ["SYSTEM", 'PUBLIC "x"'])
def test_external_entities_are_refused(kind: str):
    content = f"""<!DOCTYPE plist [<!ENTITY x {kind} "file:///etc/hostname">]>
    <plist><dict><key>Tracks</key><dict><key>1</key><dict>
    <key>Name</key><string>&x;</string></dict></dict></dict></plist>"""

    with pytest.raises(UnreadableFileError, match="XML entities"):
        read(content, "list.xml")


@pytest.mark.parametrize("sample", [ITUNES, XSPF])
def test_a_file_that_breaks_off_is_refused(sample: Sample):
    with pytest.raises(UnreadableFileError, match="not well-formed XML"):
        read(sample.content[:-40], sample.file_name)


def test_elements_that_nest_without_end_are_refused():
    with pytest.raises(UnreadableFileError, match="nest more than 64 deep"):
        read("<playlist>" + "<a>" * 100_000, "list.xspf")


def test_a_title_without_end_is_refused_and_the_rest_read():
    content = XSPF.content.replace(b"Tide</title>", b"x" * 500_000 + b"</title>")

    outcome = read(content, "list.xspf")

    assert [song.title for song in outcome.songs] == ["Night Bus"]
    assert "at most 10,240 are read" in outcome.refused[0].reason


def test_an_encoding_nobody_knows_is_refused():
    with pytest.raises(UnreadableFileError, match="not well-formed XML"):
        read('<?xml version="1.0" encoding="klingon"?><playlist/>', "list.xspf")


def test_a_declared_encoding_is_followed():
    content = (
        '<?xml version="1.0" encoding="ISO-8859-1"?><playlist><trackList><track>'
        "<title>Kvöld</title></track></trackList></playlist>"
    )

    assert read(content.encode("latin-1"), "list.xspf").songs[0].title == "Kvöld"


def test_a_playlist_without_tracks_is_empty():
    with pytest.raises(EmptyInputError, match="holds no song"):
        read("<playlist><trackList/></playlist>", "list.xspf")


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("<!DOCTYPE html><html><body>Log in</body></html>", "a web page"),
        ("<rss><channel/></rss>", "XML of another kind \\(<rss>\\)"),
    ],
)
def test_other_markup_is_named(content: str, what: str):
    with pytest.raises(UnknownFormatError, match=what):
        read(content, "list.xml")
