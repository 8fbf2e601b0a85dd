"""Results for people: tables and panels."""

from collections.abc import AsyncGenerator, Iterable, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from rich import box
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from segue.cli.untrusted import cell, plain
from segue.music.contracts.agent_use import AgentUse, GivenBack, PerThousand
from segue.music.contracts.reports import PAGE, StoredReport, StoredRows
from segue.music.contracts.songs import SongMetadata, Track
from segue.music.contracts.syncs import SyncReport
from segue.music.contracts.tracks import TrackOutcome, TrackStatus
from segue.music.contracts.verdicts import ScoredTrack

LOOKS: dict[TrackStatus, tuple[str, str]] = {
    TrackStatus.ADDED: ("added", "green"),
    TrackStatus.ALREADY_PRESENT: ("already there", "cyan"),
    TrackStatus.REVIEW: ("in doubt", "yellow"),
    TrackStatus.NOT_FOUND: ("not found", "red"),
    TrackStatus.FAILED: ("failed", "bold red"),
}
_Row = TypeVar("_Row")
_PLANNED = "would be added"
_DOUBT = TrackStatus.REVIEW
_OPEN = frozenset({_DOUBT, TrackStatus.NOT_FOUND, TrackStatus.FAILED})
_HALF_A_PERCENT = 0.005  # rounds to nothing
_NEAREST = 3  # candidates shown for an open song, those with any likeness; `segue review` shows all


def new_table(*headings: str) -> Table:
    """An empty table in the house's look."""
    table = Table(*headings, box=box.SIMPLE_HEAD, pad_edge=False)
    for column in table.columns:
        column.overflow = "fold"
    return table


def song_label(song: SongMetadata) -> str:
    """``Artist - Title``."""
    return f"{song.artist} - {song.title}" if song.artist else song.title


def track_label(track: Track) -> str:
    """``Artist - Title``."""
    artists = ", ".join(track.artists)
    return f"{artists} - {track.title}" if artists else track.title


def length(duration_ms: int | None) -> str:
    """Minutes and seconds; empty when unknown."""
    if duration_ms is None:
        return ""
    minutes, seconds = divmod(round(duration_ms / 1000), 60)
    return f"{minutes}:{seconds:02}"


def percent(confidence: float) -> str:
    """A confidence for people; empty when there is none to speak of."""
    return f"{confidence:.0%}" if confidence >= _HALF_A_PERCENT else ""


def first_rows(rows: Sequence[_Row], limit: int) -> Sequence[_Row]:
    """The first rows; all when the limit is 0."""
    return rows[:limit] if limit else rows


async def report_views(report: StoredReport, *, limit: int) -> AsyncGenerator[RenderableType]:
    """Everything a person wants to see of a finished sync, part by part.

    Many rows make several tables: a table is laid out as a whole, so all of it is in memory.

    Args:
        report: The sync.
        limit: Rows that are shown at most, and of those that were not added; 0: all.
    """
    head, rows = report.head, report.rows
    first = first_rows(range(rows.songs), limit)
    for start in range(0, max(len(first), 1), PAGE):
        page = first[start : start + PAGE]
        yield result_table([row async for row in rows.at(page)], dry_run=head.dry_run)
    for line in _hidden(rows.songs - len(first)):
        yield line
    if rows.missing:
        async for part in _open_list(rows, limit, has_doubts=bool(head.counts[_DOUBT])):
            yield part
    if head.removed:
        yield removal_view(head.removed, removed=not head.dry_run)
    yield summary(head, rows.songs)


def result_table(rows: Iterable[TrackOutcome], *, dry_run: bool) -> Table:
    """One row a song: position, song, result, match, confidence, why."""
    table = new_table("#", "Song", "Result", "Match", "Sure", "Why")
    for column in (table.columns[0], table.columns[4]):
        column.justify, column.no_wrap = "right", True
    table.columns[2].no_wrap = True
    for row in rows:
        table.add_row(
            str(row.position),
            cell(song_label(row.query)),
            _status(row.status, dry_run=dry_run),
            cell(track_label(row.match) if row.match and row.status not in _OPEN else ""),
            percent(row.confidence),
            cell(row.reason, "dim"),
        )
    return table


def summary(report: SyncReport, songs: int) -> Panel:
    """Counts and verification of a sync of so many songs."""
    grid = Table.grid(padding=(0, 2))
    grid.add_row("Songs", _counts(report))
    grid.add_row("Verified", _verification(report))
    if report.message:
        grid.add_row("In short", cell(report.message))
    grid.add_row("Run", cell(report.workflow_id))
    grid.add_row("Time", cell(_time(report, songs)))
    grid.add_row("Strategy", cell(_strategy(report)))
    if report.agents and report.per_thousand:
        grid.add_row("Agents", cell(_agents(report.agents, report.per_thousand)))
        for reason in report.agents.reasons:
            grid.add_row("Given back", cell(_reason(reason)))
    return Panel(grid, title=cell(report.playlist.name), title_align="left", expand=False)


