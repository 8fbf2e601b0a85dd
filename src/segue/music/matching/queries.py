"""The queries for a catalogue's search, likeliest form first."""

from collections.abc import Iterator

from segue.music.contracts.songs import SongMetadata
from segue.music.matching.normalise import latin, remains, repair, uncensor
from segue.music.matching.wish import Reading, read_wish


def search_queries(song: SongMetadata) -> tuple[str, ...]:
    """Query forms in Spotify's syntax, in the order in which they are worth trying.

    The ISRC comes first where there is one, then free text (it forgives spelling), then the fields
    one by one (a common title cannot bury the artist), then other readings and spellings. Empty
    for a row that is not a song, and for one that is an address, which is looked up.
    """
    if song.is_address:
        return (f"isrc:{song.isrc}",) if song.isrc else ()
    wish = read_wish(song)
    forms = [f"isrc:{wish.isrc}"] if wish.isrc and wish.readings else []
    forms += [form for reading in wish.readings[:1] for form in _forms(reading)]
    forms += [_free_text(reading) for reading in wish.readings[1:]]
    forms = [text for form in forms if (text := form.strip())]
    # Word order is nothing to a search: "a b" and "b a" are one form.
    return tuple({" ".join(sorted(form.split())): form for form in reversed(forms)}.values())[::-1]


def _forms(reading: Reading) -> Iterator[str]:
    text = _free_text(reading)
    yield text
    title, artist = _tidy(reading.title.plain), _tidy(reading.credit.plain)
    if title and artist:
        yield f'track:"{title}" artist:"{artist}"'
    if reading.title.versions:
        yield f"{title} {artist}".strip()
    if not text.isascii():
        yield latin(text)


def _free_text(reading: Reading) -> str:
    words = (reading.title.plain, *reading.title.versions, reading.credit.plain)
    return " ".join(tidy for word in words if (tidy := _tidy(word)))


def _tidy(text: str) -> str:
    """The text without broken letters and without signs of the query syntax."""
    sound = " ".join(remains(repair(text)))
    return " ".join(uncensor(sound).replace('"', " ").replace(":", " ").split())
