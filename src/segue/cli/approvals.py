"""``segue approvals``: what agents wait for, and a person's answer."""

import shlex
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from segue.cli.exit_codes import ExitCode
from segue.cli.options import AsJson
from segue.cli.screen import Screen
from segue.cli.session import run_with_agents
from segue.cli.tables import moment, new_table
from segue.cli.untrusted import cell
from segue.runs.service.views import PendingApproval, PendingApprovals

if TYPE_CHECKING:  # loading it takes longer than most commands
    from segue.wiring.app import Agents

approvals = typer.Typer(help="What agents wait for: list it, decide it.")


@approvals.callback(invoke_without_command=True)
@approvals.command("list")
def list_approvals(
    context: typer.Context,
    *,
    limit: Annotated[int, typer.Option(min=1, help="How many, the oldest first.")] = 1_000,
    after: Annotated[
        str | None, typer.Option(metavar="PLACE", help="Where the page before ended.")
    ] = None,
    asked_of: Annotated[
        str | None, typer.Option("--of", metavar="NAME", help="Only what this person may decide.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List what waits for a person, the oldest question first."""
    if context.invoked_subcommand:
        return

    async def work(agents: "Agents", screen: Screen) -> ExitCode:
        with screen.busy("Looking what waits"):
            pending = await agents.records.approvals(limit=limit, after=after, asked_of=asked_of)
        if as_json:
            screen.json(pending.model_dump(mode="json"))
        else:
            _print(pending, screen)
        return ExitCode.OK

    run_with_agents(context, work, as_json=as_json)


@approvals.command("decide")
def decide(  # noqa: PLR0913 - a command's parameters are its options
    context: typer.Context,
    request_id: Annotated[
        str, typer.Argument(metavar="ID", help="Of the question, as `segue approvals` shows it.")
    ],
    *,
    yes: Annotated[bool, typer.Option("--yes/--no", help="The answer.")],
    who: Annotated[str, typer.Option(metavar="NAME", help="Who decides; goes on record.")],
    reason: Annotated[
        str, typer.Option(metavar="TEXT", help="Goes on record; with --no the agent is told it.")
    ] = "",
    arguments: Annotated[
        str | None, typer.Option(metavar="JSON", help="Arguments instead of the agent's own.")
    ] = None,
    digest: Annotated[
        str | None,
        typer.Option(
            "--seen",
            metavar="SHA256",
            help="Of the arguments you saw, from --json; others are refused.",
        ),
    ] = None,
    workflow: Annotated[
        str | None, typer.Option(metavar="ID", help="Where it waits; default: looked for.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Decide something that waits; the decision goes into the audit log."""

    async def work(agents: "Agents", screen: Screen) -> ExitCode:
        request = await agents.records.decide(
            request_id,
            approve=yes,
            who=who,
            reason=reason,
            arguments=arguments,
            arguments_sha256=digest,
            workflow_id=workflow,
        )
        agents.detach()  # the agent goes on now
        if as_json:
            screen.json({"approved": yes, "request": request.model_dump(mode="json")})
        else:
            verb = "Approved" if yes else "Denied"
            screen.result(f"{verb}: {_question(request)} ({request.workflow_id})")
        return ExitCode.OK

    run_with_agents(context, work, as_json=as_json)


def _print(pending: PendingApprovals, screen: Screen) -> None:
    if pending.unanswered:
        some = ", ".join(pending.unanswered[:3])
        more = ", …" if len(pending.unanswered) > len(pending.unanswered[:3]) else ""
        screen.warn(
            f"{len(pending.unanswered)} running workflows did not say what they wait for, "
            f"so the list may lack something: {some}{more}"
        )
    if pending.approvals:
        screen.out.print(_table(pending))
        if pending.next:
            screen.say(f"There are more: segue approvals list --after {shlex.quote(pending.next)}")
    else:
        screen.result("Nothing waits for a decision.")


def _table(pending: PendingApprovals) -> Table:
    table = new_table("Id", "Question", "Arguments", "Asked of", "Until (UTC)", "Workflow")
    for each in pending.approvals:
        texts = (each.id, _question(each), each.arguments, each.asked_of)
        table.add_row(*(cell(text) for text in (*texts, moment(each.expires_at), each.workflow_id)))
    return table


def _question(approval: PendingApproval) -> str:
    return approval.question or approval.tool or approval.kind
