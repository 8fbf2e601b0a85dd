"""Playlist files, XML, JSON and plain text: one small file per format, and what comes out.

The songs are ours; the shapes are those of real exports.
"""

import json

from segue.music.contracts.songs import SongMetadata
from tests.unit.music.files.importers.sample import Sample

_ID_1, _ID_2 = "0aB1cD2eF3gH4iJ5kL6mN7", "7zY6xW5vU4tS3rQ2pO1nM0"
_URI_1, _URI_2 = f"spotify:track:{_ID_1}", f"spotify:track:{_ID_2}"
_MBID = "https://musicbrainz.org/recording/0e1b2c3d-4f5a-4b6c-8d7e-9f0a1b2c3d4e"
M3U8 = Sample(
    "list.m3u8",
    (
        "\ufeff#EXTM3U\r\n#PLAYLIST:Évening\r\n#EXTENC:UTF-8\r\n"
        "#EXTINF:225,Mira Holm - Tide\r\nC:\\Users\\someone\\Music\\tide.mp3\r\n"
        '#EXTINF:-1 tvg-id="a,b" group="x",Mira Holm \u2013 Ebb - Live\r\nebb.mp3\r\n'
        "#EXTALB:Low Tide\r\n#EXTART:Mira Holm\r\n#EXTINF:200,Flow\r\nflow.mp3\r\n"
        "Music/Galaxy Nine - Night Bus.mp3\r\n"
        "Music/Mira Holm/Low Tide/03 Shore.m4a\r\n"
        "#EXTINF:100\r\n"
    ).encode(),
    "m3u",
    (
        SongMetadata(title="Tide", artist="Mira Holm", duration_ms=225_000),
        SongMetadata(title="Ebb - Live", artist="Mira Holm"),
        SongMetadata(title="Flow", artist="Mira Holm", album="Low Tide", duration_ms=200_000),
        SongMetadata(title="Night Bus", artist="Galaxy Nine"),
        SongMetadata(title="Shore", artist="Mira Holm", album="Low Tide"),
    ),
    ("an EXTINF line without comma and name",),
    name="Évening",
)

M3U_LATIN_1 = Sample(
    "list.m3u",
    "#EXTM3U\n#EXTINF:225,Sigrún Holm - Kvöld í Reykjavík\n/m/1.mp3\n".encode("latin-1"),
    "m3u",
    (SongMetadata(title="Kvöld í Reykjavík", artist="Sigrún Holm", duration_ms=225_000),),
)

XSPF = Sample(
    "list.xspf",
    f"""<?xml version="1.0" encoding="UTF-8"?>
<playlist version="1" xmlns="http://xspf.org/ns/0/" xmlns:vlc="http://www.videolan.org/vlc/">
  <title>Evening &amp; night</title>
  <trackList>
    <track><location>file:///home/someone/Music/tide.flac</location><title>Tide</title>
      <creator>Mira Holm</creator><album>Low Tide</album><duration>225000</duration>
      <identifier>{_MBID}</identifier>
      <extension application="x"><vlc:title>wrong</vlc:title><vlc:id>0</vlc:id></extension></track>
    <track><location>file:///home/someone/Galaxy%20Nine%20-%20Night%20Bus.mp3</location></track>
    <track><title></title></track>
  </trackList>
</playlist>
""".encode(),
    "xspf",
    (
        SongMetadata(
            title="Tide", artist="Mira Holm", album="Low Tide", duration_ms=225_000, uri=_MBID
        ),
        SongMetadata(title="Night Bus", artist="Galaxy Nine"),
    ),
    ("no title",),
    name="Evening & night",
)

