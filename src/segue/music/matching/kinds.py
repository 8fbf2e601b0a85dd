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
    wish_title, track_title = pair.reading.title, pair.title
    if (
        wish_title.remains
        and wish_title.remains.known > len(track_title.base)
        and wish_title.remains.fits(fold(track_title.text))
    ):
        return  # what is left of the wish reaches into the track's version text
    yield from _kind_lines(pair)
    if wish_title.cut != track_title.cut:
        yield Line("cut", pair.policy.cut, f"another cut: {track_title.cut or 'full length'}")


def _kind_lines(pair: Pair) -> Iterator[Line]:
    wish_kinds, track_kinds, policy = pair.reading.title.kinds, pair.title.kinds, pair.policy
    album, release = pair.wish.album, pair.track.album
    all_wish_kinds = wish_kinds | pair.wish.release_kinds
    all_wish_kinds |= album_kinds(fold(album.text)) if album else _NONE
    all_track_kinds = track_kinds | (album_kinds(fold(release)) if release else _NONE)
    if all_wish_kinds == all_track_kinds:
        yield from _name_lines(pair)
        if pair.wish.release_kinds:
            detail = f"on the release asked for it is {_spoken(all_track_kinds)}"
            yield Line("release", policy.release, detail)
    elif all_wish_kinds ^ all_track_kinds <= _UNPLUGGED and all_wish_kinds & all_track_kinds:
        yield Line("version", policy.unplugged, f"it is called {_spoken(all_track_kinds)}")
    elif wish_kinds == track_kinds:
        yield Line("version", policy.album_version, f"its release is {_spoken(all_track_kinds)}")
    elif not _same_year(pair):
        detail = f"asked for {_spoken(all_wish_kinds)}, this is {_spoken(all_track_kinds)}"
        yield Line("version", policy.version, detail, veto=True)


def _spoken(kinds: frozenset[str]) -> str:
    return " and ".join(sorted(kinds)) or "the studio recording"


def _same_year(pair: Pair) -> bool:
    """Whether a re-recording's year is the release's: there it is just the song."""
    wish_title, track_title = pair.reading.title, pair.title
    if wish_title.kinds == _RERECORDED and not track_title.kinds:
        return wish_title.year is not None and (pair.track.release_date or "")[:4] == str(
            wish_title.year
        )
    return (
        track_title.kinds == _RERECORDED
        and not wish_title.kinds
        and track_title.year == pair.wish.year is not None
    )


def _name_lines(pair: Pair) -> Iterator[Line]:
    """Lines for another remixer, place or year of the same kind of recording."""
    wish_title, track_title, policy = pair.reading.title, pair.title, pair.policy
    if not wish_title.kinds:
        return
    if wish_title.year and track_title.year and wish_title.year != track_title.year:
        yield Line(
            "occasion", policy.version_name, f"another occasion: {track_title.year}", veto=True
        )
    kind, names = _spoken(wish_title.kinds), " ".join(track_title.names)
    if wish_title.names and track_title.names:
        if not share_names(wish_title.names, track_title.names) or _other_numbers(
            wish_title.names, track_title.names
        ):
            yield Line("occasion", policy.version_name, f"another {kind}: {names}", veto=True)
    elif wish_title.names or track_title.names:
        yield from _unnamed_lines(pair)


def _unnamed_lines(pair: Pair) -> Iterator[Line]:
    """Lines where one side names the remixer or occasion and the other does not."""
    wish_title, track_title, policy = pair.reading.title, pair.title, pair.policy
    if "karaoke" in wish_title.kinds:
        return
    if "remix" not in wish_title.kinds:
        detail = f"which {_spoken(wish_title.kinds)} recording, only one side says"
        yield Line("occasion", policy.unnamed_version, detail)
    elif track_title.names:
        detail = f"there may be other remixes than that of {' '.join(track_title.names)}"
        yield Line("occasion", policy.unnamed_remix, detail, veto=True)
    elif not share_names(wish_title.names, tuple(fold(" ".join(pair.track.artists)).split())):
        yield Line("occasion", policy.version_name, "a remix by somebody unnamed", veto=True)


def _other_numbers(ones: tuple[str, ...], others: tuple[str, ...]) -> bool:
    """Whether names hold different numbers: takes of one session differ by nothing else."""
    digits, other_digits = ({name for name in names if name.isdigit()} for names in (ones, others))
    return bool(digits and other_digits) and digits != other_digits


def share_names(ones: tuple[str, ...], others: tuple[str, ...]) -> bool:
    """Whether half of the shorter list's names stand in the longer one, misspellings allowed."""
    few, many = sorted((ones, others), key=len)
    common = sum(
        any(OSA.normalized_similarity(latin(one), latin(other)) > _SAME_NAME for other in many)
        for one in few
    )
    return common * 2 >= len(few)
