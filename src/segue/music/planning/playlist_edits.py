"""Plan the edits that turn a playlist into what it should be: pure, and the only place for it.

A playlist is a tuple of slots: a track's URI, or None where the catalogue shows an unavailable
item. Spotify inserts at a position and removes *every* occurrence of a track, so a script of edits
removes first and inserts afterwards. Planning again on what the playlist then holds gives the edits
that are still missing, whatever happened to earlier answers: so a lost response, a crash or
another writer is repaired.
"""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from segue.music.contracts.base import Wire

Slot = str | None


class PlaylistEdit(Wire):
    """One request to the catalogue.

    Attributes:
        kind: ``remove`` takes out every occurrence of each URI; ``insert`` puts the URIs, in order,
            before ``position``.
        position: 0-based, unavailable slots included; 0 for ``remove``.
        planned: The newest write to the playlist that the plan's reading shows for certain.
    """

    kind: Literal["insert", "remove"]
    uris: tuple[str, ...]
    position: int = 0
    planned: int = 0


def wanted_but_absent(current: Iterable[Slot], uris: Sequence[str]) -> tuple[int, ...]:
    """Indices into ``uris`` that ``current`` does not hold yet, counting repeats.

    A track wanted twice and present once is absent once: the later index counts as absent.
    """
    present = Counter(current)
    absent: list[int] = []
    for index, uri in enumerate(uris):
        if present[uri] > 0:
            present[uri] -= 1
        else:
            absent.append(index)
    return tuple(absent)


def append_target(
    current: Sequence[Slot], baseline: Sequence[Slot], additions: Sequence[str], *, repair: bool
) -> tuple[str, ...]:
    """What the playlist should hold when ``additions`` belong at its end.

    Items that others added or moved meanwhile stay. ``repair`` says that a write of ours ended
    without an answer: only then are surplus copies of our own additions taken out, last ones first.

    Args:
        current: The playlist as read now.
        baseline: The playlist as it was before this sync wrote anything.
        additions: What this sync adds, in order, repeats included.
        repair: Whether a surplus may be ours.
    """
    before, ours = Counter(baseline), Counter(additions)
    slots = [slot for slot in current if slot is not None]
    if repair:
        slots = _without_surplus(slots, {uri: before[uri] + ours[uri] for uri in ours})
    arrivals: Counter[Slot] = Counter(slots)
    arrivals.subtract(before)
    absent = wanted_but_absent(arrivals.elements(), additions)
    return (*slots, *(additions[index] for index in absent))


def edit_script(
    current: Sequence[Slot], target: Sequence[str], *, chunk: int
) -> tuple[PlaylistEdit, ...]:
    """The edits, in order, after which ``current`` without its unavailable slots is ``target``.

    Args:
        current: The playlist as read now.
        target: What it should hold.
        chunk: Tracks per request, > 0.
    """
    place_of = _kept_in_order(current, target)
    stays = set(place_of)
    uris_to_remove = dict.fromkeys(
        slot for index, slot in enumerate(current) if slot is not None and index not in stays
    )
    removals = [
        PlaylistEdit(kind="remove", uris=part) for part in _chunks(tuple(uris_to_remove), chunk)
    ]
    remaining = [index for index, slot in enumerate(current) if slot is None or index in stays]
    return (
        *removals,
        *_inserts(remaining, {place_of[index]: index for index in place_of}, target, chunk),
    )


def _without_surplus(slots: Sequence[str], limits: dict[str, int]) -> list[str]:
    counts: Counter[str] = Counter()
    result: list[str] = []
    for uri in slots:
        counts[uri] += 1
        if uri not in limits or counts[uri] <= limits[uri]:
            result.append(uri)
    return result


def _kept_in_order(current: Sequence[Slot], target: Sequence[str]) -> dict[int, int]:
    """Current index -> target index of the items that need not move.

    The k-th copy in ``current`` stands for the k-th copy in ``target``; the longest increasing run
    of those pairs stays. A track with a copy that cannot stay loses all, as removing does that.
    """
    places: defaultdict[str, list[int]] = defaultdict(list)
    for index, uri in enumerate(target):
        places[uri].append(index)
    copies: Counter[str] = Counter()
    pairs: list[tuple[int, int]] = []
    spoilt: set[str] = set()
    for index, slot in enumerate(current):
        if slot is None:
            continue
        if copies[slot] < len(places[slot]):
            pairs.append((index, places[slot][copies[slot]]))
            copies[slot] += 1
        else:
            spoilt.add(slot)
    stays = _longest_increasing(pairs)
    spoilt.update(str(current[index]) for index, _ in pairs if index not in stays)
    return {index: place for index, place in stays.items() if current[index] not in spoilt}


def _longest_increasing(pairs: Sequence[tuple[int, int]]) -> dict[int, int]:
    """Patience sorting: the longest run of pairs whose second members increase; O(n log n)."""
    tails: list[int] = []
    tops: list[int] = []
    parents: list[int] = []
    for number, (_, place) in enumerate(pairs):
        pile = bisect_left(tails, place)
        parents.append(tops[pile - 1] if pile else -1)
        if pile == len(tails):
            tails.append(place)
            tops.append(number)
        else:
            tails[pile] = place
            tops[pile] = number
    run: dict[int, int] = {}
    number = tops[-1] if tops else -1
    while number >= 0:
        run[pairs[number][0]] = pairs[number][1]
        number = parents[number]
    return run


def _inserts(
    remaining: Sequence[int], stays_at: dict[int, int], target: Sequence[str], chunk: int
) -> Iterator[PlaylistEdit]:
    """Insert every run of target items that is not there yet, from the front to the back.

    Args:
        remaining: Current indices that remain after the removals, in order.
        stays_at: Target index -> current index of the kept items.
        target: What the playlist should hold.
        chunk: Tracks per request.
    """
    slot_of = {index: slot for slot, index in enumerate(remaining)}
    shift = 0
    position = 0
    run: list[str] = []
    for place, uri in enumerate(target):
        if place not in stays_at:
            run.append(uri)
            continue
        yield from _run_edits(run, position, chunk)
        shift += len(run)
        run = []
        position = slot_of[stays_at[place]] + shift + 1
    yield from _run_edits(run, len(remaining) + shift, chunk)


def _run_edits(run: Sequence[str], position: int, chunk: int) -> Iterator[PlaylistEdit]:
    offset = position
    for part in _chunks(run, chunk):
        yield PlaylistEdit(kind="insert", uris=part, position=offset)
        offset += len(part)


def _chunks(uris: Sequence[str], size: int) -> Iterator[tuple[str, ...]]:
    for start in range(0, len(uris), size):
        yield tuple(uris[start : start + size])
