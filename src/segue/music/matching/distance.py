"""How far a track is from a wish: a ledger of named penalties."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from segue.music.contracts.songs import Track
from segue.music.contracts.verdicts import Penalty
from segue.music.matching.artists import compare_credit
from segue.music.matching.casts import NOBODY, Casts, compare_casts
from segue.music.matching.kinds import compare_kinds
from segue.music.matching.ledger import Line, Pair
from segue.music.matching.likeness import Likeness, compare_titles
from segue.music.matching.policy import MatchPolicy
from segue.music.matching.titles import Title, numbers_in, read_title
from segue.music.matching.versions import names_soundtrack
from segue.music.matching.wish import Wish

_TEN_YEARS: Final = 10  # beyond this a year is simply another one


@dataclass(frozen=True, slots=True)
class Distance:
    """The sum of a ledger, and its lines.

    Attributes:
        total: 0 to 1.
        vetoed: Whether a line forbids an acceptance.
        absent: Artists asked for whom the track does not name.
        spelled: Canonical title of the track, where the wish's is spelled otherwise; else empty.
    """

    total: float
    vetoed: bool
    lines: tuple[Line, ...]
    absent: tuple[str, ...] = ()
    spelled: str = ""

    def penalties(self) -> tuple[Penalty, ...]:
        """The ledger as it goes on the wire, vetoes first, then the heaviest."""
        lines = sorted(self.lines, key=lambda line: (not line.veto, -line.amount))
        return tuple(
            Penalty(
                name=line.name, amount=round(line.amount, 4), detail=line.detail, veto=line.veto
            )
            for line in lines
        )


def measure(wish: Wish, track: Track, policy: MatchPolicy) -> Distance:
    """The distance under the reading of the wish that fits the track best."""
    pairs = [Pair(reading, wish, track, policy) for reading in wish.readings]
    return min(
        (_measure_pair(pair) for pair in pairs),
        key=lambda distance: (distance.vetoed, distance.total),
        default=Distance(1.0, vetoed=True, lines=()),
    )


def _measure_pair(pair: Pair) -> Distance:
    far, doubt = compare_credit(pair.reading.credit, pair.track.artists)
    if far > pair.policy.other_artist:
        return Distance(1.0, vetoed=True, lines=(Line("artist", 1.0, doubt, veto=True),))
    likeness = compare_titles(pair.reading.title, pair.title)
    if likeness.far > pair.policy.other_title:
        detail = f"other title: {pair.track.title}"
        return Distance(1.0, vetoed=True, lines=(Line("title", 1.0, detail, veto=True),))
    casts = NOBODY if likeness.word else compare_casts(pair)  # another song has guests of its own
    lines = (
        *_spelling_lines(pair, likeness, far, doubt),
        *_credit_lines(pair),
        *_cast_lines(pair, casts),
        *compare_kinds(pair),
        *_duration_lines(pair),
        *_release_lines(pair),
    )
    return Distance(
        total=min(1.0, sum(line.amount for line in lines)),
        vetoed=any(line.veto for line in lines),
        lines=lines,
        absent=casts.absent,
        spelled=pair.title.base if likeness.far else "",
    )


def _spelling_lines(pair: Pair, likeness: Likeness, far: float, doubt: str) -> Iterator[Line]:
    policy = pair.policy
    trust = policy.agreed if _agreed(pair) else 1.0
    yield from _title_lines(pair, likeness, trust)
    if far:
        both = policy.both_misspelt if likeness.far and far < policy.misspelt_artist else 1.0
        yield Line("artist", policy.artist * far * trust * both, doubt)


def _agreed(pair: Pair) -> bool:
    """Whether a witness agrees: then a difference in spelling is hardly another song."""
    wish, track = pair.wish, pair.track
    if wish.isrc and wish.isrc == track.isrc:
        return True
    if wish.duration_ms and track.duration_ms:
        return abs(wish.duration_ms - track.duration_ms) <= pair.policy.duration_agreed_ms
    return bool(wish.album and track.album and wish.album.base == read_title(track.album).base)


def _title_lines(pair: Pair, likeness: Likeness, trust: float) -> Iterator[Line]:
    policy, title = pair.policy, pair.track.title
    if likeness.far:
        amount = policy.title * likeness.far * trust
        yield Line("title", amount, f"the title is spelled differently: {title}")
    if likeness.word:
        yield Line("word", policy.word, f"the title has other words: {title}", veto=True)
    if likeness.subtitle:
        amount = policy.tail * trust if likeness.tail else policy.subtitle
        yield Line("subtitle", amount, f"the title says more or less than asked: {title}")
    wish_numbers, track_numbers = (
        numbers_in(pair.reading.title.spoken),
        numbers_in(pair.title.spoken),
    )
    if wish_numbers != track_numbers:
        yield Line("number", policy.number, f"another part or number: {title}", veto=True)


def _credit_lines(pair: Pair) -> Iterator[Line]:
    if not pair.reading.credit.mains:
        yield Line("artist", pair.policy.no_artist, "the wish names no artist", veto=True)
    if pair.reading.doubt:
        yield Line("reading", pair.reading.doubt, "the row can be read in several ways")


def _cast_lines(pair: Pair, casts: Casts) -> Iterator[Line]:
    """Lines for the share of performers, besides the main artist, that are on one side only."""
    if casts.absent:
        amount = pair.policy.absent * len(casts.absent) / casts.all
        yield Line("absent", amount, f"without {', '.join(casts.absent)}")
    if casts.extra:
        amount = pair.policy.guests * len(casts.extra) / casts.all
        yield Line("guests", amount, f"with {', '.join(casts.extra)}")


def _duration_lines(pair: Pair) -> Iterator[Line]:
    wish_ms, track_ms, policy = pair.wish.duration_ms, pair.track.duration_ms, pair.policy
    if not wish_ms or not track_ms:
        return
    gap = abs(wish_ms - track_ms)
    if gap <= max(policy.duration_grace_ms, policy.duration_grace_share * wish_ms):
        return
    limit = max(policy.duration_veto_ms, policy.duration_veto_share * wish_ms)
    side = "longer" if track_ms > wish_ms else "shorter"
    yield Line(
        "duration",
        policy.duration * min(2.0, gap / limit),
        f"it is {gap / 1000:.0f} s {side} than asked",
        veto=gap > limit,
    )


def _album_far(wish_album: Title, album: Title) -> float:
    """The distance of two releases; a re-recorded or live one is another than the plain one."""
    return compare_titles(wish_album, album).far if wish_album.kinds == album.kinds else 1.0


def _release_lines(pair: Pair) -> Iterator[Line]:
    wish, track, policy = pair.wish, pair.track, pair.policy
    if wish.album and track.album:
        weight = policy.soundtrack if names_soundtrack(wish.album.text) else policy.album
        if far := _album_far(wish.album, read_title(track.album)):
            yield Line("album", weight * far, f"another release: {track.album}")
    release_year = (track.release_date or "")[:4]
    if wish.year and release_year.isdecimal() and int(release_year) != wish.year:
        share = min(1.0, abs(int(release_year) - wish.year) / _TEN_YEARS)
        yield Line("year", policy.year * share, f"released in {release_year}")
    if wish.isrc and track.isrc and wish.isrc != track.isrc:
        yield Line("isrc", policy.isrc, f"another ISRC: {track.isrc}")
    wish_labels, track_labels = pair.reading.title.labels, pair.title.labels
    if wish_labels != track_labels:
        share = 0.5 if wish_labels and track_labels else 1.0
        yield Line(
            "label", policy.label * share, f"another pressing: {', '.join(track_labels) or 'plain'}"
        )
