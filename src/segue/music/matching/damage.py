"""Text that lost letters: broken encodings and fields cut off at a fixed length.

"Derni\ufffdre d" is what is left of "Dernière danse". Such text cannot be spelled anew, but it can
be laid over a candidate: what is left must stand there, in place, from the first letter on.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from segue.music.matching.normalise import fold, remains

# A lost letter leaves one mark per byte; two letters side by side are the most that occur.
_LOST = ".{0,3}"
_OPEN_BRACKET = re.compile(r"[(\[][^)\]]*$")


@dataclass(frozen=True, slots=True)
class Remains:
    """A pattern for damaged or cut-off text.

    Attributes:
        pattern: For folded text, from its beginning.
        known: Letters left.
    """

    pattern: re.Pattern[str]
    known: int

    def fits(self, text: str) -> bool:
        """Whether folded text may be what the remains are left of."""
        return self.pattern.match(text) is not None

    def fills(self, text: str) -> bool:
        """Whether the remains reach to the text's end."""
        return self.pattern.fullmatch(text) is not None


@lru_cache(maxsize=1 << 10)
def read_remains(text: str) -> Remains | None:
    """The remains of damaged text, None for sound text."""
    pieces = remains(text)
    if len(pieces) == 1 and not _OPEN_BRACKET.search(text):
        return None
    letters = [fold(piece) for piece in pieces]
    parts = [re.escape(piece).replace(r"\ ", r"\s?") for piece in letters]
    return Remains(re.compile(rf"\s?{_LOST}\s?".join(parts)), sum(len(piece) for piece in letters))
