"""Whether two titles mean the same kind of recording, and the same one of its kind."""

from collections.abc import Iterator
from typing import Final

from rapidfuzz.distance import OSA

from segue.music.matching.ledger import Line, Pair
from segue.music.matching.normalise import fold, latin
from segue.music.matching.versions import album_kinds

# Unplugged is both, and is called either.
_NONE: Final[frozenset[str]] = frozenset()
_UNPLUGGED: Final = frozenset({"live", "acoustic"})
_RERECORDED: Final = frozenset({"re-recorded"})
_SAME_NAME: Final = 0.7  # share of letters from which two names in version texts are one


def compare_kinds(pair: Pair) -> Iterator[Line]:
    """Lines for another kind, another one of its kind, and another cut."""
    asked, given = pair.reading.title, pair.title
    if (
        asked.remains
        and asked.remains.known > len(given.base)
        and asked.remains.fits(fold(given.text))
    ):
        return  # what is left of the wish reaches into the track's version text
    yield from _kind_lines(pair)
    if asked.cut != given.cut:
        yield Line("cut", pair.policy.cut, f"another cut: {given.cut or 'full length'}")


def _kind_lines(pair: Pair) -> Iterator[Line]:
    asked, given, policy = pair.reading.title.kinds, pair.title.kinds, pair.policy
    album, release = pair.wish.album, pair.track.album
    wanted = asked | (album_kinds(fold(album.text)) if album else _NONE)
    found = given | (album_kinds(fold(release)) if release else _NONE)
    if wanted == found:
        yield from _name_lines(pair)
    elif wanted ^ found <= _UNPLUGGED and wanted & found:
        yield Line("version", policy.unplugged, f"it is called {_spoken(found)}")
    elif asked == given:
        yield Line("version", policy.album_version, f"its release is {_spoken(found)}")
    elif not _same_year(pair):
        said = f"asked for {_spoken(wanted)}, this is {_spoken(found)}"
        yield Line("version", policy.version, said, veto=True)


def _spoken(kinds: frozenset[str]) -> str:
    return " and ".join(sorted(kinds)) or "the studio recording"


def _same_year(pair: Pair) -> bool:
    """The "1993 Version" is, on the release of 1993, just the song."""
    asked, given = pair.reading.title, pair.title
    if asked.kinds == _RERECORDED and not given.kinds:
        return asked.year is not None and (pair.track.release_date or "")[:4] == str(asked.year)
    return (
        given.kinds == _RERECORDED and not asked.kinds and given.year == pair.wish.year is not None
    )


def _name_lines(pair: Pair) -> Iterator[Line]:
    """The remixer, the place or the year that tells one version from another."""
    asked, given, policy = pair.reading.title, pair.title, pair.policy
    if not asked.kinds:
        return
    if asked.year and given.year and asked.year != given.year:
        yield Line("occasion", policy.version_name, f"another occasion: {given.year}", veto=True)
    kind, names = _spoken(asked.kinds), " ".join(given.names)
    if asked.names and given.names:
        if not share_names(asked.names, given.names) or _other_numbers(asked.names, given.names):
            yield Line("occasion", policy.version_name, f"another {kind}: {names}", veto=True)
    elif asked.names or given.names:
        yield from _unnamed_lines(pair)


def _unnamed_lines(pair: Pair) -> Iterator[Line]:
    """One side says "Remix", the other whose."""
    asked, given, policy = pair.reading.title, pair.title, pair.policy
    if "karaoke" in asked.kinds:
        return
    if "remix" not in asked.kinds:
        said = f"which {_spoken(asked.kinds)} recording, only one side says"
        yield Line("occasion", policy.unnamed_version, said)
    elif given.names:
        said = f"there may be other remixes than that of {' '.join(given.names)}"
        yield Line("occasion", policy.unnamed_remix, said, veto=True)
    elif not share_names(asked.names, tuple(fold(" ".join(pair.track.artists)).split())):
        yield Line("occasion", policy.version_name, "a remix by somebody unnamed", veto=True)


def _other_numbers(ones: tuple[str, ...], others: tuple[str, ...]) -> bool:
    """Takes and parts of one session are told apart by their numbers alone."""
    digits, given = ({name for name in names if name.isdigit()} for names in (ones, others))
    return bool(digits and given) and digits != given


def share_names(ones: tuple[str, ...], others: tuple[str, ...]) -> bool:
    """Whether half of the shorter list's names stand in the longer one, misspellings allowed."""
    few, many = sorted((ones, others), key=len)
    known = sum(
        any(OSA.normalized_similarity(latin(one), latin(other)) > _SAME_NAME for other in many)
        for one in few
    )
    return known * 2 >= len(few)
