"""Songs as asked for, and tracks as a catalogue knows them."""

from segue.music.contracts.base import Wire


class SongMetadata(Wire):
    """One song as its source describes it: a wish, in the source's own spelling.

    Attributes:
        title: As written, version words included ("Jolene - Live"). May hold "Artist - Title" when
            ``artist`` is empty. Where the source gives no words, its ``uri`` or ``isrc`` again.
        artist: As written; several artists in one string stay in one string. Empty when unknown.
        album: As written.
        year: Four digits, of the release the source means.
        duration_ms: Milliseconds, > 0.
        isrc: Twelve characters, upper case, no dashes; validated by form only, and wrong in
            practice often enough that it never decides alone.
        uri: The track's address in the source's catalogue, e.g. ``spotify:track:…``.
        artists: The artists one by one where the source lists them apart; else empty.
    """

    title: str
    artist: str = ""
    album: str | None = None
    year: int | None = None
    duration_ms: int | None = None
    isrc: str | None = None
    uri: str | None = None
    artists: tuple[str, ...] = ()

    @property
    def is_address(self) -> bool:
        """Whether the source names the track by its address or ISRC alone, without a word."""
        return self.title in {self.uri, self.isrc}


class Track(Wire):
    """One recording in a catalogue.

    Attributes:
        uri: ``spotify:track:<22 base-62 characters>`` in both catalogues.
        artists: Main artist first.
        release_date: ``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``.
        duration_ms: Milliseconds.
        isrc: As the catalogue gives it; may be absent.
    """

    uri: str
    title: str
    artists: tuple[str, ...]
    album: str | None = None
    release_date: str | None = None
    duration_ms: int | None = None
    isrc: str | None = None
