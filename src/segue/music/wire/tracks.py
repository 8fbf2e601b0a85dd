"""What the workflow of one song and its activities say to each other."""

from segue.music.contracts.base import Wire
from segue.music.contracts.songs import SongMetadata, Track


class SearchResult(Wire):
    """Answer of ``spotify-search``.

    Attributes:
        candidates: Distinct tracks in the order found; at most a few dozen.
        searches: Requests spent.
    """

    candidates: tuple[Track, ...]
    searches: int


class MatchInput(Wire):
    """Input of ``fuzzy-match``."""

    song: SongMetadata
    candidates: tuple[Track, ...]


class AddInput(Wire):
    """Input of ``add-to-playlist`` and ``verify-track-added``.

    Attributes:
        position: Where the track was put, 0-based; None: nobody knows.
    """

    playlist_id: str
    uri: str
    position: int | None = None


class AddResult(Wire):
    """Answer of ``add-to-playlist``.

    Attributes:
        added: False when the playlist held the track already.
        position: 0-based.
    """

    added: bool
    position: int
