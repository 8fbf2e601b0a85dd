"""``segue webhooks``: which programs are told of what happens, and how that went."""

import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, get_args

import typer
from rich.table import Table

from segue.cli.exit_codes import ExitCode
from segue.cli.options import AsJson
from segue.cli.screen import Screen
from segue.cli.session import run_with_service
from segue.cli.tables import moment, new_table
from segue.cli.untrusted import cell
from segue.webhooks.contracts import DeliveryPage, NewWebhook, Subscription, Webhook

if TYPE_CHECKING:  # loading it takes longer than most commands
    from segue.webhooks.service.webhooks import Webhooks

webhooks = typer.Typer(help="Tell other programs, signed, of what waits and of what ended.")

_HOUR_S = 3_600.0
_KINDS = ", ".join(get_args(Subscription))

WebhookId = Annotated[str, typer.Argument(metavar="ID", help="As `segue webhooks` shows it.")]


@webhooks.callback(invoke_without_command=True)
@webhooks.command("list")
def list_webhooks(context: typer.Context, *, as_json: AsJson = False) -> None:
    """List all webhooks; never their secrets."""
    if context.invoked_subcommand:
        return

    async def work(service: "Webhooks", screen: Screen) -> ExitCode:
        rows = await service.list()
        if as_json:
            screen.json([row.model_dump(mode="json") for row in rows])
        elif rows:
            screen.out.print(_table(rows))
        else:
            screen.result("There is no webhook; `segue webhooks add URL` makes one.")
        return ExitCode.OK

    run_with_service(context, "webhooks", work, as_json=as_json)


@webhooks.command("add")
def add(
    context: typer.Context,
    url: Annotated[str, typer.Argument(metavar="URL", help="https, or of an allowed host.")],
    *,
    event: Annotated[
        list[str] | None,
        typer.Option(metavar="TYPE", help=f"Several times for several; default: all of {_KINDS}."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Send events to a URL from now on, and show the secret that signs them, once."""
    events = _events(event)

    async def work(service: "Webhooks", screen: Screen) -> ExitCode:
        _show_secret(await service.add(url, events), screen, as_json=as_json)
        return ExitCode.OK

    run_with_service(context, "webhooks", work, as_json=as_json)


@webhooks.command("remove")
def remove(context: typer.Context, webhook: WebhookId, *, as_json: AsJson = False) -> None:
    """Forget a webhook, its secrets and its log; what is on its way is not sent."""

    async def work(service: "Webhooks", screen: Screen) -> ExitCode:
        await service.remove(webhook)
        if as_json:
            screen.json({"id": webhook, "removed": True})
        else:
            screen.result(f"The webhook {webhook} is sent nothing any more.")
        return ExitCode.OK

    run_with_service(context, "webhooks", work, as_json=as_json)


@webhooks.command("rotate")
def rotate(
    context: typer.Context,
    webhook: WebhookId,
    *,
    keep_old: Annotated[
        float,
        typer.Option(min=0, max=720, metavar="HOURS", help="So long the old secret signs too."),
    ] = 24.0,
    as_json: AsJson = False,
) -> None:
    """Give a webhook a new secret and show it, once."""

    async def work(service: "Webhooks", screen: Screen) -> ExitCode:
        new = await service.rotate(webhook, keep_old_s=keep_old * _HOUR_S)
        _show_secret(new, screen, as_json=as_json)
        return ExitCode.OK

    run_with_service(context, "webhooks", work, as_json=as_json)


@webhooks.command("enable")
def enable(context: typer.Context, webhook: WebhookId, *, as_json: AsJson = False) -> None:
    """Send a webhook events again, after its receiver had answered that it is gone."""

    async def work(service: "Webhooks", screen: Screen) -> ExitCode:
        row = await service.enable(webhook)
        if as_json:
            screen.json(row.model_dump(mode="json"))
        else:
            screen.result(f"The webhook {webhook} is sent what happens from now on.")
        return ExitCode.OK

    run_with_service(context, "webhooks", work, as_json=as_json)


@webhooks.command("test")
def send_test(context: typer.Context, webhook: WebhookId, *, as_json: AsJson = False) -> None:
    """Send a webhook an event of type webhook.test."""

    async def work(service: "Webhooks", screen: Screen) -> ExitCode:
        delivery = await service.test(webhook)
        if as_json:
            screen.json({"delivery": delivery})
        else:
            screen.result(f"On its way as {delivery}: segue webhooks log {webhook}")
        return ExitCode.OK

    run_with_service(context, "webhooks", work, as_json=as_json)


@webhooks.command("log")
def log(
    context: typer.Context,
    webhook: Annotated[
        str | None, typer.Argument(metavar="ID", help="Only of this one; default: of all.")
    ] = None,
    *,
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="How many, the newest first.")] = 50,
    after: Annotated[
        str | None, typer.Option(metavar="PLACE", help="Where the page before ended.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show what was sent in the last 30 days, and what the receivers answered."""

    async def work(service: "Webhooks", screen: Screen) -> ExitCode:
        page = await service.deliveries(webhook, limit=limit, after=after)
        if as_json:
            screen.json(page.model_dump(mode="json"))
        elif page.deliveries:
            screen.out.print(_log_table(page))
            if page.next:
                screen.say(f"There are more: segue webhooks log --after {shlex.quote(page.next)}")
        else:
            screen.result("Nothing was sent.")
        return ExitCode.OK

    run_with_service(context, "webhooks", work, as_json=as_json)


@webhooks.command("resend")
def resend(
    context: typer.Context,
    delivery: Annotated[str, typer.Argument(metavar="ID", help="From `segue webhooks log`.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Send a delivery once more, under the same event id."""

    async def work(service: "Webhooks", screen: Screen) -> ExitCode:
        await service.send_again(delivery)
        if as_json:
            screen.json({"delivery": delivery})
        else:
            screen.result(f"On its way again: {delivery}")
        return ExitCode.OK

    run_with_service(context, "webhooks", work, as_json=as_json)


def _events(names: Sequence[str] | None) -> list[Subscription]:
    names_of_all: dict[str, Subscription] = {name: name for name in get_args(Subscription)}
    if unknown := [name for name in names or () if name not in names_of_all]:
        raise typer.BadParameter(f"{unknown[0]!r} is none of {_KINDS}.", param_hint="--event")
    return [names_of_all[name] for name in names or names_of_all]


def _show_secret(new: NewWebhook, screen: Screen, *, as_json: bool) -> None:
    if as_json:
        screen.json({**new.webhook.model_dump(mode="json"), "secret": new.secret})
        return
    screen.result(new.secret)
    screen.say(f"This is the only time it is shown. Try it: segue webhooks test {new.webhook.id}")


def _table(rows: Sequence[Webhook]) -> Table:
    table = new_table("Id", "URL", "Events", "Made (UTC)", "Disabled (UTC)")
    for row in rows:
        times = (moment(at) for at in (row.created_at, row.disabled_at))
        table.add_row(*(cell(text) for text in (row.id, row.url, " ".join(row.events), *times)))
    return table


def _log_table(page: DeliveryPage) -> Table:
    table = new_table("Id", "Event", "State", "Tries", "Answer", "Last try (UTC)")
    for row in page.deliveries:
        answer = row.problem or (str(row.status) if row.status else "")
        texts = (row.id, row.type, row.state, str(row.attempts), answer, moment(row.attempted_at))
        table.add_row(*(cell(text) for text in texts))
    return table