JSPF = Sample(
    "list.jspf",
    json.dumps({
        "playlist": {
            "title": "Evening",
            "creator": "someone",
            "identifier": "https://listenbrainz.org/playlist/1",
            "track": [
                {
                    "title": "Tide",
                    "creator": "Mira Holm & Galaxy Nine",
                    "album": "Low Tide",
                    "duration": 9_500,
                    "identifier": [_MBID],
                    "extension": {
                        "https://musicbrainz.org/doc/jspf#track": {
                            "added_by": "someone",
                            "additional_metadata": {
                                "isrc": "SE6SA2227610",
                                "artists": [
                                    {"artist_credit_name": "Mira Holm", "join_phrase": " & "},
                                    {"artist_credit_name": "Galaxy Nine", "join_phrase": ""},
                                ],
                            },
                        }
                    },
                }
            ],
        }
    }).encode(),
    "jspf",
    (
        SongMetadata(
            title="Tide",
            artist="Mira Holm & Galaxy Nine",
            album="Low Tide",
            duration_ms=9_500,
            isrc="SE6SA2227610",
            uri=_MBID,
            artists=("Mira Holm", "Galaxy Nine"),
        ),
    ),
    name="Evening",
)

ITUNES = Sample(
    "Library.xml",
    b"""<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
	<key>Major Version</key><integer>1</integer>
	<key>Music Folder</key><string>file:///Users/someone/Music/</string>
	<key>Tracks</key>
	<dict>
		<key>101</key>
		<dict>
			<key>Track ID</key><integer>101</integer>
			<key>Name</key><string>Tide [feat. Galaxy Nine]</string>
			<key>Artist</key><string>Mira Holm</string>
			<key>Album Artist</key><string>Various</string>
			<key>Album</key><string>Low Tide</string>
			<key>Total Time</key><integer>225000</integer>
			<key>Year</key><integer>1999</integer>
			<key>Explicit</key><true/>
			<key>Location</key><string>file:///Users/someone/Music/tide.m4a</string>
		</dict>
		<key>103</key>
		<dict>
			<key>Track ID</key><integer>103</integer>
			<key>Name</key><string>Episode 12</string>
			<key>Artist</key><string>A show</string>
			<key>Podcast</key><true/>
		</dict>
		<key>105</key>
		<dict>
			<key>Track ID</key><integer>105</integer>
			<key>Name</key><string>New Recording 3</string>
			<key>Album</key><string>Voice Memos</string>
			<key>Genre</key><string>Voice Memo</string>
		</dict>
		<key>107</key>
		<dict>
			<key>Track ID</key><integer>107</integer>
			<key>Name</key><string>Night Bus</string>
			<key>Album Artist</key><string>Galaxy Nine</string>
		</dict>
	</dict>
	<key>Playlists</key>
	<array>
		<dict>
			<key>Name</key><string>Library</string>
			<key>Master</key><true/>
			<key>Playlist Items</key>
			<array><dict><key>Track ID</key><integer>101</integer></dict></array>
		</dict>
		<dict>
			<key>Name</key><string>Evening</string>
			<key>Playlist Items</key>
			<array>
				<dict><key>Track ID</key><integer>107</integer></dict>
				<dict><key>Track ID</key><integer>999</integer></dict>
				<dict><key>Track ID</key><integer>101</integer></dict>
				<dict><key>Track ID</key><integer>107</integer></dict>
			</array>
		</dict>
		<dict><key>Name</key><string>Folder</string><key>Folder</key><true/></dict>
	</array>
</dict>
</plist>
""",
    "itunes",
    (
        SongMetadata(
            title="Tide [feat. Galaxy Nine]",
            artist="Mira Holm",
            album="Low Tide",
            year=1999,
            duration_ms=225_000,
        ),
        SongMetadata(title="Night Bus", artist="Galaxy Nine"),
    ),
    ("a podcast episode", "a voice memo"),
    name="Evening",
)

LINES = Sample(
    "list.txt",
    (
        "# Evening\n\n01. Mira Holm \u2013 Tide (1999)\n2) Tide by Mira Holm (3:45)\n"
        "99 Luftballons - Nena\n- Galaxy Nine - Night Bus\n03 - Mira Holm - Ebb\n-----\n"
        "4\tMira Holm\tFlow\t3:45\nJay-Z - 4:44\n"
    ).encode(),
    "lines",
    (
        SongMetadata(title="Mira Holm \u2013 Tide (1999)"),
        SongMetadata(title="Tide by Mira Holm", duration_ms=225_000),
        SongMetadata(title="99 Luftballons - Nena"),
        SongMetadata(title="Galaxy Nine - Night Bus"),
        SongMetadata(title="Mira Holm - Ebb"),
        SongMetadata(title="Mira Holm - Flow", duration_ms=225_000),
        SongMetadata(title="Jay-Z - 4:44"),
    ),
    ("a comment", "nothing to search for"),
)

