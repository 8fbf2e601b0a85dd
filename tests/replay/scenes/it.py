"""Sessions of IT: short and long ones, and one that an idle session's state is found in again."""

from functools import partial

from segue.errors.base import SegueError
from segue.it.service import ItService
from segue.it.store import ItSessionStore, Place
from segue.it.wire.names import IT_SESSION
from segue.runtime.client import connect
from segue.runtime.embedded import Endpoint
from segue.runtime.worker import build_worker
from tests.fakes.worlds.it_sessions import CountingJira, it_part
from tests.replay.stage import Histories, Scene, all_runs, new_database

USED = f"{IT_SESSION}.used"
RENEWED = f"{IT_SESSION}.renewed"
LONG = 24  # events


async def session(name: str, calls: int, server: Endpoint) -> Histories:
    """A project that is set, metrics, addresses, a key twice."""
    client = await connect(server.address, {})
    async with new_database() as database:
        sessions = ItSessionStore(database, lambda: 1_800_000_000.0)
        async with build_worker(client, it_part(CountingJira(), sessions)):
            service, place = ItService(client, sessions), Place(name)
            try:
                await service.jira_metrics(place)
            except SegueError:
                await service.set_project(place, "a", "DEMO")
            await service.jira_metrics(place)
            for number in range(calls):
                await service.track_ip(place, f"k{number}", "192.0.2.1", seen=True)
            await service.track_ip(place, "k0", "192.0.2.1", seen=True)
            return {name: await all_runs(client, name)}


SCENES = (
    Scene((USED,), partial(session, USED, 2)),
    Scene((RENEWED,), partial(session, RENEWED, 8), continue_after=LONG),
)