def removal_view(tracks: Iterable[Track], *, removed: bool = False) -> RenderableType:
    """What a mirror takes out, or took out."""
    title = "Removed, not in the source" if removed else "Not in the source, would be removed"
    table = new_table("Track", "Album")
    for track in tracks:
        table.add_row(cell(track_label(track)), cell(track.album or ""))
    return Group(Text(title, style="bold"), table)


def candidate_lines(candidates: Iterable[ScoredTrack]) -> list[Text]:
    """Each candidate with what stands against it."""
    return [
        Text.assemble(
            (f"      {percent(candidate.confidence):>4} ", "dim"),
            plain(_with_album(candidate.track)),
            (f"  {plain(main_objection(candidate))}", "dim"),
        )
        for candidate in candidates
    ]


def main_objection(candidate: ScoredTrack) -> str:
    """The heaviest penalty in words; empty when nothing stands against the candidate."""
    return candidate.penalties[0].detail if candidate.penalties else ""


async def _open_list(
    rows: StoredRows, limit: int, *, has_doubts: bool
) -> AsyncGenerator[RenderableType]:
    yield Text("Not added", style="bold")
    first = first_rows(rows.missing, limit)
    async for row in rows.at(first):
        name, style = LOOKS[row.status]
        yield Text.assemble(
            f"  {row.position:>3}. {plain(song_label(row.query))}  ",
            (name, style),
            (f"  {plain(row.reason)}", "dim"),
        )
        near = [candidate for candidate in row.alternatives if percent(candidate.confidence)]
        for line in candidate_lines(near[:_NEAREST]):
            yield line
    for line in _hidden(len(rows.missing) - len(first)):
        yield line
    if has_doubts:
        yield Text("`segue review` decides the ones in doubt, for this and every later run.")


def _hidden(count: int) -> list[Text]:
    words = f"… and {count} more; --limit-rows 0 shows all, --report FILE keeps them"
    return [Text(words)] if count else []


def _status(status: TrackStatus, *, dry_run: bool) -> Text:
    name, style = LOOKS[status]
    return Text(_PLANNED if dry_run and status is TrackStatus.ADDED else name, style=style)


def _counts(report: SyncReport) -> Text:
    parts: list[Text] = []
    for status in TrackStatus:
        if count := report.counts.get(status, 0):
            label = _status(status, dry_run=report.dry_run)
            parts.append(Text.assemble(f"{count} ", label))
    if report.removed:
        parts.append(Text(f"{len(report.removed)} {'to remove' if report.dry_run else 'removed'}"))
    return Text(", ").join(parts)


def _verification(report: SyncReport) -> Text:
    if report.dry_run:
        return Text("nothing was written (dry run)")
    if report.verified:
        return Text("yes: read back, the playlist holds what was planned, in order", style="green")
    return Text("no", style="bold red")


def _time(report: SyncReport, songs: int) -> str:
    rate = f", {songs / report.seconds:.0f} songs/s" if report.seconds > 0 else ""
    return f"{report.seconds:.1f} s{rate}, {report.searches} searches"


def _strategy(report: SyncReport) -> str:
    reason = f": {report.strategy_reason}" if report.strategy_reason else ""
    return f"{report.strategy}{reason}"


def _agents(use: AgentUse, per_thousand: PerThousand) -> str:
    note = " and calls of unknown price" if use.unpriced_calls else ""
    cost = f"US$ {per_thousand.cost_usd:.2f}{note}"
    text = (
        f"{use.asked} songs asked, {use.given_back} given back to the pipeline; for 1,000 songs:"
        f" {per_thousand.model_calls:.0f} model calls, {per_thousand.tokens:.0f} tokens, {cost}"
    )
    return f"{text} (offline rules answered, no model)" if use.offline else text


def _reason(reason: GivenBack) -> str:
    songs = "1 song" if reason.count == 1 else f"{reason.count} songs"
    return f"{songs}: {reason.code}. {reason.hint}".strip()


def _with_album(track: Track) -> str:
    return f"{track_label(track)} ({track.album})" if track.album else track_label(track)


def moment(seconds: float | None) -> str:
    """Epoch seconds to the second, in UTC, which the heading says; empty for none."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}" if seconds else ""
