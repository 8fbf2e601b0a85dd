"""Songs of playlists that name files: by display name and path, weighed over the whole list.

Players write "Artist - Title", exporters "Title - Artist", and bare lists nothing but paths. What
an entry means, its folders and the habit of the whole list tell together.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from segue.music.contracts.imports import RejectedRow
from segue.music.files.importers.paths import Place, looks_like_audio_path, read_path
from segue.music.files.importers.rows import RawSong
from segue.music.matching.normalise import fold
from segue.music.matching.versions import read_segment

# A hyphen or a dash with space on both sides; "Jay-Z" and "Ne-Yo" have none.
_DASH = re.compile(r" [-\u2013\u2014] ")
# "03 Title", "1-03 Title", "3. Title", "12) Title", "A1 - Title": track numbers beyond doubt.
_NUMBER = re.compile(
    r"(?:0\d{1,2}|\d{1,2}[-.]\d{2})(?:\s+-\s+|\s+|[._-]+\s*|(?=[^\W\d_]))(?=\S)|\d{1,3}[.)]\s+(?=\S)"
)
# "10 Title", "12 - Title": a number, or the title's own.
_MAYBE_NUMBER = re.compile(r"(\d{1,2})(?:\s+-\s+|\s+|[_-]+\s*)(?=\S)")
_HIGHEST_NUMBER = 50  # "99 Luftballons" and "50 Ways" are titles; records have fewer tracks
# As a whole part between dashes: "12", "007"; not "311", which is a band, nor "1999".
_NUMBER_PART = re.compile(r"\d{1,2}|0\d\d|\d-\d{2}")
_BRACKETS = re.compile(r"[(\[][^()\[\]]*[)\]]")
_MOSTLY = 0.6  # share of a list's names from which what they do is its habit
_LONG_NAME = 16  # letters from which a name that begins another one is that one, cut off


@dataclass(frozen=True, slots=True)
class MediaEntry:
    """One entry of a playlist as it stands there.

    Attributes:
        name: The display name, which may hold artist and title; else empty.
        location: Path or address; may be empty.
        song: What the playlist says apart, in fields of their own.
    """

    song: RawSong
    name: str = ""
    location: str = ""


@dataclass
class Habits:
    """How the names of one list are made, counted over all of it."""

    _names: int = 0
    _numbered: int = 0
    _with_artist: int = 0
    _flipped: int = 0
    _straight: int = 0
    _folders: set[str] = field(default_factory=set[str])

    def note(self, entry: MediaEntry) -> None:
        """Count an entry."""
        place = read_path(entry.location)
        if place.lone and len(self._folders) < 2:
            self._folders.add(fold(place.lone))
        if place.name:
            self._names += 1
            number = _NUMBER.match(place.name) or _MAYBE_NUMBER.match(place.name)
            self._numbered += number is not None
            parts = _DASH.split(place.name[number.end() :] if number else place.name)
            self._with_artist += len(parts) > 1 and _says_more(parts[-1])
        order = _order(entry.name, place, self)
        self._flipped += order == "flipped"
        self._straight += order == "straight"

    @property
    def has_numbers(self) -> bool:
        """Whether files begin with track numbers."""
        return self._names > 1 and self._numbered >= _MOSTLY * self._names

    @property
    def with_artist(self) -> bool:
        """Whether files are called "Artist - Title"."""
        return self._names > 1 and self._with_artist >= _MOSTLY * self._names

    @property
    def flipped(self) -> bool:
        """Whether display names are "Title - Artist"."""
        return self._flipped > self._straight

    @property
    def folders(self) -> int:
        """How many folders there are that stand alone; two for more."""
        return len(self._folders)


def read_media(
    entries: Callable[[], Iterator[MediaEntry | RejectedRow]],
) -> Iterator[RawSong | RejectedRow]:
    """Read a playlist twice: for its habits, then for its songs.

    Args:
        entries: Gives all entries, from the beginning each time.
    """
    habits = Habits()
    for entry in entries():
        if isinstance(entry, MediaEntry):
            habits.note(entry)
    for entry in entries():
        yield song_of_entry(entry, habits) if isinstance(entry, MediaEntry) else entry


def song_of_entry(entry: MediaEntry, habits: Habits) -> RawSong:
    """The song that an entry means; what it says in fields of their own stands."""
    place = read_path(entry.location)
    if not place.name and looks_like_audio_path(entry.name):
        place = read_path(entry.name)
    from_path = song_of_path(place, habits)
    song = entry.song
    title, artist = song.title, song.artist
    if not title:
        name = "" if _is_file_name(entry.name, place) else " ".join(entry.name.split())
        artist_in_name, title = _split_name(name, place, habits) if name else ("", "")
        artist = artist or artist_in_name
    if not title:
        title, artist = from_path.title, artist or from_path.artist
    elif not artist and (place.artist or place.in_music or _same(title, from_path.title)):
        artist = from_path.artist
    album = song.album
    if not album and (not artist or _same(artist, from_path.artist)):
        album = from_path.album
    return replace(song, title=title, artist=artist, album=album, uri=song.uri or entry.location)


def song_of_path(place: Place, habits: Habits) -> RawSong:
    """The song that a path names, with artist and album where its folders tell them."""
    name, has_number = _without_number(place, habits)
    parts = _DASH.split(name)
    while len(parts) > 1 and _NUMBER_PART.fullmatch(parts[0]):
        parts, has_number = parts[1:], True
    artist, album = _folder_artist(place, habits, has_number=has_number), place.album
    if place.lone and not artist:
        album = place.lone if has_number else ""
    if len(parts) > 1:
        artist, album, parts = _with_parts(
            place, habits, artist, album, parts, has_number=has_number
        )
    return RawSong(line=0, title=" - ".join(parts), artist=artist, album=album)


def _with_parts(
    place: Place, habits: Habits, artist: str, album: str, parts: list[str], *, has_number: bool
) -> tuple[str, str, list[str]]:
    """Artist, album and title where the file's name has dashes."""
    folder = place.artist or place.lone
    in_album = bool(place.artist) and has_number and not habits.with_artist
    if _same(parts[0], folder):
        rest = parts[1:]
        if len(rest) > 1 and _same(rest[0], album):
            rest = rest[1:]
        return folder, album, _behind_number(rest)
    if _same(parts[-1], folder):
        return folder, album, parts[:-1]
    if len(parts) > 2 and _NUMBER_PART.fullmatch(parts[-2]):
        return parts[0], parts[1] if len(parts) > 3 else album, parts[-1:]
    if artist and (in_album or not _says_more(parts[1])):
        return artist, album, parts
    return parts[0], "" if place.artist else album, parts[1:]


