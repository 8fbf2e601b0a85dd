"""Playlists and libraries of players and DJ programs: one small file each, and what comes out.

The songs are ours; the shapes are those that the programs write.
"""

import io
import zipfile

from segue.music.contracts.songs import SongMetadata
from tests.unit.music.files.importers.sample import Sample

_TIDE = SongMetadata(title="Tide", artist="Mira Holm", album="Low Tide", duration_ms=225_000)
_BUS = SongMetadata(title="Night Bus", artist="Galaxy Nine")

PLS = Sample(
    "list.pls",
    b"[playlist]\r\nX-GNOME-Title=Evening\r\nNumberOfEntries=3\r\n"
    b"File1=file:///home/someone/Music/Mira%20Holm/Low%20Tide/01%20-%20Tide.mp3\r\n"
    b"Title1=Mira Holm - Tide\r\nLength1=225\r\n"
    b"File2=/home/someone/Music/Galaxy Nine - Night Bus.mp3\r\nTitle2=Night Bus\r\nLength2=-1\r\n"
    b"File3=http://radio.example:8000/\r\nLength3=-1\r\nVersion=2\r\n",
    "pls",
    (_TIDE, _BUS),
    ("an address at radio.example:8000, which cannot be looked up: give artist and title",),
    name="Evening",
)

CUE = Sample(
    "list.cue",
    b'REM DATE 1999\r\nPERFORMER "Mira Holm"\r\nTITLE "Low Tide"\r\nFILE "a.flac" WAVE\r\n'
    b'  TRACK 01 AUDIO\r\n    TITLE "Tide"\r\n    ISRC SE6SA2227610\r\n    INDEX 01 00:00:00\r\n'
    b'  TRACK 02 AUDIO\r\n    TITLE "Night Bus"\r\n    PERFORMER "Galaxy Nine"\r\n'
    b"    INDEX 01 03:45:00\r\n",
    "cue",
    (
        SongMetadata(
            title="Tide", artist="Mira Holm", album="Low Tide", year=1999, isrc="SE6SA2227610"
        ),
        _BUS,
    ),
    name="Low Tide",
)

WPL = Sample(
    "list.wpl",
    b'<?wpl version="1.0"?>\r\n<smil><head><title>Evening &amp; night</title></head><body><seq>'
    b'<media src="..\\Mira Holm\\Low Tide\\01 Tide.wma" albumTitle="Low Tide" '
    b'trackTitle="Tide" trackArtist="Mira Holm" duration="225000"/>'
    b'<media src="..\\Galaxy Nine\\Roads\\02 Night & Bus.mp3" cid="{0}"/></seq></body></smil>',
    "wpl",
    (_TIDE, SongMetadata(title="Night & Bus", artist="Galaxy Nine", album="Roads")),
    name="Evening & night",
)

ASX = Sample(
    "list.asx",
    b'<ASX version="3.0"><TITLE>Evening</TITLE>'
    b'<Entry><title>Tide</title><author>Mira Holm</author><duration value="00:03:45"/>'
    b'<ref HREF="tide.wma"/></Entry>'
    b'<entry><title>Galaxy Nine - Night Bus</title><ref href="bus.wma"/></entry></ASX>',
    "asx",
    (SongMetadata(title="Tide", artist="Mira Holm", duration_ms=225_000), _BUS),
    name="Evening",
)

B4S = Sample(
    "list.b4s",
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><WinampXML>'
    b'<playlist num_entries="2" label="Evening"><entry Playstring="file:C:\\x\\tide.mp3">'
    b"<Name>Mira Holm - Tide</Name><Length>225000</Length></entry>"
    b'<entry Playstring="file:D:\\Music\\Galaxy Nine - Night Bus.mp3"></entry>'
    b"</playlist></WinampXML>",
    "b4s",
    (SongMetadata(title="Tide", artist="Mira Holm", duration_ms=225_000), _BUS),
    name="Evening",
)

RHYTHMBOX = Sample(
    "playlists.xml",
    b'<?xml version="1.0"?><rhythmdb-playlists><playlist name="Evening" type="static">'
    b"<location>file:///home/someone/Music/Mira%20Holm/Low%20Tide/01%20-%20Tide.mp3</location>"
    b"<location>file:///home/someone/Music/Galaxy%20Nine%20-%20Night%20Bus.ogg</location>"
    b"</playlist></rhythmdb-playlists>",
    "rhythmbox",
    (_TIDE.model_copy(update={"duration_ms": None}), _BUS),
    name="Evening",
)

RHYTHMBOX_LIBRARY = Sample(
    "rhythmdb.xml",
    b'<?xml version="1.0"?><rhythmdb version="2.0"><entry type="song"><title>Tide</title>'
    b"<artist>Mira Holm</artist><album>Low Tide</album><duration>225</duration>"
    b"<location>file:///home/someone/tide.mp3</location></entry>"
    b'<entry type="iradio"><title>Radio</title></entry></rhythmdb>',
    "rhythmbox",
    (_TIDE,),
    name="rhythmdb",
)

REKORDBOX = Sample(
    "rekordbox.xml",
    b'<?xml version="1.0" encoding="UTF-8"?><DJ_PLAYLISTS Version="1.0.0">'
    b'<COLLECTION Entries="2"><TRACK TrackID="1" Name="Tide" Artist="Mira Holm" Album="Low Tide" '
    b'TotalTime="225" Mix=""><TEMPO Inizio="0"/></TRACK>'
    b'<TRACK TrackID="2" Name="Night Bus" Artist="Galaxy Nine" Mix="Dub Mix"/></COLLECTION>'
    b'<PLAYLISTS><NODE Type="0" Name="ROOT"><NODE Name="Evening" Type="1" KeyType="0">'
    b'<TRACK Key="2"/><TRACK Key="1"/><TRACK Key="3"/></NODE></NODE></PLAYLISTS></DJ_PLAYLISTS>',
    "rekordbox",
    (SongMetadata(title="Night Bus (Dub Mix)", artist="Galaxy Nine"), _TIDE),
    ("the playlist names track '3', which the file does not describe",),
    name="Evening",
)

