"""Addresses of tracks: links, URIs and ISRCs, and what other addresses say of themselves."""

import re

# Source: Spotify's share links, with the language and the player that some of them name.
_SPOTIFY = re.compile(
    r"(?:spotify:(?://)?|(?:https?://)?(?:open|play)\.spotify\.com/(?:intl-[a-z]{2,3}(?:-[a-z]+)?/)?(?:embed/)?)"
    r"(?:user[:/][^:/\s]{1,64}[:/])?([a-z]{4,9})[:/](\S{1,1000})",
    re.ASCII | re.IGNORECASE,
)
_ID = re.compile(r"([0-9A-Za-z]{22})(?:[/?#]\S*)?", re.ASCII)
_BARE_ID = re.compile(r"(?=[^\s\d]*\d)(?=\S*[a-z])(?=\S*[A-Z])[0-9A-Za-z]{22}", re.ASCII)
# Catalogue pages only: file paths name their owner, and stream addresses may carry a token.
_CATALOGUE_PAGE = re.compile(
    r"https?://(?:[a-z]+\.)*(?:musicbrainz\.org|youtube\.com|youtu\.be|deezer\.com|music\.apple\.com"
    r"|tidal\.com)/\S{1,200}",
    re.ASCII,
)
_SHORT_LINK = re.compile(
    r"(?:https?://)?(?:spotify\.link|spotify\.app\.link|spoti\.fi)/\S+", re.IGNORECASE
)
_WEB = re.compile(r"[a-z][a-z\d+.-]{1,20}://([^\s/?#]{1,200})\S*", re.ASCII | re.IGNORECASE)
# Source: ISO 3901 as the services write it; the form tells an ISRC from a Deezer id in its column.
_ISRC = re.compile(r"[A-Z]{2}[A-Z0-9]{3}\d{7}", re.ASCII)
_LONGEST_ISRC = 40

TRACK_URI = "spotify:track:"

_NO_MUSIC = {
    "episode": "a podcast episode",
    "show": "a podcast",
    "audiobook": "an audiobook",
    "chapter": "a chapter of an audiobook",
}
_NO_TRACKS = {
    **_NO_MUSIC,
    "local": "a local file of Spotify's, which no catalogue can look up",
    "album": "a link to an album, not to a song",
    "playlist": "a link to a playlist, not to a song",
    "artist": "a link to an artist, not to a song",
    "user": "a link to a person, not to a song",
}


def parse_isrc(text: str) -> str | None:
    """Read an ISRC, with or without dashes; anything of another form is None."""
    code = text[:_LONGEST_ISRC].strip().replace("-", "").replace(" ", "").upper()
    return code if _ISRC.fullmatch(code) else None


def parse_uri(text: str) -> str | None:
    """Read a track's address in a public catalogue.

    Returns:
        ``spotify:track:…`` for a Spotify URI, link or bare id; the link itself for a page of
        another known catalogue; None for file paths, streams and everything else.
    """
    text = text.strip()
    spotify = _SPOTIFY.fullmatch(text)
    if spotify and spotify.group(1).casefold() != "track":
        return None
    if track := _ID.fullmatch(spotify.group(2) if spotify else text):
        return f"{TRACK_URI}{track.group(1)}"
    return text if _CATALOGUE_PAGE.fullmatch(text) else None


def parse_address(text: str) -> str | None:
    """Read a text that is nothing but the address of one Spotify track, or an ISRC.

    Returns:
        ``spotify:track:…``, or the ISRC; None for words.
    """
    text = text.strip("<>\"' \t")
    if _SPOTIFY.fullmatch(text) or _BARE_ID.fullmatch(text):
        return parse_uri(text)
    return parse_isrc(text)


def why_no_track(text: str) -> str | None:
    """Say why an address leads to no track that can be looked up; None for tracks and for words."""
    text = text.strip("<>\"' \t")
    if spotify := _SPOTIFY.fullmatch(text):
        kind = spotify.group(1).casefold()
        if kind == "track":
            return None if parse_uri(text) else "a track address of Spotify's that is not whole"
        return _NO_TRACKS.get(kind, "an address of Spotify's that is no song")
    if _SHORT_LINK.fullmatch(text):
        return "a short link, which does not say the song: open it and copy the address it leads to"
    if (web := _WEB.fullmatch(text)) and not text.casefold().startswith("file:"):
        host = web.group(1).rpartition("@")[2]  # never a password
        return f"an address at {host[:60]}, which cannot be looked up: give artist and title"
    return None


def why_no_music(text: str) -> str | None:
    """Say what a Spotify address names instead of music, such as a podcast's episode."""
    spotify = _SPOTIFY.fullmatch(text.strip())
    return _NO_MUSIC.get(spotify.group(1).casefold()) if spotify else None
