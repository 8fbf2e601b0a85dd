"""What the comparisons share: the two sides of one comparison, and a line of its ledger."""

from dataclasses import dataclass

from segue.music.contracts import Track
from segue.music.matching.policy import MatchPolicy
from segue.music.matching.titles import Title
from segue.music.matching.wish import Reading, Wish


@dataclass(frozen=True, slots=True)
class Pair:
    """A wish under one reading, and a track."""

    reading: Reading
    wish: Wish
    title: Title
    track: Track
    policy: MatchPolicy


@dataclass(frozen=True, slots=True)
class Line:
    """A penalty before it goes on the wire; see :class:`segue.music.contracts.Penalty`."""

    name: str
    amount: float
    detail: str = ""
    veto: bool = False
