"""Whatever goes wrong in a run of an agent, it ends, says how, and the next turn works.

Each row of ``agent_fault_table`` is played on a real Temporal server, over real HTTP: in every
place of a run, with every kind of tool on which its end depends, watched and unwatched. No history
may hold a failed workflow task, which is how a wedge begins.
"""

import asyncio
import sys
from collections.abc import AsyncGenerator, Iterator, Sequence
from dataclasses import dataclass, replace
from uuid import uuid4

import pytest
import pytest_asyncio
from agents.mcp import MCPServerStdio, MCPServerStdioParams
from temporalio.api.enums.v1 import EventType, TimeoutType
from temporalio.client import WorkflowFailureError, WorkflowHistory
from temporalio.worker import Replayer, WorkflowReplayResults

from segue.llm.answers import Answer, Listener, ModelRequest
from segue.llm.asking import ask
from segue.runs.contracts import RunOutcome
from segue.runs.worker.plugin import agent_plugins
from segue.runtime.faults import from_failure
from segue.runtime.worker import build_replayer
from segue.storage.address import database_url
from segue.storage.database import Database
from tests.fakes.programs.openai_server.faults import FAULTS, PARTIAL
from tests.fakes.programs.openai_server.scripts import RecordedCall
from tests.fakes.programs.openai_server.steps import Step, handoff, structured, tool_calls
from tests.fakes.programs.warm import command_of
from tests.fakes.waiting import until
from tests.fakes.workflows.faulty import (
    AWAY,
    MCP_SERVER,
    SECRET,
    TOOL,
    BareRun,
    FaultSetup,
    ToolKind,
    TwoTurns,
    get_weather,
)
from tests.fakes.worlds.agents import AgentWorld, agent_world
from tests.fakes.worlds.databases import prepare
from tests.faults.agent_fault import ANSWER, EVERY_TOOL, EVERYWHERE, Fault, Place
from tests.faults.agent_fault_table import MODEL, ROWS

on_one_loop = pytest.mark.asyncio(loop_scope="session")

PATIENCE_SECONDS = 60.0  # a turn that takes longer hangs
STALL_SECONDS = 2.5  # for rows in which the model falls silent
AT_ONCE = 8  # cases of a row
# One row for each way in which a fault of a model can end.
_MENDS = [row for row in MODEL if row.attempts == Fault.attempts and row.places == EVERYWHERE]
BARE = list({fault.ends: fault for fault in _MENDS}.values())
PAIRED = 3  # so many kinds of tools are played watched and unwatched in turn
WELL: Step = structured({"title": "Well."}, times=None)  # fits both kinds of agents
CALL = tool_calls([(TOOL, {"city": "Rome"})])


@dataclass(frozen=True)
class Case:
    """One way of playing a row."""

    fault: Fault
    place: Place
    tool: ToolKind
    streamed: bool

    def __str__(self) -> str:
        return f"{self.place}, {self.tool}{', streamed' if self.streamed else ''}"


@dataclass(frozen=True)
class Played:
    """What came of it.

    Attributes:
        problems: In words, but for those that stand in the history.
    """

    case: Case
    history: WorkflowHistory
    problems: list[str]


def cases(fault: Fault) -> Iterator[Case]:
    """Every place, every kind of tool, watched and not; many kinds in turn the one or the other.

    Where a row happens everywhere, it is the model's, and which tool has run before is no matter:
    then two kinds are played, which change from row to row, and of the other places one way each.
    """
    if fault.places == EVERYWHERE:
        yield from _everywhere(fault)
        return
    for place in fault.places:
        if place == "alone":
            kinds = fault.tools if fault.places == ("alone",) else fault.tools[:1]
        else:
            kinds = ("agent",)
        for at, tool in enumerate(kinds, ROWS.index(fault)):
            for streamed in fault.ways if len(kinds) < PAIRED else (at % 2 == 0,):
                yield Case(fault, place, tool, streamed)


