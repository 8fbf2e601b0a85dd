"""Playlists of a catalogue."""

from segue.music.contracts.base import Wire
from segue.music.contracts.songs import Track


class PlaylistLink(Wire):
    """The playlist a sync is about.

    Attributes:
        id: None for a dry run on a playlist that does not exist.
    """

    id: str | None
    name: str
    url: str | None = None


class PlaylistView(Wire):
    """A playlist with its items.

    Attributes:
        tracks: In order; None where an item is unavailable.
    """

    id: str
    name: str
    url: str | None = None
    total: int
    tracks: tuple[Track | None, ...] = ()
