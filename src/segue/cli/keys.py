"""``segue keys``: who may use the HTTP API."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from segue.cli.exit_codes import ExitCode
from segue.cli.installation import Installation
from segue.cli.options import AsJson
from segue.cli.screen import Screen
from segue.cli.session import run
from segue.cli.tables import moment, new_table
from segue.cli.untrusted import cell
from segue.web.scopes import ApiKey, Scope

if TYPE_CHECKING:  # loading it takes longer than most commands
    from segue.web.keys import ApiKeys

keys = typer.Typer(help="API keys: make one, list them, end one.")

_DAY_SECONDS = 86_400
_USUAL = (Scope.SYNC_READ, Scope.SYNC_WRITE)


@keys.callback(invoke_without_command=True)
@keys.command("list")
def list_keys(context: typer.Context, *, as_json: AsJson = False) -> None:
    """List all keys, revoked ones too; never their secrets."""
    if context.invoked_subcommand:
        return

    async def work(keys: "ApiKeys", screen: Screen) -> ExitCode:
        rows = await keys.all()
        if as_json:
            screen.json([_as_json(key) for key in rows])
        elif rows:
            screen.out.print(_table(rows))
        else:
            screen.result("There is no API key; `segue keys create NAME` makes one.")
        return ExitCode.OK

    _with_keys(context, work, as_json=as_json)


@keys.command("create")
def create_key(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Who or what it is for.")],
    *,
    scope: Annotated[
        list[Scope] | None,
        typer.Option(help="What it may do, several times for several; default: sync:…"),
    ] = None,
    days: Annotated[
        int | None, typer.Option(min=1, help="It expires after so many days; default: never.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a key and show it, once: only a digest of it is kept."""

    async def work(keys: "ApiKeys", screen: Screen) -> ExitCode:
        expires_after = None if days is None else float(days * _DAY_SECONDS)
        new = await keys.create(name, scope or _USUAL, expires_after=expires_after)
        if as_json:
            screen.json({**_as_json(new.key), "key": new.text})
        else:
            screen.result(new.text)
            screen.say("This is the only time it is shown.")
        return ExitCode.OK

    _with_keys(context, work, as_json=as_json)


@keys.command("revoke")
def revoke_key(
    context: typer.Context,
    key_id: Annotated[str, typer.Argument(metavar="ID", help="As `segue keys` shows it.")],
    *,
    as_json: AsJson = False,
) -> None:
    """End a key at once; runs that it started go on, and an admin's key sees them."""

    async def work(keys: "ApiKeys", screen: Screen) -> ExitCode:
        key = await keys.revoke(key_id)
        if as_json:
            screen.json(_as_json(key))
        else:
            screen.result(f"The key {key.name!r} opens nothing any more.")
        return ExitCode.OK

    _with_keys(context, work, as_json=as_json)


def _with_keys(
    context: typer.Context,
    work: Callable[["ApiKeys", Screen], Awaitable[ExitCode]],
    *,
    as_json: bool,
) -> None:
    async def inside(installation: Installation, screen: Screen) -> ExitCode:
        async with installation.open_keys() as keys:
            return await work(keys, screen)

    run(context, inside, as_json=as_json)


def _table(rows: Sequence[ApiKey]) -> Table:
    table = new_table("Id", "Name", "Scopes", "Made (UTC)", "Expires (UTC)", "Revoked (UTC)")
    for key in rows:
        times = (moment(at) for at in (key.created_at, key.expires_at, key.revoked_at))
        texts = (key.id, key.name, " ".join(sorted(key.scopes)), *times)
        table.add_row(*(cell(text) for text in texts))
    return table


def _as_json(key: ApiKey) -> dict[str, object]:
    return {
        "id": key.id,
        "name": key.name,
        "scopes": sorted(key.scopes),
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "revoked_at": key.revoked_at,
    }