def _everywhere(fault: Fault) -> Iterator[Case]:
    at = ROWS.index(fault)
    is_even, kinds = at % 2 == 0, fault.tools
    for streamed in (False, True):
        yield Case(fault, "alone", kinds[0], streamed)
        yield Case(fault, "after a tool", kinds[(2 * at + streamed) % len(kinds)], streamed)
    yield Case(fault, "in a sub-agent", "agent", is_even)
    yield Case(fault, "after a handoff", "agent", not is_even)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(temporal_server, openai_process, tmp_path_factory) -> AsyncGenerator[AgentWorld]:
    """One worker for all rows."""
    database = Database(database_url(None, tmp_path_factory.mktemp("agent-faults")))
    await prepare(database)
    command, *args = command_of("tests.fakes.programs.fault_mcp_server")
    program: MCPServerStdioParams = {"command": command, "args": args}
    gone: MCPServerStdioParams = {"command": sys.executable, "args": ["-c", "raise SystemExit(1)"]}
    servers = {
        MCP_SERVER: lambda: MCPServerStdio(program, name=MCP_SERVER),
        AWAY: lambda: MCPServerStdio(gone, name=AWAY),
    }
    async with agent_world(temporal_server, openai_process, database, mcp_servers=servers) as made:

        async def asker(request: ModelRequest, listener: Listener | None) -> Answer:
            impatient = "impatient" in (request.model or "")
            seconds = STALL_SECONDS if impatient else PATIENCE_SECONDS
            return await ask(made.pool, request, listener=listener, stall_seconds=seconds)

        made.ports = replace(made.ports, ask=asker)
        async with made.worker([TwoTurns, BareRun], [get_weather]):
            yield made
    await database.aclose()


@pytest.fixture(scope="module")
def replayer() -> Replayer:
    return build_replayer([TwoTurns, BareRun], plugins=agent_plugins())


# --- the test ---


def test_every_fault_of_the_scripted_server_is_in_the_table():
    played = [step for fault in ROWS for step in fault.steps]
    missing = [
        name for name, step in FAULTS.items() if not any(_alike(step, other) for other in played)
    ]
    assert not missing
    assert len(ROWS) >= 30


def test_faults_of_the_model_meet_every_place_and_every_tool_watched_and_not():
    played = {(case.place, case.tool, case.streamed) for row in MODEL for case in cases(row)}
    assert {
        ("after a tool", tool, streamed) for tool in EVERY_TOOL for streamed in (False, True)
    } <= played
    assert {(place, streamed) for place, _, streamed in played} == {
        (place, streamed) for place in EVERYWHERE for streamed in (False, True)
    }


@on_one_loop
@pytest.mark.parametrize("fault", ROWS, ids=lambda fault: fault.name)
async def test_a_fault_ends_as_it_should_and_the_next_turn_works(
    world: AgentWorld, replayer: Replayer, fault: Fault
):
    gate = asyncio.Semaphore(AT_ONCE)

    async def played(case: Case) -> Played:
        async with gate:
            return await _play(world, case)

    await _check(replayer, await asyncio.gather(*map(played, cases(fault))))


async def _play(world: AgentWorld, case: Case) -> Played:
    fault, name = case.fault, _name(case.fault)
    await _script(world, case, name)
    conversation = f"talk-{uuid4().hex}"
    if fault.deleted == "before":
        await world.ports.conversations.open(conversation)
        await world.ports.conversations.delete(conversation)
    handle = await world.start(TwoTurns.run, _setup(case, name, conversation))
    if fault.deleted == "meanwhile":
        await until(lambda: _is_asked(world, name), "the model is asked")
        await world.ports.conversations.delete(conversation)
        await world.openai.release(name)
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            first, second = await handle.result()
    except TimeoutError:
        return Played(case, await handle.fetch_history(), ["it hangs"])
    except WorkflowFailureError as error:
        return Played(case, await handle.fetch_history(), [f"the workflow failed: {error.cause}"])
    problems = [*_ended(fault, case, first, second), *await _calls(world, case, name)]
    return Played(case, await handle.fetch_history(), problems)


async def _check(replayer: Replayer, played: Sequence[Played]) -> None:
    """Fail with all problems of a row; its histories are replayed by one worker, one by one."""

    async def histories() -> AsyncGenerator[WorkflowHistory]:
        for each in played:
            yield each.history

    replays = await replayer.replay_workflows(histories(), raise_on_replay_failure=False)
    problems = [
        f"{each.case}: {problem}"
        for each in played
        for problem in (
            *each.problems,
            *_failed_tasks(each.history),
            *_replay_failure(replays, each.history),
        )
    ]
    assert not problems, "\n".join(problems)


def _replay_failure(replays: WorkflowReplayResults, history: WorkflowHistory) -> list[str]:
    failure = replays.replay_failures.get(history.run_id)
    return [f"replay: {failure}"] if failure else []


def _name(fault: Fault) -> str:
    return f"{'impatient' if fault.impatient else 'fault'}-{uuid4().hex[:12]}"


async def _script(world: AgentWorld, case: Case, name: str) -> None:
    first: dict[Place, tuple[Step, ...]] = {
        "alone": case.fault.steps,
        "after a tool": (CALL, *case.fault.steps),
        "in a sub-agent": (CALL,),
        "after a handoff": (handoff("Other"),),
    }
    is_elsewhere = case.place in {"in a sub-agent", "after a handoff"}
    other = case.fault.steps if is_elsewhere else ()
    await world.openai.script(name, [*first[case.place], WELL])
    await world.openai.script(f"{name}-other", [*other, WELL])


