"""``segue conversations``: what was said with agents, to look at, take along, branch and delete."""

import json
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

import typer
from rich.table import Table

from segue.cli.exit_codes import ExitCode
from segue.cli.options import AsJson, LimitRows
from segue.cli.prompts import agrees
from segue.cli.screen import Screen
from segue.cli.session import run_with_records
from segue.cli.tables import moment, new_table
from segue.cli.untrusted import cell
from segue.cli.written import OutFile, whole, write
from segue.errors.input import InputError
from segue.runs.service.views import ConversationDetail, ConversationPage, ConversationView
from segue.sessions.turns import TurnRecord

if TYPE_CHECKING:  # loading it takes longer than most commands
    from segue.runs.service.stored_records import KeptRecords

_ITEMS_SHOWN = 50  # the latest: about a screen or two

conversations = typer.Typer(help="Conversations with agents: list, look, export, fork, delete.")

ConversationId = Annotated[
    str, typer.Argument(metavar="ID", help="As `segue conversations` shows it.")
]


@conversations.callback(invoke_without_command=True)
@conversations.command("list")
def list_conversations(
    context: typer.Context,
    *,
    limit: Annotated[int, typer.Option(min=1, help="How many, last used first.")] = 20,
    after: Annotated[
        str | None, typer.Option(metavar="PLACE", help="Where the page before ended.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List conversations, the last used first."""
    if context.invoked_subcommand:
        return

    async def work(records: "KeptRecords", screen: Screen) -> ExitCode:
        page = await records.conversations(limit=limit, after=after)
        if as_json:
            screen.json(page.model_dump(mode="json"))
        elif page.conversations:
            _print_page(page, screen)
        else:
            screen.result("No conversation is kept.")
        return ExitCode.OK

    run_with_records(context, work, as_json=as_json)


@conversations.command("show")
def show(
    context: typer.Context,
    conversation: ConversationId,
    *,
    limit_rows: LimitRows = _ITEMS_SHOWN,
    as_json: AsJson = False,
) -> None:
    """Show what was said and done, the latest at the end."""

    async def work(records: "KeptRecords", screen: Screen) -> ExitCode:
        detail = await records.conversation(conversation)
        if as_json:
            screen.json(detail.model_dump())
        else:
            _print_detail(detail, screen, limit_rows)
        return ExitCode.OK

    run_with_records(context, work, as_json=as_json)


@conversations.command("export")
def export(
    context: typer.Context,
    conversation: ConversationId,
    *,
    format: Annotated[  # noqa: A002 - the option's name
        Literal["json", "markdown"], typer.Option(help="json has everything.")
    ] = "json",
    out: OutFile = None,
) -> None:
    """Write a conversation as a file: JSON for programs, Markdown for people."""

    async def work(records: "KeptRecords", screen: Screen) -> ExitCode:
        await write(whole(await records.export(conversation, format)), out, screen)
        return ExitCode.OK

    run_with_records(context, work)


@conversations.command("fork")
def fork(
    context: typer.Context,
    conversation: ConversationId,
    new_id: Annotated[str, typer.Argument(metavar="NEW", help="Id of the new conversation.")],
    *,
    after_turn: Annotated[
        int | None, typer.Option(min=1, metavar="K", help="Last turn to take along; default: all.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make another conversation that begins like this one."""

    async def work(records: "KeptRecords", screen: Screen) -> ExitCode:
        await records.fork(conversation, new_id, after_turn=after_turn)
        if as_json:
            screen.json({"conversation": new_id, "origin": conversation, "after_turn": after_turn})
        else:
            upto = "all its turns" if after_turn is None else f"its turns up to {after_turn}"
            screen.result(f"{new_id} begins like {conversation}, with {upto}.")
        return ExitCode.OK

    run_with_records(context, work, as_json=as_json)


@conversations.command("delete")
def delete(
    context: typer.Context,
    conversation: ConversationId,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Delete without asking.")] = False,
    as_json: AsJson = False,
) -> None:
    """Delete a conversation and all that is nested in it, for good."""

    async def work(records: "KeptRecords", screen: Screen) -> ExitCode:
        if not yes:
            await _confirm(conversation, screen)
        deletion = await records.delete(conversation)
        if as_json:
            screen.json(deletion.model_dump(mode="json"))
        else:
            screen.result(f"Deleted {conversation}; its id is not used again.")
        return ExitCode.OK

    run_with_records(context, work, as_json=as_json)


async def _confirm(conversation: str, screen: Screen) -> None:
    if screen.can_ask and await agrees(screen, f"Delete {conversation} for good?"):
        return
    raise InputError(
        f"Nobody agreed to delete {conversation!r}; nothing was deleted.",
        hint="Look with `segue conversations show`, then repeat with --yes.",
    )


def _print_page(page: ConversationPage, screen: Screen) -> None:
    table = new_table("Conversation", "Title", "Turns", "Items", "Last used (UTC)", "Workflow")
    table.columns[0].no_wrap = True  # so that it can be copied
    for head in page.conversations:
        facts = (head.id, _title(head), str(head.turns), str(head.items))
        texts = (*facts, moment(head.updated_at), head.workflow_id or "")
        table.add_row(*(cell(text) for text in texts))
    screen.out.print(table)
    if page.next:
        screen.say(f"There are more: segue conversations --after '{page.next}'")


def _title(head: ConversationView) -> str:
    return head.title if head.readable else "(its key is not configured)"


def _print_detail(detail: ConversationDetail, screen: Screen, limit: int) -> None:
    head = detail.conversation
    facts = [f"{head.turns} turns", f"{head.items} items", f"last used {moment(head.updated_at)}"]
    if head.encrypted:
        facts.append("encrypted")
    if head.origin:
        facts.append(f"forked from {head.origin}")
    screen.result(f"{head.title or head.id} ({', '.join(facts)})")
    if detail.turns:
        screen.out.print(_turns(detail.turns))
    screen.out.print(_items(detail, limit))
    if hidden := len(detail.items) - len(_latest(detail, limit)):
        screen.result(f"… and {hidden} earlier ones; --limit-rows 0 shows all")


def _turns(turns: tuple[TurnRecord, ...]) -> Table:
    table = new_table("Turn", "Agent", "Model", "Ended", "Tokens", "When (UTC)")
    for turn in turns:
        status = turn.status if turn.kind == "turn" else turn.kind
        texts = (str(turn.number), turn.agent, turn.model, status, str(turn.tokens))
        table.add_row(*(cell(text) for text in (*texts, moment(turn.created_at))))
    return table


def _latest(detail: ConversationDetail, limit: int) -> list[tuple[int, dict[str, Any]]]:
    items = [(entry.seq, entry.item) for entry in detail.items]
    return items[-limit:] if limit else items


def _items(detail: ConversationDetail, limit: int) -> Table:
    turn_of = {
        seq: turn.number
        for turn in detail.turns
        for first, last in turn.spans
        for seq in range(first, last + 1)
    }
    table = new_table("#", "Turn", "Who", "What")
    for seq, item in _latest(detail, limit):
        who, what = _speaker_and_text(item)
        table.add_row(str(seq), str(turn_of.get(seq, "")), cell(who), cell(what))
    return table


def _speaker_and_text(item: dict[str, Any]) -> tuple[str, str]:
    """Who an item is of, and its text."""
    match item:
        case {"type": "function_call"}:
            return f"calls {item.get('name', '')}", str(item.get("arguments", ""))
        case {"type": "function_call_output"}:
            return "tool", _text(item.get("output"))
        case {"role": role}:
            return str(role), _text(item.get("content"))
        case _:
            return str(item.get("type", "")), _text(item.get("summary", item))


def _text(content: object) -> str:
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return " ".join(_text(part) for part in cast("list[object]", content))
    match content:
        case {"text": str(text)} | {"refusal": str(text)}:
            return text
        case _:
            return json.dumps(content, ensure_ascii=False)
