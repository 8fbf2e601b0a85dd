"""What to type into a catalogue's search, likeliest form first."""

from segue.music.contracts import SongMetadata
from segue.music.matching.wish import read_wish


def search_queries(song: SongMetadata) -> tuple[str, ...]:
    """Query forms in Spotify's syntax, in the order in which they are worth trying."""
    wish = read_wish(song)
    forms: list[str] = []
    if song.isrc:
        forms.append(f"isrc:{song.isrc}")
    for reading in wish.readings[:2]:
        forms.append(f"{reading.title.plain} {reading.credit.plain}".strip())
    return tuple(dict.fromkeys(form for form in forms if form))
