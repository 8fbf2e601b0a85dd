"""What the comparisons share: the two sides of one comparison, and a line of its ledger."""

from dataclasses import dataclass

from segue.music.contracts.songs import Track
from segue.music.matching.policy import MatchPolicy
from segue.music.matching.titles import Title, read_title
from segue.music.matching.wish import Reading, Wish


@dataclass(frozen=True, slots=True)
class Pair:
    """A wish under one reading, and a track."""

    reading: Reading
    wish: Wish
    track: Track
    policy: MatchPolicy

    @property
    def title(self) -> Title:
        """The track's title; read only once its artist is worth it, for reading costs most."""
        return read_title(self.track.title)


@dataclass(frozen=True, slots=True)
class Line:
    """A penalty before it goes on the wire; see :class:`segue.music.contracts.Penalty`."""

    name: str
    amount: float
    detail: str = ""
    veto: bool = False
