"""What a path to a sound file says of the song: its folders, and the file's own name."""

import re
from dataclasses import dataclass
from urllib.parse import unquote

from segue.music.files.importers.addresses import parse_uri, why_no_track

_LONGEST_PATH = 4_096  # Source: Linux, PATH_MAX
_AUDIO = re.compile(
    r"\.(?:mp3|m4a|m4p|m4b|aac|flac|ogg|oga|opus|wav|wma|aif|aiff|alac|ape|mka|mp4|webm|mpc|wv|dsf|m4v)$",
    re.IGNORECASE,
)
_ENCODED = re.compile(r"%[0-9A-Fa-f]{2}")
_SCHEME = re.compile(r"([a-z][a-z\d+.-]{1,20})://([^/\\]*)", re.IGNORECASE)
_DRIVE = re.compile(r"/*[a-z]:/?", re.IGNORECASE)
# Folders that hold music of everybody; what stands above them says nothing of a song.
_ROOTS = frozenset({
    "music", "musik", "musique", "música", "musica", "muziek", "muzyka", "musiikki", "hudba",
    "zene", "музыка", "музика", "μουσική", "müzik", "ミュージック", "音楽", "音乐", "음악",
    "my music", "eigene musik", "ma musique", "itunes", "itunes media", "itunes music",
    "music.localized", "media.localized", "media", "apple music", "amazon music",
    "google play music", "downloads", "download", "desktop", "documents", "songs", "audio",
    "mp3", "mp3s", "flac", "lossless", "library", "playlists", "sdcard", "soundcloud", "deezer",
    "spotify", "tidal", "youtube", "rips", "albums", "artists", "var", "tmp", "srv", "data",
    "storage", "public",
})  # fmt: skip
# The next folder below these is a person, a disk or a share.
_OWNERS = frozenset({
    "users", "home", "documents and settings", "mnt", "volumes", "volume1", "volume2", "run",
    "emulated", "nas", "shares", "benutzer",
})  # fmt: skip
_VARIOUS = frozenset({
    "compilations", "various artists", "various", "va", "v.a.", "verschiedene interpreten",
    "soundtracks", "ost", "mixes", "singles",
})  # fmt: skip
_UNKNOWN = re.compile(
    r"<?(?:unknown|unbekannt\w*|inconnu|desconocid\w|desconhecid\w|sconosciut\w)(?: ?\w+)?>?"
    r"|(?:album|artiste|artista|álbum) (?:inconnu|desconocido|desconhecido|sconosciuto)",
    re.IGNORECASE,
)
_DISC = re.compile(
    r"(?:cd|disc|disk|disque|disco|lp|vinyl|side|dvd)[ ._#-]{0,3}(?:\d{1,2}|[A-H])", re.IGNORECASE
)
# "1991 - Nevermind", "(1991) Nevermind"; never "1984 Live", whose year may be the name's.
_YEAR_BEFORE = re.compile(r"(?:[\[(]\d{4}[\])]\s*[-\u2013.]?|\d{4}\s*[-\u2013.])\s*(?=\S)")
_REMARK_BEHIND = re.compile(
    r"\s*[\[({](?:\d{4}|flac|mp3|aac|alac|web|cd|vinyl|v0|v2|lossless|\d{2,3} ?k(?:bps)?|320"
    r"|\d\d ?bit[^\])}]{0,20}|\d\d[-. ]\d\d[^\])}]{0,20})[\])}]\s*$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Place:
    """The folders that a song may be told from, and the file's own name.

    Attributes:
        artist: Of the folder "Artist/Album" or "Artist - Album"; empty where there is none.
        lone: The one folder that there is, an artist's or an album's; else empty.
        in_music: Whether that folder stands directly in one that holds music.
        name: Without ending and quoting.
    """

    artist: str = ""
    album: str = ""
    lone: str = ""
    in_music: bool = False
    name: str = ""


def looks_like_audio_path(line: str) -> bool:
    """Whether a line ends like the name of a sound file."""
    return bool(_AUDIO.search(line.strip()))


def read_path(location: str) -> Place:
    """Read a path of any system, a file's address, or a relative one with or without %-escapes.

    Folders that can name their owner are left out. An address that is no file gives nothing.
    """
    location = location.strip()[:_LONGEST_PATH]
    is_audio = looks_like_audio_path(location.partition("?")[0])
    if not is_audio and (parse_uri(location) or why_no_track(location)):
        return Place()
    *above, name = _segments(location) or [""]
    folders, in_music = _own_folders(above)
    while folders and _DISC.fullmatch(folders[-1]):
        folders.pop()
    name = _AUDIO.sub("", name.strip())
    if " " not in name:
        name = name.replace("_", " ")
    return _place(folders, " ".join(name.split()), in_music=in_music)


def _segments(location: str) -> list[str]:
    scheme = _SCHEME.match(location)
    if scheme:
        rest = location[scheme.end() :]
        is_file = scheme.group(1).casefold() == "file"
        location = rest if is_file else rest.partition("?")[0]
    if scheme or (_ENCODED.search(location) and " " not in location):
        location = _unescape(location)
    share = location.startswith("\\\\")
    path = location.replace("\\", "/").replace("/:", "/")
    if "/" not in path and path.count(":") > 1:  # classic Mac OS: Disk:Folder:File
        path = path.partition(":")[2].replace(":", "/")
    path = _DRIVE.sub("/", path, count=1) if _DRIVE.match(path) else path
    segments = [" ".join(part.split()) for part in path.split("/")]
    segments = [part for part in segments if part not in {"", ".", ".."}]
    return segments[2:] if share and len(segments) > 2 else segments


def _unescape(text: str) -> str:
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError:
        return unquote(text, encoding="cp1252", errors="replace")


def _own_folders(above: list[str]) -> tuple[list[str], bool]:
    """The folders below those that hold everybody's music; whether there was such a one."""
    start = 0
    for index, folder in enumerate(above):
        plain = folder.casefold()
        # "Music/Media/Artist": roots stand together at the top; an artist may be called so below.
        if plain in _OWNERS and index == start:
            start = index + 2
        elif plain in _ROOTS and index <= start + 2:
            start = index + 1
    return above[start:], start > 0


def _place(folders: list[str], name: str, *, in_music: bool) -> Place:
    if not folders:
        return Place(name=name)
    album = _REMARK_BEHIND.sub("", folders[-1])
    artist = folders[-2] if len(folders) > 1 else ""
    left, dash, right = album.partition(" - ")
    if dash and not left.strip("[]()").isdigit():
        album = right
        artist = left
    album = _YEAR_BEFORE.sub("", album, count=1)
    various = artist.casefold() in _VARIOUS
    if not artist:
        if album.casefold() in _VARIOUS or _UNKNOWN.fullmatch(album):
            return Place(name=name)
        return Place(lone=album, in_music=in_music, name=name)
    return Place(
        artist="" if various or _UNKNOWN.fullmatch(artist) else artist,
        album="" if _UNKNOWN.fullmatch(album) else album,
        name=name,
    )
