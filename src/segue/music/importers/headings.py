"""What a column or key is about, told from its heading in the languages of the exporters."""

import re
import unicodedata
from collections.abc import Mapping, Sequence

from segue.errors import InputError, MissingColumnsError
from segue.music.importers.values import DurationUnit

# Per field, strongest first: "title" wins over "track", which in some tables is a number.
# Headings are compared in the form that `normal` gives, so spelling here is free of case and accents.
_WORDS: dict[str, tuple[str, ...]] = {
    "title": (
        "track name", "song name", "song title", "track title", "master metadata track name",
        "song", "title", "titel", "songtitel", "titre", "titre de la chanson", "título",
        "título de la canción", "título da música", "canción", "música", "titolo", "brano",
        "titolo del brano", "morceau", "nummer", "tytuł", "utwór", "låt", "låttitel", "название",
        "название трека", "песня", "назва", "трек", "şarkı", "şarkı adı", "parça", "タイトル",
        "曲名", "标题", "歌名", "歌曲名称", "標題", "歌曲名稱", "제목", "곡명", "name", "track",
        "track track name", "nom", "nombre", "nome",
    ),
    "artist": (
        "artist name s", "artist names", "artists", "artist name", "artist", "artists name",
        "artist text", "artist credit", "creator", "performer", "performers", "singer", "band", "by",
        "künstler", "interpret", "interpreten", "name des künstlers", "artiste", "artistes",
        "nom de l artiste", "interprète", "artista", "artistas", "nombre del artista",
        "nome do artista", "intérprete", "artisti", "nome artista", "artiest", "uitvoerder",
        "wykonawca", "artysta", "исполнитель", "артист", "виконавець", "sanatçı", "アーティスト",
        "歌手", "艺术家", "艺人", "演出者", "아티스트", "가수", "artist name 1",
        "name des künstlers 1", "master metadata album artist name", "channel", "channel name",
        "album artist", "album artist name s", "album artist name", "albuminterpret",
    ),
    "album": (
        "album name", "album", "album title", "album text", "release", "release name", "albumtitel",
        "titre de l album", "álbum", "título del álbum", "título do álbum", "titolo album", "disco",
        "master metadata album album name", "альбом", "albüm", "アルバム", "专辑", "專輯", "앨범",
    ),
    "playlist": (
        "playlist name", "playlist", "playlist title", "wiedergabeliste", "lista", "плейлист",
        "プレイリスト", "播放列表", "재생목록",
    ),
    "isrc": ("isrc", "isrc code", "external ids isrc", "track isrc", "isrcs"),
    "uri": (
        "track uri", "spotify uri", "track id", "spotify id", "spotify track id", "uri",
        "spotify track uri", "spotify url", "identifier", "track url", "song url", "url", "link",
    ),
    "year": (
        "year", "release year", "release date", "album release date", "released", "release date year",
        "jahr", "erscheinungsjahr", "année", "año", "ano", "anno", "jaar", "rok", "år", "год", "рік",
        "yıl", "年", "年份", "연도",
    ),
    "duration": (
        "duration ms", "track duration ms", "duration", "track duration", "duration seconds",
        "duration sec", "duration s", "length", "track length", "length ms", "length seconds",
        "total time", "time", "dauer", "länge", "durée", "duración", "duração", "durata", "duur",
        "czas", "długość", "längd", "длительность", "тривалість", "süre", "再生時間", "时长", "길이",
    ),
    "deezer id": ("deezer id",),
    "video id": ("video id",),
}  # fmt: skip

# What a user may map by --columns; the rest are ids that only exporters write.
FIELDS = ("title", "artist", "album", "playlist", "isrc", "uri", "year", "duration")

_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_NOT_A_WORD = re.compile(r"[\W_]+")
_LONGEST_HEADING = 200
_MILLISECONDS = frozenset({"ms", "msec", "milliseconds", "millis"})
_SECONDS = frozenset({"s", "sec", "secs", "seconds", "sekunden", "secondes", "segundos"})


def normal(heading: str) -> str:
    """Give the comparable form: lower case, no accents, single spaces, camelCase split.

    "Artist Name(s)" and "artistNames" become "artist name s" and "artist names".
    """
    spaced = _CAMEL.sub(" ", heading[:_LONGEST_HEADING])
    letters = unicodedata.normalize("NFKD", spaced.casefold())
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return _NOT_A_WORD.sub(" ", bare).strip()


_SYNONYMS = {field: tuple(map(normal, words)) for field, words in _WORDS.items()}


def map_headings(headings: Sequence[str], columns: Mapping[str, str]) -> dict[str, int]:
    """Say where each known field stands.

    Args:
        headings: As in the source.
        columns: The user's own field-to-heading mapping; it wins over what is recognised.

    Returns:
        Field to index. Fields that are not there are left out.
    """
    places: dict[str, int] = {}
    for index, heading in enumerate(headings):
        places.setdefault(normal(heading), index)
    found: dict[str, int] = {}
    for field, words in _SYNONYMS.items():
        mapped = columns.get(field)
        candidates = words if mapped is None else (normal(mapped),)
        place = next((places[word] for word in candidates if word in places), None)
        if place is not None:
            found[field] = place
    taken = {found[field] for field in columns if field in found}
    return {f: place for f, place in found.items() if f in columns or place not in taken}


def check_columns(columns: Mapping[str, str]) -> None:
    """Refuse a mapping that names a field nobody knows.

    Raises:
        InputError: With the fields that exist.
    """
    unknown = sorted(set(columns) - set(FIELDS))
    if unknown:
        raise InputError(
            f"there is no field {unknown[0]!r} to map a column to",
            hint=f"The fields are {', '.join(FIELDS)}.",
        )


def require(found: Mapping[str, int], headings: Sequence[str], columns: Mapping[str, str]) -> None:
    """Make sure that a mapping can give songs.

    Raises:
        MissingColumnsError: A column that the user named, or any title column, is not there.
    """
    listed = ", ".join(repr(heading.strip()[:40]) for heading in headings[:20])
    for field, heading in columns.items():
        if field not in found:
            raise MissingColumnsError(f"no column {heading!r} for the {field}; there are {listed}")
    if "title" in found:
        return
    if any({"video", "id"} <= set(normal(heading).split()) for heading in headings):
        raise MissingColumnsError(
            "this file holds only video ids and no titles (a playlist of a YouTube Takeout)",
            hint="Give music-library-songs.csv of the same Takeout, or export the playlist with "
            "TuneMyMusic or Soundiiz: their files hold the titles.",
        )
    raise MissingColumnsError(f"no column holds the song titles; the headings are {listed}")


def duration_unit(heading: str) -> DurationUnit:
    """Say what a bare number under this heading means."""
    words = set(normal(heading).split())
    if words & _MILLISECONDS:
        return "ms"
    return "s" if words & _SECONDS else "auto"
