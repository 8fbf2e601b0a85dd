"""A worker of the gallery in its own process, to be killed while every pattern is at work.

With ``--hold`` it notes whose model is asked, by a file with the workflow's id, and never answers.
"""

import argparse
import asyncio
from dataclasses import replace
from pathlib import Path
from typing import NoReturn
from urllib.parse import quote, unquote

from temporalio import activity

from segue.errors.base import SegueError
from segue.gallery.register.parts import gallery_parts, gallery_rules
from segue.gallery.tools.images import Images
from segue.gallery.tools.tool_servers.connections import sample_servers
from segue.gallery.tools.toolbox import Toolbox
from segue.llm.config import LlmConfig
from segue.llm.offline.rulebook import RuleBook
from segue.llm.pool import ModelPool
from segue.observability.logs import configure
from segue.runs.register import model_parts, plugins_for
from segue.runtime.client import connect
from segue.runtime.embedded import Endpoint
from segue.runtime.processes import Child
from segue.runtime.signals import stop_on_signals
from segue.runtime.worker import run_workers
from segue.storage.address import database_url
from segue.storage.database import Database
from tests.fakes.programs.warm import command_of
from tests.fakes.worlds.agents import agent_ports

HOLDING, ANSWERING = "holding", "answering"
_PROGRAM = "tests.fakes.programs.gallery_worker"


# --- the test's side ---


def gallery_worker(name: str, server: Endpoint, database: Database, folder: Path) -> Child:
    """The process; its name says whether it holds or answers."""
    ready = folder / f"{name}.ready"

    async def is_ready() -> bool:
        return ready.exists()

    options = {
        "--temporal": server.address,
        "--database": database.url.render_as_string(hide_password=False),
        "--folder": str(folder),
        "--name": name,
    }
    return Child(
        name=name,
        argv=[*command_of(_PROGRAM), *(word for option in options.items() for word in option)],
        log_path=folder / f"{name}.log",
        failure=SegueError,
        ready=is_ready,
    )


def held_workflows(folder: Path) -> set[str]:
    """Ids of the workflows whose models have been asked and do not answer."""
    return {unquote(file.stem) for file in folder.glob("*.held")}


# --- the worker's side ---


async def _serve(options: argparse.Namespace) -> None:
    folder = Path(options.folder)

    async def hold(_request: object, _listener: object) -> NoReturn:
        note = folder / f"{quote(activity.info().workflow_id or '', safe='')}.held"
        await asyncio.to_thread(note.touch)
        await asyncio.Event().wait()
        raise AssertionError

    database = Database(database_url(options.database, Path()))
    pool = ModelPool(LlmConfig(), rules=RuleBook(*gallery_rules()))
    ports = agent_ports(database, pool)
    if options.name == HOLDING:
        ports = replace(ports, ask=hold)
    client = await connect(
        options.temporal, {}, plugins=plugins_for(ports, mcp_servers=sample_servers(folder))
    )
    parts = [*gallery_parts(Toolbox(images=Images())), model_parts(ports)]
    try:
        with stop_on_signals() as stop:
            await asyncio.to_thread((folder / f"{options.name}.ready").touch)
            await run_workers(client, parts, stop=stop)
    finally:
        await pool.aclose()
        await database.aclose()


def main() -> None:
    """Run a worker until SIGTERM."""
    configure("info")  # as a worker of ours; another handler may import what workflows must not
    parser = argparse.ArgumentParser()
    for name in ("temporal", "database", "folder", "name"):
        parser.add_argument(f"--{name}", required=True)
    asyncio.run(_serve(parser.parse_args()))


if __name__ == "__main__":
    main()