def _setup(case: Case, name: str, conversation: str) -> FaultSetup:
    fault = case.fault
    return FaultSetup(
        conversation=conversation,
        model=f"gpt-scripted:{name}",
        scene=fault.scene,
        tool=case.tool,
        hands_over=case.place == "after a handoff",
        streamed=case.streamed,
        attempts=fault.attempts,
        max_turns=fault.max_turns,
        budget=fault.budget,
    )


async def _is_asked(world: AgentWorld, name: str) -> bool:
    return bool(await world.openai.count(name))


def _ended(fault: Fault, case: Case, first: RunOutcome, second: RunOutcome) -> Iterator[str]:
    is_told = case.place == "in a sub-agent"
    expected = ANSWER if is_told else fault.ends
    if _end(first) != expected:
        yield f"ended as {first.failure or first.output!r:.200}, not as {expected}"
    if _end(second) != fault.after:
        yield f"the next turn ended as {second.failure or second.output!r:.200}"
    if PARTIAL in str(first.output):
        yield "half an answer passed for a whole one"
    if SECRET in f"{first}{second}":
        yield "an error's own text reached the outcome"
    if first.seconds > fault.within:
        yield f"it took {first.seconds:.1f} s, more than {fault.within:g} s"


def _end(outcome: RunOutcome) -> str:
    return outcome.failure.code if outcome.failure else ANSWER


async def _calls(world: AgentWorld, case: Case, name: str) -> list[str]:
    fault = case.fault
    calls = await world.openai.calls(name)
    others = await world.openai.calls(f"{name}-other")
    around = {"alone": 0, "after a tool": 1, "in a sub-agent": 2, "after a handoff": 1}
    next_turn = 1 if fault.after == ANSWER else 0
    is_elsewhere = case.place in {"in a sub-agent", "after a handoff"}
    expected = around[case.place] + next_turn + (0 if is_elsewhere else fault.calls)
    problems: list[str] = []
    if len(calls) != expected:
        problems.append(f"{len(calls)} calls of the model, not {expected}")
    if is_elsewhere and len(others) != fault.calls:
        problems.append(f"{len(others)} calls of the other agent's model, not {fault.calls}")
    told = fault.told_by.get(case.tool, fault.told)
    if case.place == "in a sub-agent" and fault.ends != ANSWER:
        told = fault.ends
    outputs = _tool_outputs([*calls, *others])
    if told and not any(told in output for output in outputs):
        problems.append(f"the model was not told {told}, but {outputs!r:.300}")
    if SECRET in str(outputs):
        problems.append(f"the model read an error's own text: {outputs!r:.300}")
    return problems


def _tool_outputs(calls: list[RecordedCall]) -> list[str]:
    items = [item for call in calls if call.body for item in call.body["input"]]
    return [str(item["output"]) for item in items if item.get("type") == "function_call_output"]


def _failed_tasks(history: WorkflowHistory) -> list[str]:
    """What a wedge looks like. A task that was given to another worker in time is none."""
    moved = TimeoutType.TIMEOUT_TYPE_SCHEDULE_TO_START
    return [
        f"a workflow task failed: {event.workflow_task_failed_event_attributes.failure.message}"
        for event in history.events
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED
        or (
            event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT
            and event.workflow_task_timed_out_event_attributes.timeout_type != moved
        )
    ]


def _alike(step: Step, other: Step) -> bool:
    same = {"times": 1, "hold_after": None}
    return step.model_copy(update=same) == other.model_copy(update=same)


# --- the SDK's own calls, with nobody to catch what they raise ---


@on_one_loop
@pytest.mark.parametrize("fault", BARE, ids=lambda fault: fault.name)
async def test_an_uncaught_fault_fails_the_workflow_and_never_wedges_it(
    world: AgentWorld, replayer: Replayer, fault: Fault
):
    both = [Case(fault, "alone", "activity", streamed) for streamed in (False, True)]
    await _check(replayer, await asyncio.gather(*(_bare(world, case) for case in both)))


async def _bare(world: AgentWorld, case: Case) -> Played:
    name = _name(case.fault)
    await _script(world, case, name)
    handle = await world.start(BareRun.run, _setup(case, name, ""))
    ended, problems = ANSWER, list[str]()
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await handle.result()
    except TimeoutError:
        return Played(case, await handle.fetch_history(), ["it hangs"])
    except WorkflowFailureError as error:
        ended = from_failure(error).code
    if case.fault.ends == ANSWER or case.fault.ends.startswith("model."):
        if ended != case.fault.ends:
            problems.append(f"ended as {ended}, not as {case.fault.ends}")
    elif ended == ANSWER:
        problems.append("it was taken for an answer")
    return Played(case, await handle.fetch_history(), problems)
