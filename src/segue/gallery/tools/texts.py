"""Shipped texts and a search in them: what stands in, offline, for services that search."""

import re
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "texts"
# Words of a question that say nothing of what it is about.
_IDLE = frozenset(
    re.findall(
        r"\w+",
        """about and are but can did does find for from give how know might not one please search
        sentence tell that the them there this was web what when where which who why will with you
        your""",
    )
)


@dataclass(frozen=True)
class Passage:
    """A part of a text.

    Attributes:
        source: Where it stands: an address, or the name of its file.
    """

    title: str
    source: str
    text: str

    @property
    def first_sentence(self) -> str:
        """Its first sentence, with its full stop."""
        return re.split(r"(?<=\.)\s", self.text, maxsplit=1)[0]


@cache
def passages_of(name: str) -> tuple[Passage, ...]:
    """The passages of a shipped text.

    Args:
        name: Of the file: each passage begins with ``## title``, perhaps with an address below.
    """
    content = (FOLDER / name).read_text(encoding="utf-8")
    return tuple(
        _passage(part, name) for part in re.split(r"^## ", content, flags=re.MULTILINE)[1:]
    )


def search(
    passages: Sequence[Passage], question: str, most: int = 3, *, every: bool = False
) -> list[Passage]:
    """The passages that have words of a question, best first; SQLite's full-text search ranks them.

    Args:
        passages: Where it looks.
        question: Of any form: its words are looked for, with other endings too.
        most: How many it gives.
        every: Only passages that have all of the words.
    """
    words = [word for word in re.findall(r"\w{3,}", question.lower()) if word not in _IDLE]
    if not words:
        return []
    with closing(sqlite3.connect(":memory:")) as base:
        base.execute("CREATE VIRTUAL TABLE passage USING fts5(title, text, tokenize='porter')")
        base.executemany(
            "INSERT INTO passage VALUES (?, ?)", [(each.title, each.text) for each in passages]
        )
        rows = base.execute(
            "SELECT rowid FROM passage WHERE passage MATCH ? ORDER BY rank, rowid LIMIT ?",
            ((" AND " if every else " OR ").join(f'"{word}"' for word in words), most),
        )
        return [passages[number - 1] for (number,) in rows]


def _passage(part: str, name: str) -> Passage:
    title, _, rest = part.strip().partition("\n")
    first, _, below = rest.partition("\n")
    if first.startswith("https://"):
        return Passage(title=title, source=first, text=below.strip())
    return Passage(title=title, source=name, text=rest.strip())
