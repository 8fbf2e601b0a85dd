"""How far a track is from a wish: a ledger of named penalties."""

from collections.abc import Iterator
from dataclasses import dataclass

from rapidfuzz.distance import OSA

from segue.music.contracts import Penalty, Track
from segue.music.matching.artists import compare_credit, guests_differ
from segue.music.matching.likeness import compare_titles
from segue.music.matching.normalise import fold, latin
from segue.music.matching.policy import MatchPolicy
from segue.music.matching.titles import Title, read_title
from segue.music.matching.versions import album_kinds
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
    likeness = compare_titles(reading.title, title)
    if likeness.far > policy.other_title:
        yield Line("title", 1.0, f"other title: {track.title}", veto=True)
        return
    artist, said = compare_credit(reading.credit, track.artists)
    if artist > policy.other_artist:
        yield Line("artist", 1.0, said, veto=True)
        return
    trust = policy.corroborated if _corroborated(wish, track, policy) else 1.0
    if likeness.far:
        yield Line("title", policy.title * likeness.far * trust, f"written differently: {track.title}")
    if likeness.word:
        yield Line("word", policy.other_word, f"another word in the title: {track.title}", veto=True)
    if likeness.subtitle:
        yield Line("subtitle", policy.subtitle, f"another subtitle: {track.title}")
    if artist:
        yield Line("artist", policy.artist * artist * trust, said)
    if not reading.credit.mains:
        yield Line("artist", policy.no_artist, "no artist to compare", veto=True)
    if guests_differ(reading.credit, track.artists):
        yield Line("guests", policy.guests, f"other guests: {', '.join(track.artists[1:])}")
    if reading.doubt:
        yield Line("reading", reading.doubt, "the line can be read in several ways")
    yield from _compare_versions(reading.title, wish, track, title, policy)
    yield from _compare_duration(wish, track, policy)
    yield from _compare_release(reading.title, wish, track, title, policy)


def _corroborated(wish: Wish, track: Track, policy: MatchPolicy) -> bool:
    """Whether length or release agree: then a difference in spelling is hardly another song."""
    if wish.duration_ms and track.duration_ms:
        return abs(wish.duration_ms - track.duration_ms) <= policy.duration_same_ms
    return bool(wish.album and track.album and wish.album.base == read_title(track.album).base)


# Unplugged is both, and is called either.
_UNPLUGGED = frozenset({"live", "acoustic"})


def _compare_versions(
    asked: Title, wish: Wish, track: Track, title: Title, policy: MatchPolicy
) -> Iterator[Line]:
    if asked.numbers != title.numbers:
        yield Line("number", policy.number, "another part or number", veto=True)
    if asked.remains and asked.remains.known > len(title.base) and asked.remains.fits(title.folded):
        return  # what is left of the wish names the version too
    wanted = asked.kinds | (album_kinds(wish.album.folded) if wish.album else frozenset())
    given = title.kinds | (album_kinds(fold(track.album)) if track.album else frozenset())
    if wanted ^ given and wanted ^ given <= _UNPLUGGED and wanted & given:
        yield Line("version", policy.unplugged, f"the release is {_kinds(given)}")
    elif asked.kinds != title.kinds and wanted != given:
        said = f"asked for {_kinds(wanted)}, this one is {_kinds(given)}"
        yield Line("version", policy.version, said, veto=True)
    elif wanted != given:
        yield Line("album version", policy.album_version, f"the release is {_kinds(given)}")
    else:
        yield from _compare_version_names(asked, title, track, policy)
    if asked.cut != title.cut:
        yield Line("cut", policy.cut, f"another cut: {title.cut or 'full length'}")


def _compare_version_names(
    asked: Title, title: Title, track: Track, policy: MatchPolicy
) -> Iterator[Line]:
    if "karaoke" in asked.kinds and not (asked.names and title.names):
        return
    if asked.year and title.year and asked.year != title.year and asked.kinds:
        yield Line("version", policy.version_name, f"another occasion: {title.year}", veto=True)
    ones, others = "".join(asked.names), "".join(title.names)
    if ones == others:
        return
    if ones and others:
        if not share_names(asked.names, title.names):
            said = f"another {_kinds(asked.kinds)}: {' '.join(title.names)}"
            yield Line("version", policy.version_name, said, veto=True)
    elif ones and "remix" in asked.kinds:
        named = fold(" ".join(track.artists)).split()
        if not share_names(asked.names, tuple(named)):
            yield Line("version", policy.version_name, "a remix by nobody named", veto=True)
    elif "remix" in asked.kinds:
        yield Line("version", policy.unnamed_remix, f"the remix of {' '.join(title.names)}", veto=True)
    else:
        yield Line("version", policy.unnamed_version, f"version named {others or ones}")


def share_names(ones: tuple[str, ...], others: tuple[str, ...]) -> bool:
    """Whether at least half of the shorter list of names stands in the longer one, typos allowed."""
    few, many = sorted((ones, others), key=len)
    known = sum(
        any(OSA.normalized_similarity(latin(one), latin(other)) > 0.7 for other in many)
        for one in few
    )
    return known * 2 >= len(few)


def _kinds(kinds: frozenset[str]) -> str:
    return " ".join(sorted(kinds)) or "the studio recording"


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
    asked: Title, wish: Wish, track: Track, title: Title, policy: MatchPolicy
) -> Iterator[Line]:
    if wish.album and track.album:
        far = compare_titles(wish.album, read_title(track.album)).far
        if far:
            yield Line("album", policy.album * far, f"another release: {track.album}")
    if wish.year and track.release_date and not track.release_date.startswith(str(wish.year)):
        yield Line("year", policy.year, f"released {track.release_date[:4]}")
    if bool(title.labels) != bool(asked.labels):
        yield Line("label", policy.label, "another pressing")
    elif title.labels != asked.labels:
        yield Line("label", policy.label / 2, "another pressing")
