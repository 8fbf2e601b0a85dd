"""The finance and IT servers, and their workers, as processes of their own: to be killed.

What they serve is that of ``tests.fakes.worlds.tool_servers``, over the same Temporal and database.
"""

import argparse
import asyncio
import os
import signal
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from segue.errors.base import SegueError
from segue.platform.mcp.http import PATH, mcp_app
from segue.runtime.client import connect
from segue.runtime.http_host import Address, bound, serving
from segue.runtime.ports import free_ports
from segue.runtime.processes import Child, RestartPolicy, Supervisor
from segue.runtime.signals import stop_on_signals
from segue.runtime.worker import run_workers
from segue.storage.address import database_url
from segue.storage.database import Database
from tests.fakes.programs.warm import command_of
from tests.fakes.waiting import is_alive, until
from tests.fakes.worlds.tool_servers import FinanceAndIt

WORKERS = "workers"
FINANCE = "finance"
IT = "it"

_PROGRAM = "tests.fakes.programs.tool_servers"


@dataclass
class ToolProcesses:
    """Processes of one world, none of which is started yet.

    Attributes:
        temporal: Address of the server.
        database: Address of the database.
        folder: Of their logs.
        within: So many seconds a call waits for its worker.
    """

    temporal: str
    database: str
    folder: Path
    supervisor: Supervisor
    within: float = 1.0
    ports: dict[str, int] = field(
        default_factory=lambda: dict(zip((WORKERS, FINANCE, IT), free_ports(3), strict=True))
    )
    starts: int = 0
    running: dict[str, str] = field(default_factory=dict[str, str])

    def url(self, name: str) -> str:
        """Where a server answers, now and after it was started again."""
        return f"http://127.0.0.1:{self.ports[name]}{PATH}"

    async def start(self, *names: str) -> None:
        """Start some; each is ready when this returns."""
        await asyncio.gather(*(self._start(name) for name in names))

    async def kill(self, *names: str) -> None:
        """SIGKILL: no chance to clean up."""
        for name in names:
            pid = self.supervisor.pid(self.running.pop(name))
            os.kill(pid, signal.SIGKILL)
            await until(lambda pid=pid: not is_alive(pid), f"the end of {name}")

    async def _start(self, name: str) -> None:
        self.starts += 1
        label = f"{name}-{self.starts}"
        ready = self.folder / f"{label}.ready"

        async def is_ready() -> bool:
            return ready.exists()

        options = {
            "--serve": name,
            "--temporal": self.temporal,
            "--database": self.database,
            "--port": str(self.ports[name]),
            "--within": str(self.within),
            "--ready-file": str(ready),
        }
        self.running[name] = label
        await self.supervisor.start(
            Child(
                name=label,
                argv=[*command_of(_PROGRAM), *(word for pair in options.items() for word in pair)],
                log_path=self.folder / f"{label}.log",
                failure=SegueError,
                ready=is_ready,
            )
        )


@asynccontextmanager
async def tool_processes(
    temporal: str, database: Database, folder: Path
) -> AsyncGenerator[ToolProcesses]:
    """Hands for the processes; all are gone afterwards."""
    url = database.url.render_as_string(hide_password=False)
    async with Supervisor(policy=RestartPolicy(crashes=0)) as supervisor:
        yield ToolProcesses(temporal, url, folder, supervisor)


async def _serve(given: argparse.Namespace) -> None:
    client = await connect(given.temporal, {})
    database = Database(database_url(given.database, Path()))
    both = FinanceAndIt(client, database, within=timedelta(seconds=given.within))
    try:
        with stop_on_signals() as stop:
            if given.serve == WORKERS:
                await asyncio.to_thread(Path(given.ready_file).touch)
                await run_workers(client, both.parts(), stop=stop)
                return
            address = Address("The server", "", port=given.port)
            server = both.finance() if given.serve == FINANCE else both.it()
            with bound(address) as listener:
                async with serving(mcp_app(server, host=address.host, token=None), listener):
                    await asyncio.to_thread(Path(given.ready_file).touch)
                    await stop.wait()
    finally:
        await database.aclose()


def main() -> None:
    """Serve until SIGTERM."""
    parser = argparse.ArgumentParser()
    for name in ("serve", "temporal", "database", "ready-file"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--within", type=float, required=True)
    asyncio.run(_serve(parser.parse_args()))


if __name__ == "__main__":
    main()
