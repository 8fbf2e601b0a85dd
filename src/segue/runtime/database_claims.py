"""Which database stands with a namespace: runs there refer to its rows, so no other one will do.

The namespace says so itself, for everybody who connects to it: by a schedule that never starts
anything and is named after nothing else. The database's name stands in the id of the workflow that
it would start, which Temporal shows in plain text, whatever is encrypted, and keeps when somebody
pauses or unpauses the schedule.
"""

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleSpec,
    ScheduleState,
    ScheduleUpdate,
)
from temporalio.service import RPCError, RPCStatusCode

from segue.runtime.faults import from_failure

CLAIM = "segue-database"
_NOTE = "Names the database of this namespace's runs; never starts anything. Leave it here."


async def claimed_by(client: Client) -> str | None:
    """The name of the database that stands with the client's namespace; None: none does yet.

    Raises:
        SegueError: Temporal did not answer.
    """
    try:
        action = (await client.get_schedule_handle(CLAIM).describe()).schedule.action
    except RPCError as failure:
        if failure.status is RPCStatusCode.NOT_FOUND:
            return None
        raise from_failure(failure) from failure
    assert isinstance(action, ScheduleActionStartWorkflow)  # noqa: S101 - Temporal has no other
    return action.id.removeprefix(_action_id(""))


async def claim(client: Client, database: str) -> str:
    """The database that stands with the namespace: this one, unless another does already.

    Raises:
        SegueError: Temporal did not answer.
    """
    try:
        await client.create_schedule(CLAIM, _schedule(database))
    except ScheduleAlreadyRunningError:
        return await claimed_by(client) or database
    except RPCError as failure:
        raise from_failure(failure) from failure
    return database


async def adopt(client: Client, database: str) -> None:
    """Let this database stand with the namespace from now on, whichever did before.

    Raises:
        SegueError: Temporal did not answer.
    """
    if await claim(client, database) == database:
        return
    try:
        await client.get_schedule_handle(CLAIM).update(
            lambda _current: ScheduleUpdate(_schedule(database))
        )
    except RPCError as failure:
        raise from_failure(failure) from failure


def _schedule(database: str) -> Schedule:
    return Schedule(
        action=ScheduleActionStartWorkflow(
            "SegueDatabase", id=_action_id(database), task_queue="segue-database"
        ),
        spec=ScheduleSpec(),
        state=ScheduleState(paused=True, note=_NOTE),
    )


def _action_id(database: str) -> str:
    return f"{CLAIM}-{database}"
