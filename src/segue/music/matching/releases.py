"""The release that a wish names says which recording is meant, where the title does not.

Live albums hold live recordings and re-recorded ones re-recordings, whatever a source leaves out of
their titles. A release's name seldom says so ("The Dance"); its tracks in the catalogue do.
"""

import re
from collections.abc import Iterable
from typing import Final

from segue.music.contracts.songs import Track
from segue.music.matching.distance import Distance
from segue.music.matching.titles import Title, read_title
from segue.music.matching.wish import Wish

# Whole albums are performed so; a remix or a demo on an album is one track among others.
_PERFORMED: Final = frozenset({"live", "acoustic", "orchestral", "re-recorded"})
# Editions that hold other recordings beside the plain ones.
_COLLECTION: Final = re.compile(
    r"\b(?:deluxe|expanded|edition|anniversary|bonus|special|complete|legacy|box set)\b"
)
_NONE: Final[frozenset[str]] = frozenset()


def kinds_of_release(wish: Wish, candidates: Iterable[tuple[Track, Distance]]) -> frozenset[str]:
    """Kinds of recording that the release asked for holds the song as; empty for the plain one.

    Only a plain wish learns from its release. An edition with extra tracks says nothing, and
    neither does a single of the song's own name.
    """
    album = wish.album
    if album is None or any(reading.title.kinds for reading in wish.readings):
        return _NONE
    on_release = [
        (track, distance)
        for track, distance in candidates
        if _near(distance) and _holds(album, track)
    ]
    kinds = {read_title(track.title).kinds for track, _ in on_release}
    if len(kinds) != 1 or not all(distance.vetoed for _, distance in on_release):
        return _NONE
    (only,) = kinds
    return only if only <= _PERFORMED else _NONE


def _holds(album: Title, track: Track) -> bool:
    """Whether the track is on that very release, and the release is an album of one kind."""
    if not track.album:
        return False
    release = read_title(track.album)
    if (release.full, release.kinds) != (album.full, album.kinds):
        return False
    labels = " ".join((*album.labels, *release.labels))
    return not _COLLECTION.search(labels) and release.base != read_title(track.title).base


def _near(distance: Distance) -> bool:
    """Whether nothing but the kind of recording rules the track out."""
    if distance.total >= 1:
        return False
    return all(line.name == "version" for line in distance.lines if line.veto)
