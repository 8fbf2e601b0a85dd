"""How far a track is from a wish: a ledger of named penalties."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import OSA

from segue.music.contracts import Penalty, Track
from segue.music.matching.artists import compare_credit
from segue.music.matching.normalise import censored_alike, latin
from segue.music.matching.policy import MatchPolicy
from segue.music.matching.titles import Title, read_title
from segue.music.matching.wish import Reading, Wish


@dataclass(frozen=True, slots=True)
class Line:
    """A penalty before it is written out."""

    name: str
    amount: float
    detail: str = ""
    veto: bool = False


@dataclass(frozen=True, slots=True)
class Distance:
    """The sum of a ledger, and its lines."""

    total: float
    lines: tuple[Line, ...]

    @property
    def vetoed(self) -> bool:
        return any(line.veto for line in self.lines)

    def penalties(self) -> tuple[Penalty, ...]:
        lines = sorted(self.lines, key=lambda line: -line.amount)
        return tuple(
            Penalty(name=line.name, amount=round(line.amount, 4), detail=line.detail, veto=line.veto)
            for line in lines
        )


def measure(wish: Wish, track: Track, policy: MatchPolicy) -> Distance:
    """The distance under the reading of the wish that fits the track best."""
    title = read_title(track.title)
    best: Distance | None = None
    for reading in wish.readings:
        lines = list(_compare(reading, wish, track, title, policy))
        total = min(1.0, sum(line.amount for line in lines))
        candidate = Distance(total, tuple(lines))
        if best is None or (candidate.vetoed, candidate.total) < (best.vetoed, best.total):
            best = candidate
    return best or Distance(1.0, ())


def _compare(
    reading: Reading, wish: Wish, track: Track, title: Title, policy: MatchPolicy
) -> Iterator[Line]:
    if reading.doubt:
        yield Line("reading", reading.doubt, "the line can be read in several ways")
    far = 1 - title_likeness(reading.title, title)
    if far > 0.6:
        yield Line("title", 1.0, f"other title: {track.title}", veto=True)
        return
    if far:
        yield Line("title", policy.title * far, f"title written differently: {track.title}")
    artist, said = compare_credit(reading.credit, track.artists)
    if artist > 0.5:
        yield Line("artist", 1.0, said, veto=True)
        return
    if artist:
        yield Line("artist", policy.artist * artist, said)
    if not reading.credit.wholes:
        yield Line("artist", 0.3, "no artist to compare", veto=True)
    yield from _compare_versions(reading.title, wish, track, title, policy)
    yield from _compare_duration(wish, track, policy)
    yield from _compare_release(wish, track, title, policy)


def _compare_versions(
    asked: Title, wish: Wish, track: Track, title: Title, policy: MatchPolicy
) -> Iterator[Line]:
    if asked.numbers != title.numbers:
        yield Line("number", policy.number, "another part or number", veto=True)
    if asked.kinds != title.kinds:
        yield Line(
            "version",
            policy.version,
            f"asked for {_kinds(asked)}, this one is {_kinds(title)}",
            veto=True,
        )
    elif asked.kinds and asked.names and title.names and not set(asked.names) & set(title.names):
        yield Line("version", policy.version_name, "another version of its kind", veto=True)
    if asked.cut != title.cut:
        yield Line("cut", policy.cut, "another cut")


def _kinds(title: Title) -> str:
    return " ".join(sorted(title.kinds)) or "the studio recording"


def _compare_duration(wish: Wish, track: Track, policy: MatchPolicy) -> Iterator[Line]:
    if not wish.duration_ms or not track.duration_ms:
        return
    gap = abs(wish.duration_ms - track.duration_ms)
    if gap <= max(policy.duration_grace_ms, policy.duration_grace_share * wish.duration_ms):
        return
    far = max(policy.duration_veto_ms, policy.duration_veto_share * wish.duration_ms)
    yield Line(
        "duration",
        policy.duration * min(2.0, gap / far),
        f"{gap / 1000:.0f} s {'longer' if track.duration_ms > wish.duration_ms else 'shorter'}",
        veto=gap > far,
    )


def _compare_release(
    wish: Wish, track: Track, title: Title, policy: MatchPolicy
) -> Iterator[Line]:
    if wish.album and track.album:
        album = read_title(track.album)
        far = 1 - (1.0 if album.base == wish.album.base else _near(album.base, wish.album.base))
        if far:
            yield Line("album", policy.album * far, f"another release: {track.album}")
    if wish.year and track.release_date and not track.release_date.startswith(str(wish.year)):
        yield Line("year", policy.year, f"released {track.release_date[:4]}")
    if title.labels:
        yield Line("label", 0.002, "a marked pressing")


def title_likeness(one: Title, other: Title) -> float:
    """1 for the same title; symmetric."""
    if one.base == other.base and one.full == other.full:
        return 1.0
    best = max(_near(one.full, other.full), _near(one.base, other.base) - 0.05)
    if best < 1:
        best = max(best, _near(one.base, other.full) - 0.05, _near(one.full, other.base) - 0.05)
    return best


def _near(one: str, other: str) -> float:
    if one == other:
        return 1.0
    return _near_spelling(*sorted((one, other)))


@lru_cache(maxsize=1 << 14)
def _near_spelling(one: str, other: str) -> float:
    short, long = one.replace(" ", ""), other.replace(" ", "")
    if short == long:
        return 1.0
    if "*" in one + other and censored_alike(one, other):
        return 0.97
    near = OSA.normalized_similarity(short, long)
    if not (short + long).isascii():
        latins = latin(one).replace(" ", ""), latin(other).replace(" ", "")
        near = max(near, OSA.normalized_similarity(*latins))
        if latins[0] == latins[1]:
            return 0.97
    if near < 0.5:
        return 0.0
    return near * (1 - 0.5 * _strange_words(one, other))


def _strange_words(one: str, other: str) -> float:
    """Share of the words that have no partner on the other side, not even a misspelt one."""
    words, others = one.split(), other.split()
    lost = sum(len(word) for word in words if not _has_partner(word, others))
    lost += sum(len(word) for word in others if not _has_partner(word, words))
    return lost / max(1, len(one) + len(other))


def _has_partner(word: str, others: list[str]) -> bool:
    return any(
        word == other or OSA.normalized_similarity(word, other) >= 0.5 for other in others
    )
