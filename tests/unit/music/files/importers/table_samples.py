"""Tables: one small file per format, shaped as the service writes it, and what comes out.

The songs are ours; headings, quoting, joining and marks are those of real exports.
"""

from segue.music.contracts.songs import SongMetadata
from tests.unit.music.files.importers.sample import Sample

_ID_1, _ID_2 = "0aB1cD2eF3gH4iJ5kL6mN7", "7zY6xW5vU4tS3rQ2pO1nM0"
_URI_1, _URI_2 = f"spotify:track:{_ID_1}", f"spotify:track:{_ID_2}"
_MBID = "https://musicbrainz.org/recording/0e1b2c3d-4f5a-4b6c-8d7e-9f0a1b2c3d4e"
EXPORTIFY_2026 = Sample(
    "list.csv",
    (
        "\ufeffTrack URI,Track Name,Album Name,Artist Name(s),Release Date,Duration (ms),"
        "Popularity,Explicit,Added By,Added At,Genres,Record Label,Danceability,Energy\n"
        f'{_URI_1},"Harbour Lights, Part 2","Low Tide","Tyler, The Creator;Mira Holm",2013-09-24,'
        '176922,52,false,,2026-05-26T22:27:54Z,"","North",0.424,0.708\n'
        f'{_URI_2},"Say ""When""","Low Tide","Mira Holm",1981,200000,0,true,,'
        '2026-05-24T21:00:00Z,"dub,ska","North",0.4,0.7\n'
    ).encode(),
    "exportify",
    (
        SongMetadata(
            title="Harbour Lights, Part 2",
            artist="Tyler, The Creator;Mira Holm",
            album="Low Tide",
            year=2013,
            duration_ms=176_922,
            uri=_URI_1,
            artists=("Tyler, The Creator", "Mira Holm"),
        ),
        SongMetadata(
            title='Say "When"',
            artist="Mira Holm",
            album="Low Tide",
            year=1981,
            duration_ms=200_000,
            uri=_URI_2,
            artists=("Mira Holm",),
        ),
    ),
)

EXPORTIFY_2024 = Sample(
    "list.csv",
    (
        "Track ID,Track Name,Album Name,Artist Name(s),Release Date,Duration (ms),Popularity,"
        "Added By,Added At,Genres,Record Label,\t\t\t\tDanceability,Energy\n"
        f'{_ID_1},"Night Bus","Night Bus","Mira Holm,Galaxy Nine",1985-01-01,376866,16,,'
        '2024-11-27T14:53:00Z,"","North",0.749,0.922\n'
        f'{_ID_2},"Trouble","Trouble","10,000 Maniacs",1987,228360,4,,2024-11-26T20:18:26Z,'
        '"brit funk","North",0.885,0.559\n'
    ).encode(),
    "exportify",
    (
        SongMetadata(
            title="Night Bus",
            artist="Mira Holm,Galaxy Nine",
            album="Night Bus",
            year=1985,
            duration_ms=376_866,
            uri=_URI_1,
            artists=("Mira Holm", "Galaxy Nine"),
        ),
        SongMetadata(
            title="Trouble",
            artist="10,000 Maniacs",
            album="Trouble",
            year=1987,
            duration_ms=228_360,
            uri=_URI_2,
        ),
    ),
)

_WATSONBOX_HEADING = (
    '"Track URI","Track Name","Artist URI(s)","Artist Name(s)","Album URI","Album Name",'
    '"Album Artist URI(s)","Album Artist Name(s)","Album Release Date","Album Image URL",'
    '"Disc Number","Track Number","Track Duration (ms)","Track Preview URL","Explicit",'
    '"Popularity","ISRC","Added By","Added At"\n'
)


def _watsonbox_row(uri: str, title: str, artist_uris: str, artists: str, isrc: str) -> str:
    return (
        f'"{uri}","{title}","{artist_uris}","{artists}","spotify:album:1","Low Tide",'
        '"spotify:artist:1","Mira Holm","2022-12-21","https://i.scdn.co/image/1","1","9","251874",'
        f'"https://p.scdn.co/mp3-preview/1","false","49","{isrc}","","2026-03-29T17:03:53Z"\n'
    )


def _watsonbox_song(
    title: str,
    artist: str,
    isrc: str | None = None,
    uri: str | None = None,
    artists: tuple[str, ...] = (),
) -> SongMetadata:
    return SongMetadata(
        title=title,
        artist=artist,
        album="Low Tide",
        year=2022,
        duration_ms=251_874,
        isrc=isrc,
        uri=uri,
        artists=artists,
    )


EXPORTIFY_WATSONBOX = Sample(
    "list.csv",
    (
        _WATSONBOX_HEADING
        + _watsonbox_row(_URI_1, "Tide", "a:1", "Tyler, The Creator", "QMFME2241679")
        + _watsonbox_row(_URI_2, "Ebb", "a:1, a:2", "Mira Holm, Galaxy Nine", "qm-fme-22-41680")
        + _watsonbox_row(
            "spotify:local:x:y:z:1", "Flow", "a:1, a:2", "Tyler, The Creator, Mira Holm", ""
        )
    ).encode(),
    "exportify-watsonbox",
    (
        _watsonbox_song(
            "Tide", "Tyler, The Creator", "QMFME2241679", _URI_1, ("Tyler, The Creator",)
        ),
        _watsonbox_song(
            "Ebb", "Mira Holm, Galaxy Nine", "QMFME2241680", _URI_2, ("Mira Holm", "Galaxy Nine")
        ),
        _watsonbox_song("Flow", "Tyler, The Creator, Mira Holm"),
    ),
)

