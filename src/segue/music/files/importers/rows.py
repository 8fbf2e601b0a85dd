"""The entry that every importer yields, and the one place where it becomes a song or a refusal."""

import re
from dataclasses import dataclass

from segue.music.contracts.imports import ImportedSong, RejectedRow
from segue.music.contracts.songs import SongMetadata
from segue.music.files.importers.addresses import (
    TRACK_URI,
    parse_address,
    parse_isrc,
    parse_uri,
    why_no_music,
    why_no_track,
)
from segue.music.files.importers.values import (
    MAX_FIELD,
    DurationUnit,
    clean_text,
    excerpt,
    parse_duration_ms,
    parse_year,
    plain_text,
)

_GONE = frozenset({"deleted video", "private video", "unavailable video", "deleted track"})
_NOBODY = frozenset({
    "", "unknown", "<unknown>", "unknown artist", "[unknown artist]", "[unknown]", "unbekannt",
    "unbekannter interpret", "unbekannter künstler", "artiste inconnu", "artista desconocido",
    "artista desconhecido", "artista sconosciuto", "onbekende artiest", "nieznany wykonawca",
    "неизвестный исполнитель", "不明なアーティスト", "未知艺术家",
})  # fmt: skip
_NUMBERED_ONLY = re.compile(
    r"(?:audio ?)?(?:track|titel|spur|piste|pista|faixa|traccia|spoor|utwór|трек|дорожка|トラック)"
    r"\s*\d+"
)
_VOICE_MEMOS = frozenset({
    "voice memos", "sprachmemos", "dictaphone", "notas de voz", "memo vocali", "dictafoon",
    "röstmemon", "диктофон", "ボイスメモ", "语音备忘录",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class RawSong:
    """One entry of a source in the source's own text, before any judgement.

    Attributes:
        line: 1-based line, or element number in XML and JSON.
        artists: One by one where the source lists them apart.
        duration: As written; ``duration_unit`` says what a bare number means.
        playlist: The playlist it stands in, where the source names one.
    """

    line: int
    title: str = ""
    artist: str = ""
    album: str = ""
    playlist: str = ""
    year: str = ""
    duration: str = ""
    duration_unit: DurationUnit = "auto"
    isrc: str = ""
    uri: str = ""
    artists: tuple[str, ...] = ()

    def reject(self, reason: str) -> RejectedRow:
        """Refuse this entry for a reason."""
        text = " - ".join(part for part in (self.artist[:MAX_FIELD], self.title) if part)
        return RejectedRow(line=self.line, reason=reason, text=excerpt(text))


def to_record(raw: RawSong) -> ImportedSong | RejectedRow:
    """Judge one entry: a song with clean values, or the reason why it is none."""
    if oversize := _oversize(raw):
        return raw.reject(oversize)
    title = plain_text(raw.title)
    artist = plain_text(raw.artist)
    artist = "" if artist.casefold() in _NOBODY else artist
    album = plain_text(raw.album)
    uri, isrc = parse_uri(raw.uri), parse_isrc(raw.isrc)
    if reason := why_no_music(raw.uri):
        return raw.reject(reason)
    if not title or not artist:
        if reason := why_no_track(title or raw.uri):
            return raw.reject(reason)
        address = parse_address(title) if title else _address(uri, isrc)
        if address is not None:
            title = address
            uri, isrc = (uri, address) if parse_isrc(address) else (address, isrc)
    if reason := _why_not_a_song(title, artist, album):
        return raw.reject(reason)
    song = SongMetadata(
        title=title,
        artist=artist,
        album=album or None,
        year=parse_year(raw.year),
        duration_ms=parse_duration_ms(raw.duration, raw.duration_unit),
        isrc=isrc,
        uri=uri,
        artists=tuple(name for name in map(plain_text, raw.artists) if name) if artist else (),
    )
    return ImportedSong(song=song, line=raw.line, playlist=clean_text(raw.playlist) or None)


def _address(uri: str | None, isrc: str | None) -> str | None:
    """What a row without a title is looked up by."""
    return uri if uri and uri.startswith(TRACK_URI) else isrc


def _oversize(raw: RawSong) -> str | None:
    for name in ("title", "artist", "album", "playlist"):
        length = len(getattr(raw, name))
        if length > MAX_FIELD:
            return f"its {name} has {length:,} characters; at most {MAX_FIELD:,} are read"
    if sum(map(len, raw.artists)) > MAX_FIELD:
        return f"its artists have more than {MAX_FIELD:,} characters"
    return None


def _why_not_a_song(title: str, artist: str, album: str) -> str | None:
    plain = title.casefold()
    if not title:
        return "no title"
    bare = plain.strip("[]()")
    if bare in _GONE and (bare != plain or not artist):
        return "a placeholder for a video that is gone"
    if not artist and _NUMBERED_ONLY.fullmatch(plain):
        return "a numbered track without artist: nothing to search for"
    if album.casefold() in _VOICE_MEMOS:
        return "a voice memo"
    return None