def _behind_number(parts: list[str]) -> list[str]:
    """The title of "Album - 03 - Title" and of "03 - Title"."""
    for index, part in enumerate(parts[:-1]):
        if _NUMBER_PART.fullmatch(part):
            return parts[index + 1 :]
    return parts


def _folder_artist(place: Place, habits: Habits, *, has_number: bool) -> str:
    if place.artist:
        return place.artist
    # A folder right below "Music" is an artist's; of others, those with numbered files are albums.
    if place.in_music or (habits.folders > 1 and not has_number):
        return place.lone
    return ""


def _without_number(place: Place, habits: Habits) -> tuple[str, bool]:
    """The file's name without its track number, and whether there was one."""
    if number := _NUMBER.match(place.name):
        return place.name[number.end() :], True
    maybe = _MAYBE_NUMBER.match(place.name)
    if maybe and int(maybe.group(1)) < _HIGHEST_NUMBER:
        in_album = bool(place.artist) and len(maybe.group(1)) > 1
        if habits.has_numbers or in_album:
            return place.name[maybe.end() :], True
    return place.name, False


def _is_file_name(name: str, place: Place) -> bool:
    """Whether a display name is nothing but the file's name, as some players write it."""
    is_path = looks_like_audio_path(name)
    has_number = _NUMBER.match(name) is not None
    return bool(place.name) and (is_path or (has_number and fold(name) == fold(place.name)))


def _split_name(name: str, place: Place, habits: Habits) -> tuple[str, str]:
    """Artist and title of a display name, in the order that the path or the whole list tells."""
    order = _order(name, place, habits)
    parts = _DASH.split(name)
    if len(parts) == 1:
        return "", name
    if order == "flipped" or (order == "" and habits.flipped):
        return parts[-1], " - ".join(parts[:-1])
    return parts[0], " - ".join(parts[1:])


def _order(name: str, place: Place, habits: Habits) -> str:
    """``straight``, ``flipped``, or empty where the path does not tell a name's order."""
    parts = _DASH.split(" ".join(name.split()))
    if len(parts) == 1 or not place.name or _is_file_name(name, place):
        return ""
    first, last = parts[0], parts[-1]
    folders = [folder for folder in (place.artist, place.lone) if folder]
    first_is_folder = any(_same(first, folder) for folder in folders)
    last_is_folder = any(_same(last, folder) for folder in folders)
    if first_is_folder != last_is_folder:
        return "straight" if first_is_folder else "flipped"
    file_title, _ = _without_number(place, habits)
    begins, ends = (
        _begins(" - ".join(parts[:-1]), file_title),
        _begins(" - ".join(parts[1:]), file_title),
    )
    if begins != ends:
        return "flipped" if begins else "straight"
    return ""


def _begins(title: str, file_title: str) -> bool:
    """Whether a file has this title, which may be cut off in the file's name."""
    one, other = fold(title), fold(file_title)
    return one == other or (len(other) >= _LONG_NAME and one.startswith(other))


def _same(one: str, other: str) -> bool:
    """Whether two names are one, however they are written."""
    return bool(one) and fold(one).removeprefix("the ") == fold(other).removeprefix("the ")


def _says_more(part: str) -> bool:
    """Whether a part behind a dash can be a title; "Live" and "Radio Edit" are versions."""
    return read_segment(_BRACKETS.sub(" ", part)).role == "subtitle"
