"""What the matcher decided for a song, and why."""

from typing import Literal

from pydantic import Field

from segue.music.contracts.base import Wire
from segue.music.contracts.songs import Track

Decision = Literal["accept", "review", "none", "failed"]


class Penalty(Wire):
    """One line of the ledger that explains a distance.

    Attributes:
        name: Stable name of the rule, e.g. ``title``, ``version``, ``duration``.
        amount: Weighted share of the distance, 0 to 1.
        detail: The fact in words: "asked for a studio recording, this one is live".
        veto: Whether this line alone forbids an acceptance however small the distance is.
    """

    name: str
    amount: float
    detail: str
    veto: bool = False


class ScoredTrack(Wire):
    """A candidate and how far it is from what was asked for.

    Attributes:
        confidence: 0 to 1; 1 is certain.
        penalties: The ledger, heaviest first.
    """

    track: Track
    confidence: float = Field(ge=0, le=1)
    penalties: tuple[Penalty, ...] = ()


class Verdict(Wire):
    """What the matcher decided for one song, and why.

    Attributes:
        decision: ``failed``: no verdict could be reached; the matcher itself never says so.
        track: The chosen track for ``accept``, the best guess for ``review``, else None.
        confidence: Of the chosen or best track, 0 to 1.
        reason: One sentence in the user's words.
        alternatives: The nearest candidates, best first, the chosen one included; at most five.
        searches: Catalogue searches spent.
        decided_by: Who had the last word.
    """

    decision: Decision
    track: Track | None = None
    confidence: float = 0.0
    reason: str
    alternatives: tuple[ScoredTrack, ...] = ()
    searches: int = 0
    decided_by: Literal["matcher", "user", "source", "model"] = "matcher"