JSON_OBJECTS = Sample(
    "list.json",
    json.dumps({
        "name": "Evening",
        "tracks": [
            {
                "title": "Tide",
                "artists": [{"name": "Mira Holm", "id": "1"}, {"name": "Galaxy Nine"}],
                "album": {"name": "Low Tide", "release_date": "1999-01-01"},
                "durationMs": 9_000,
                "external_ids": {"isrc": "SE6SA2227610"},
                "uri": _URI_1,
            },
            {"track": {"name": "Ebb", "artists": ["Mira Holm"]}, "added_at": "2020"},
            "Galaxy Nine - Night Bus",
            7,
        ],
    }).encode(),
    "json",
    (
        SongMetadata(
            title="Tide",
            artist="Mira Holm, Galaxy Nine",
            album="Low Tide",
            year=1999,
            duration_ms=9_000,
            isrc="SE6SA2227610",
            uri=_URI_1,
            artists=("Mira Holm", "Galaxy Nine"),
        ),
        SongMetadata(title="Ebb", artist="Mira Holm", artists=("Mira Holm",)),
        SongMetadata(title="Galaxy Nine - Night Bus"),
    ),
    ("neither text nor an object",),
    name="Evening",
)

LASTFM_JSON = Sample(
    "list.json",
    json.dumps([
        {
            "track": [
                {
                    "artist": {"mbid": "", "#text": "Mira Holm"},
                    "album": {"mbid": "", "#text": "Low Tide"},
                    "name": "Tide",
                    "url": "https://www.last.fm/music/Mira+Holm/_/Tide",
                    "date": {"uts": "1720688752", "#text": "11 Jul 2024, 09:05"},
                }
            ],
            "@attr": {"user": "someone", "page": "1"},
        },
        {"track": [{"artist": {"#text": "Galaxy Nine"}, "name": "Night Bus"}]},
    ]).encode(),
    "lastfm-json",
    (
        SongMetadata(title="Tide", artist="Mira Holm", album="Low Tide"),
        SongMetadata(title="Night Bus", artist="Galaxy Nine"),
    ),
)

SPOTIFY_LIBRARY = Sample(
    "YourLibrary.json",
    json.dumps({
        "tracks": [
            {"artist": "Mira Holm", "album": "Low Tide", "track": "Tide", "uri": _URI_1},
        ],
        "albums": [{"artist": "Mira Holm", "album": "Low Tide", "uri": "spotify:album:1"}],
        "shows": [{"name": "A show", "publisher": "Somebody", "uri": "spotify:show:1"}],
        "episodes": [],
    }).encode(),
    "spotify-library",
    (SongMetadata(title="Tide", artist="Mira Holm", album="Low Tide", uri=_URI_1),),
    name="YourLibrary",
)

SPOTIFY_PLAYLISTS = Sample(
    "Playlist1.json",
    json.dumps({
        "playlists": [
            {
                "name": "Evening",
                "lastModifiedDate": "2024-01-01",
                "items": [
                    {
                        "track": {
                            "trackName": "Tide",
                            "artistName": "Mira Holm",
                            "albumName": "Low Tide",
                            "trackUri": _URI_1,
                        },
                        "episode": None,
                        "localTrack": None,
                        "addedDate": "2024-01-01",
                    },
                    {"track": None, "episode": {"episodeName": "12", "showName": "A show"}},
                ],
                "description": None,
                "numberOfFollowers": 0,
            },
            {
                "name": "Night",
                "items": [{"track": {"trackName": "Ebb", "artistName": "Mira Holm"}}],
            },
        ]
    }).encode(),
    "spotify-playlists",
    (
        SongMetadata(title="Tide", artist="Mira Holm", album="Low Tide", uri=_URI_1),
        SongMetadata(title="Ebb", artist="Mira Holm"),
    ),
    ("a podcast episode",),
    name="Playlist1",
)
