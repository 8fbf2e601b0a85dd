"""XML playlists of players: ASX, B4S, WPL and ZPL, Rhythmbox, VirtualDJ."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from segue.music.contracts.imports import RejectedRow
from segue.music.files.importers.input_file import InputFile
from segue.music.files.importers.markup import Closed, Opened, read_elements
from segue.music.files.importers.media_entries import MediaEntry, read_media
from segue.music.files.importers.rows import RawSong

_Entries = Callable[[InputFile], Iterator[MediaEntry]]


def _reader(entries: _Entries) -> Callable[[InputFile], Iterator[RawSong | RejectedRow]]:
    def read(source: InputFile) -> Iterator[RawSong | RejectedRow]:
        return read_media(partial(entries, source))

    return read


def _smil(source: InputFile) -> Iterator[MediaEntry]:
    """Windows Media Player's WPL and Zune's ZPL: ``<media src= trackTitle= trackArtist= …>``."""
    number, playlist = 0, ""
    for element in read_elements(source):
        match element:
            case Closed(tag, text=text) if tag.casefold() == "title":
                playlist = text
            case Opened(tag, attributes=values) if tag.casefold() == "media":
                number += 1
                song = RawSong(
                    line=number,
                    title=values.get("tracktitle", ""),
                    artist=values.get("trackartist") or values.get("albumartist", ""),
                    album=values.get("albumtitle", ""),
                    playlist=playlist,
                    duration=values.get("duration", ""),
                    duration_unit="ms",
                )
                yield MediaEntry(song, location=values.get("src", ""))
            case _:
                pass


def _asx(source: InputFile) -> Iterator[MediaEntry]:
    """Windows Media's ASX, whose element names come in any case."""
    number, playlist = 0, ""
    inside = False
    fields: dict[str, str] = {}
    for element in read_elements(source):
        tag = element.tag.casefold()
        if isinstance(element, Opened):
            if tag == "entry":
                number, inside, fields = number + 1, True, {}
            elif inside and tag in {"ref", "duration"}:
                value = element.attributes.get("href" if tag == "ref" else "value", "")
                fields.setdefault(tag, value)
        elif tag == "entry":
            inside = False
            song = RawSong(
                line=number,
                title=fields.get("title", "") if fields.get("author") else "",
                artist=fields.get("author", ""),
                playlist=playlist,
                duration=fields.get("duration", ""),
            )
            yield MediaEntry(song, fields.get("title", ""), fields.get("ref", ""))
        elif inside:
            fields.setdefault(tag, element.text)
        elif tag == "title":
            playlist = element.text


def _b4s(source: InputFile) -> Iterator[MediaEntry]:
    """Winamp 3's B4S: ``<entry Playstring="file:…"><Name/><Length/></entry>``."""
    number, playlist, location = 0, "", ""
    fields: dict[str, str] = {}
    for element in read_elements(source):
        match element:
            case Opened("playlist", attributes=values):
                playlist = values.get("label", "")
            case Opened("entry", attributes=values):
                number, fields = number + 1, {}
                location = values.get("playstring", "")
            case Closed("entry"):
                song = RawSong(
                    line=number,
                    playlist=playlist,
                    duration=fields.get("length", ""),
                    duration_unit="ms",
                )
                # "file:C:\\…" without the slashes that an address has
                path = location if "://" in location else location.removeprefix("file:")
                yield MediaEntry(song, fields.get("name", ""), path)
            case Closed(tag, text=text):
                fields[tag.casefold()] = text
            case _:
                pass


def _rhythmbox(source: InputFile) -> Iterator[MediaEntry]:
    """Rhythmbox' ``playlists.xml``, whose playlists name files, and ``rhythmdb.xml``."""
    number, playlist, kind = 0, "", ""
    fields: dict[str, str] = {}
    for element in read_elements(source):
        match element:
            case Opened("playlist", attributes=values):
                playlist = values.get("name", "")
            case Opened("entry", attributes=values):
                kind, fields = values.get("type", ""), {}
            case Closed("location", text=text) if playlist:
                number += 1
                yield MediaEntry(RawSong(line=number, playlist=playlist), location=text)
            case Closed("entry") if kind == "song":
                number += 1
                yield MediaEntry(_song(number, fields), location=fields.get("location", ""))
            case Closed(tag, text=text):
                fields[tag] = text
            case _:
                pass


def _song(number: int, fields: Mapping[str, str]) -> RawSong:
    return RawSong(
        line=number,
        title=fields.get("title", ""),
        artist=fields.get("artist", ""),
        album=fields.get("album", ""),
        duration=fields.get("duration", ""),
        duration_unit="s",
    )


def _virtual_dj(source: InputFile) -> Iterator[MediaEntry]:
    """VirtualDJ's ``database.xml`` (``<Song FilePath><Tags/></Song>``) and its virtual folders."""
    number = 0
    fields: dict[str, str] = {}
    for element in read_elements(source):
        match element:
            case Opened(tag, attributes=values) if tag.casefold() == "song":
                number += 1
                fields = dict(values)
            case Opened(_, attributes=values):
                fields.update(values)
            case Closed(tag) if tag.casefold() == "song":
                title, remix = fields.get("title", ""), fields.get("remix", "")
                song = RawSong(
                    line=number,
                    title=f"{title} ({remix})" if title and remix else title,
                    artist=fields.get("author") or fields.get("artist", ""),
                    album=fields.get("album", ""),
                    year=fields.get("year", ""),
                    duration=fields.get("songlength", ""),
                    duration_unit="s",
                )
                yield MediaEntry(song, location=fields.get("filepath") or fields.get("path", ""))
            case _:
                pass


read_smil = _reader(_smil)
read_asx = _reader(_asx)
read_b4s = _reader(_b4s)
read_rhythmbox = _reader(_rhythmbox)
read_virtual_dj = _reader(_virtual_dj)