TUNEMYMUSIC_SPOTIFY = Sample(
    "My Spotify Library.csv",
    (
        "\ufeffTrack name,Artist name,Album,Playlist name,Type,ISRC,Spotify - id\n"
        f'"Tide","Mira Holm","Low Tide","Favorite Songs","Favorite","SE6SA2227610","{_ID_1}"\n'
        f'"Ebb","Mira Holm","Low Tide","Road trip","Playlist","","{_ID_2}"\n'
    ).encode(),
    "tunemymusic",
    (
        SongMetadata(
            title="Tide", artist="Mira Holm", album="Low Tide", isrc="SE6SA2227610", uri=_URI_1
        ),
        SongMetadata(title="Ebb", artist="Mira Holm", album="Low Tide", uri=_URI_2),
    ),
    name="My Spotify Library",
)

TUNEMYMUSIC_DEEZER = Sample(
    "My Deezer Library.csv",
    (
        b"Track name,Artist name,Album,Playlist name,Type,ISRC,Deezer - id\n"
        b'"Tide (Radio Edit)","Mira Holm","Low Tide","Favorite Tracks","Favorite","2537754501",'
        b'"2537754501"\n'
    ),
    "tunemymusic",
    (
        SongMetadata(
            title="Tide (Radio Edit)",
            artist="Mira Holm",
            album="Low Tide",
            uri="https://www.deezer.com/track/2537754501",
        ),
    ),
    name="Favorite Tracks",
)

TUNEMYMUSIC_YOUTUBE = Sample(
    "My YouTube Library.csv",
    (
        "Track name,Artist name,Album,Playlist name,Type,ISRC\n"
        "Mira Holm · Galaxy Nine - Tide,,,travel,Playlist,\n"
        "[Deleted video],,,travel,Playlist,\n"
        "Private video,,,travel,Playlist,\n"
    ).encode(),
    "tunemymusic",
    (SongMetadata(title="Mira Holm · Galaxy Nine - Tide"),),
    ("a placeholder for a video that is gone",) * 2,
    name="travel",
)

SOUNDIIZ = Sample(
    "list.csv",
    b"title;artist;album;isrc\r\nTide;Mira Holm;Low Tide;SE6SA2227610\r\n;Mira Holm;Low Tide;\r\n",
    "soundiiz",
    (SongMetadata(title="Tide", artist="Mira Holm", album="Low Tide", isrc="SE6SA2227610"),),
    ("no title",),
)

TRACKDEN = Sample(
    "list.csv",
    (
        "artist,title,album,isrc,platform,url\n"
        f"Mira Holm,Tide,Low Tide,SE6SA2227610,spotify,https://open.spotify.com/track/{_ID_1}\n"
    ).encode(),
    "trackden",
    (
        SongMetadata(
            title="Tide", artist="Mira Holm", album="Low Tide", isrc="SE6SA2227610", uri=_URI_1
        ),
    ),
)

GENERIC_GERMAN = Sample(
    "list.csv",
    "sep=;\nTitel;Künstler;Erscheinungsjahr;Länge\nÜber Nacht;Mira Holm;1999;3:45\n".encode(
        "utf-16"
    ),
    "csv",
    (SongMetadata(title="Über Nacht", artist="Mira Holm", year=1999, duration_ms=225_000),),
)

ITUNES_TEXT = Sample(
    "list.txt",
    "Name\tArtist\tComposer\tAlbum\tGenre\tSize\tTime\tYear\rTide\tMira Holm\t\tLow Tide\tPop\t"
    "512\t225\t1999\r".encode("utf-16"),
    "csv",
    (
        SongMetadata(
            title="Tide", artist="Mira Holm", album="Low Tide", year=1999, duration_ms=225_000
        ),
    ),
)

LASTFM_LONG = Sample(
    "list.csv",
    (
        b"uts,utc_time,artist,artist_mbid,album,album_mbid,track,track_mbid\n"
        b'"1720688752","11 Jul 2024, 09:07","Mira Holm","","Low Tide","","Tide",""\n'
    ),
    "lastfm",
    (SongMetadata(title="Tide", artist="Mira Holm", album="Low Tide"),),
)

LASTFM_SHORT = Sample(
    "list.csv",
    b'utc_time,artist,album,track\n"11 Jul 2024, 09:07","Mira Holm","Low Tide","Tide"\n',
    "lastfm",
    (SongMetadata(title="Tide", artist="Mira Holm", album="Low Tide"),),
)

YOUTUBE_TAKEOUT = Sample(
    "music-library-songs.csv",
    (
        b"Video ID,Song Title,Album Title,Artist Name 1,Artist Name 2,Artist Name 3\n"
        b"dQw4w9WgXcQ,Tide,Low Tide,Mira Holm,Galaxy Nine,\n"
    ),
    "youtube-takeout",
    (
        SongMetadata(
            title="Tide",
            artist="Mira Holm, Galaxy Nine",
            album="Low Tide",
            uri="https://music.youtube.com/watch?v=dQw4w9WgXcQ",
            artists=("Mira Holm", "Galaxy Nine"),
        ),
    ),
    name="music-library-songs",
)
