"""``segue review``: a person decides what the matcher would not."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

from segue.cli.exit_codes import ExitCode
from segue.cli.lists import print_tables, write_json_list
from segue.cli.options import AsJson
from segue.cli.prompts import ask
from segue.cli.screen import Screen
from segue.cli.session import run_with_service
from segue.cli.tables import length, main_objection, new_table, percent, song_label
from segue.cli.untrusted import cell
from segue.errors.base import SegueError
from segue.errors.input import InputError
from segue.music.contracts.pages import every_item
from segue.music.contracts.reviews import ReviewDecision, ReviewItem
from segue.music.contracts.songs import SongMetadata
from segue.music.contracts.verdicts import ScoredTrack

if TYPE_CHECKING:  # loading it takes longer than most commands
    from segue.music.service.music import MusicService

LEAVE_OUT = "none"
_MOST_CHOICES = 9  # one key each


@dataclass(frozen=True)
class Answer:
    """What was typed: a track to use, or None to leave the song out."""

    uri: str | None


def review(
    context: typer.Context,
    *,
    list_only: Annotated[
        bool, typer.Option("--list", help="List what waits; ask nothing.")
    ] = False,
    decide: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY=URI|none", help="Decide without questions; may be repeated."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Decide doubtful matches; a decision holds for every later run.

    Keys: 1-9 choose, u give a link or URI, l leave the song out for good, s skip, q quit.
    """

    async def work(music: "MusicService", screen: Screen) -> ExitCode:
        items = every_item(lambda place: music.reviews(after=place))
        if decide:
            await _decide_all(music, decide, screen)
        elif as_json:
            await write_json_list(screen, items)
        elif not (count := await music.count_reviews()):
            screen.result("Nothing waits for a decision.")
        elif list_only or not screen.can_ask:
            await print_tables(screen, items, _waiting)
        else:
            await _walk(music, items, count, screen)
        return ExitCode.OK

    run_with_service(context, "music", work, as_json=as_json)


def comparison(item: ReviewItem) -> Table:
    """The wish in the first row, the candidates under it, so that columns can be compared."""
    table = new_table("", "Title", "Artist", "Album", "Year", "Length", "Sure", "Against it")
    table.add_row("wish", *_wish_cells(item.song), "", cell(item.reason, "dim"), style="bold")
    for number, candidate in enumerate(item.alternatives[:_MOST_CHOICES], start=1):
        table.add_row(str(number), *_candidate_cells(candidate))
    return table


async def _walk(
    music: "MusicService", items: AsyncIterator[ReviewItem], count: int, screen: Screen
) -> None:
    number = decisions = 0
    async for item in items:
        number += 1
        screen.err.print(cell(f"{number} of {count}: {song_label(item.song)}", "bold"))
        screen.err.print(comparison(item))
        outcome = await _settle(music, item, screen)
        if outcome == "quit":
            break
        decisions += outcome == "decided"
    screen.result(f"Decided {decisions} of {count}. The next `segue sync` uses the decisions.")


async def _settle(music: "MusicService", item: ReviewItem, screen: Screen) -> str:
    """Ask until the song is decided or passed over: ``decided``, ``skip`` or ``quit``."""
    while True:
        reply = (
            await ask(screen, "1-9 choose, u link, l leave out, s skip, q quit:") or "q"
        ).lower()
        if reply in {"s", "skip"}:
            return "skip"
        if reply in {"q", "quit"}:
            return "quit"
        try:
            await music.decide(item, (await _answer(item, reply, screen)).uri)
        except SegueError as error:
            screen.error(error)
        else:
            return "decided"


async def _answer(item: ReviewItem, reply: str, screen: Screen) -> Answer:
    if reply in {"l", "leave"}:
        return Answer(None)
    if reply == "u":
        link = await ask(screen, "Link or URI of the track:")
        if not link:
            raise InputError("A link or URI was expected; nothing came.")
        return Answer(link)
    choices = item.alternatives[:_MOST_CHOICES]
    if reply.isdecimal() and 1 <= int(reply) <= len(choices):
        return Answer(choices[int(reply) - 1].track.uri)
    raise InputError(f"{reply!r} is none of the choices.")


async def _decide_all(music: "MusicService", wishes: Sequence[str], screen: Screen) -> None:
    # All are sound before the first is stored.
    choices = [await _choice(music, wish) for wish in wishes]
    decisions = [await music.decide(item, uri) for item, uri in choices]
    if screen.as_json:
        screen.json([decision.model_dump(mode="json") for decision in decisions])
        return
    for decision in decisions:
        screen.result(_summary(decision))


async def _choice(music: "MusicService", wish: str) -> tuple[ReviewItem, str | None]:
    key, _, uri = wish.partition("=")
    if not uri:
        raise InputError(
            f"--decide expects KEY=URI or KEY={LEAVE_OUT}; got {wish!r}.",
            hint="`segue review --list` shows the keys.",
        )
    item = await music.review(key)
    if item is None:
        raise InputError(
            f"Nothing with the key {key!r} waits for a decision.",
            hint="`segue review --list` shows the keys.",
        )
    return item, None if uri == LEAVE_OUT else uri


def _summary(decision: ReviewDecision) -> str:
    return f"{song_label(decision.song)}: {decision.uri or 'left out'}"


def _waiting(items: Sequence[ReviewItem]) -> Table:
    table = new_table("Key", "Song", "Why", "Nearest", "Its URI")
    for item in items:
        nearest = item.alternatives[0].track if item.alternatives else None
        table.add_row(
            cell(item.key),
            cell(song_label(item.song)),
            cell(item.reason, "dim"),
            cell(f"{', '.join(nearest.artists)} - {nearest.title}" if nearest else ""),
            cell(nearest.uri if nearest else ""),
        )
    return table


def _wish_cells(song: SongMetadata) -> tuple[Text, ...]:
    year = str(song.year) if song.year else ""
    texts = (song.title, song.artist, song.album or "", year, length(song.duration_ms))
    return tuple(cell(text) for text in texts)


def _candidate_cells(candidate: ScoredTrack) -> tuple[Text, ...]:
    track = candidate.track
    texts = (
        track.title,
        ", ".join(track.artists),
        track.album or "",
        (track.release_date or "")[:4],
        length(track.duration_ms),
        percent(candidate.confidence),
        main_objection(candidate),
    )
    return tuple(cell(text) for text in texts)