TRAKTOR = Sample(
    "collection.nml",
    b'<?xml version="1.0" encoding="UTF-8" standalone="no" ?><NML VERSION="19"><HEAD/>'
    b'<COLLECTION ENTRIES="2"><ENTRY TITLE="Tide" ARTIST="Mira Holm"><LOCATION DIR="/:M/:" '
    b'FILE="1.mp3" VOLUME="D:"/><ALBUM TITLE="Low Tide"/><INFO PLAYTIME="225"/></ENTRY>'
    b'<ENTRY TITLE="Night Bus" ARTIST="Galaxy Nine"><LOCATION DIR="/:M/:" FILE="2.mp3" '
    b'VOLUME="D:"/></ENTRY></COLLECTION><PLAYLISTS><NODE TYPE="FOLDER" NAME="$ROOT"><SUBNODES>'
    b'<NODE TYPE="PLAYLIST" NAME="Evening"><PLAYLIST TYPE="LIST"><ENTRY><PRIMARYKEY TYPE="TRACK" '
    b'KEY="D:/:M/:2.mp3"/></ENTRY><ENTRY><PRIMARYKEY TYPE="TRACK" KEY="D:/:M/:1.mp3"/></ENTRY>'
    b"</PLAYLIST></NODE></SUBNODES></NODE></PLAYLISTS></NML>",
    "traktor",
    (_BUS, _TIDE),
    name="Evening",
)

VIRTUAL_DJ = Sample(
    "database.xml",
    b'<?xml version="1.0" encoding="UTF-8"?><VirtualDJ_Database Version="8">'
    b'<Song FilePath="D:\\tide.mp3"><Tags Author="Mira Holm" Title="Tide" Album="Low Tide"/>'
    b'<Infos SongLength="225.0"/></Song>'
    b'<Song FilePath="D:\\Music\\Galaxy Nine - Night Bus.mp3"/></VirtualDJ_Database>',
    "virtualdj",
    (_TIDE, _BUS),
    name="database",
)

VIRTUAL_DJ_FOLDER = Sample(
    "list.vdjfolder",
    b'<?xml version="1.0"?><VirtualFolder><song path="D:\\1.mp3" artist="Galaxy Nine" '
    b'title="Night Bus" remix="Dub Mix" songlength="225"/></VirtualFolder>',
    "virtualdj",
    (SongMetadata(title="Night Bus (Dub Mix)", artist="Galaxy Nine", duration_ms=225_000),),
)

LISTENBRAINZ_LINES = Sample(
    "list.jsonl",
    b'{"listened_at":1,"track_metadata":{"artist_name":"Mira Holm","track_name":"Tide",'
    b'"release_name":"Low Tide","additional_info":{"isrc":"SE6SA2227610"}}}\n{"broken\n\n'
    b'{"track_metadata":{"artist_name":"Galaxy Nine","track_name":"Night Bus"}}\n',
    "json-lines",
    (
        SongMetadata(title="Tide", artist="Mira Holm", album="Low Tide", isrc="SE6SA2227610"),
        _BUS,
    ),
    ("no valid JSON",),
)

DEEZER_JSON = Sample(
    "list.json",
    b'{"data":[{"id":1,"title":"Tide","link":"https://www.deezer.com/track/1","duration":225,'
    b'"artist":{"id":2,"name":"Mira Holm","type":"artist"},"album":{"id":3,"title":"Low Tide"}}],'
    b'"total":1}',
    "json",
    (_TIDE.model_copy(update={"uri": "https://www.deezer.com/track/1"}),),
)

SOUNDCLOUD_JSON = Sample(
    "list.json",
    b'{"collection":[{"created_at":"2024","track":{"title":"Mira Holm - Tide","duration":225000,'
    b'"user":{"username":"Big Label"}}},{"track":{"title":"Night Bus",'
    b'"user":{"username":"Galaxy Nine"}}}],"next_href":null}',
    "json",
    (SongMetadata(title="Mira Holm - Tide", duration_ms=225_000), _BUS),
)

SHAZAM = Sample(
    "shazamlibrary.csv",
    b"Shazam Library\nIndex,TagTime,Title,Artist,URL,TrackKey\n"
    b'1,2024-01-01,"Tide","Mira Holm",https://www.shazam.com/track/1/tide,1\n',
    "shazam",
    (SongMetadata(title="Tide", artist="Mira Holm"),),
    name="shazamlibrary",
)

APPLE_HISTORY = Sample(
    "list.csv",
    b"Country,Track Identifier,Media type,Date Played,Track Description\n"
    b'SE,1,AUDIO,20240101,"Mira Holm - Tide"\n',
    "csv",
    (SongMetadata(title="Mira Holm - Tide"),),
)


def _zip(name: str, content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(zipfile.ZipInfo(name), content)
    return buffer.getvalue()


ARCHIVE = Sample(
    "list.zip",
    _zip("Evening.csv", b"title,artist\nNight Bus,Galaxy Nine\n,\n"),
    "archive",
    (_BUS,),
    ("no title",),
    name="Evening",
)
