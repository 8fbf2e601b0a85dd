"""Agents that are made in unusual ways, run once or as a chat."""

from collections.abc import Callable
from typing import Any, Literal, NoReturn

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from agents import (
        Agent,
        GuardrailFunctionOutput,
        InputGuardrail,
        OutputGuardrail,
        RunConfig,
        RunContextWrapper,
        Runner,
        WebSearchTool,
        function_tool,
    )
    from agents.items import TResponseInputItem
    from pydantic import BaseModel

    from segue.runs.contracts import Budget, RunOutcome
    from segue.runs.limits import TOOL_CALL, Limits, Renewal
    from segue.runs.workflow.agent_run import run_agent
    from segue.runs.workflow.run_options import RunOptions
    from segue.runs.workflow.thread import AgentThread
    from segue.runs.workflow.thread_state import Message, Reply, ThreadState
    from segue.runs.workflow.tools import activity_tool
    from tests.fakes.workflows.threads import page, transfer

Scene = Literal[
    "plain",
    "jots",
    "hushes",
    "threads",
    "own words",
    "two steps",
    "hosted",
    "circle",
    "office",
    "judged",
    "pays",
]

LONG = 5_000  # characters; more than a workflow is told of an answer by default


class SceneSetup(BaseModel, frozen=True):
    """How the agents of a run are made; models are named after them.

    Attributes:
        renewal_bytes: Of the chat: so long a history goes on in a new run.
    """

    scene: Scene
    state: ThreadState
    budget: Budget | None = None
    thread_budget: Budget | None = None
    renewal_bytes: int = 1_000_000


def scripted(name: str, **more: Any) -> Agent[Any]:
    """An agent whose model plays the script of that name."""
    return Agent[Any](name=name.capitalize(), model=f"gpt-scripted:{name}", **more)


@function_tool
async def jot(note: str) -> str:
    """Write something down."""
    return f"noted: {note}"


@function_tool
async def hush() -> str:
    """Say nothing."""
    return ""


@function_tool
def count() -> str:
    """Count, in a thread."""
    return "1"


def _in_own_words(_context: RunContextWrapper[Any], _error: Exception) -> str:
    return "The till is locked."


@function_tool(failure_error_function=_in_own_words)
async def pay() -> str:
    """Pay."""
    raise ValueError("no key")


@function_tool
async def read_and_pay() -> str:
    """Read a page, then pay."""
    within, retry = TOOL_CALL.start_to_close, TOOL_CALL.retry()
    text = await workflow.execute_activity(
        page, 1, start_to_close_timeout=within, retry_policy=retry
    )
    paid = await workflow.execute_activity(
        transfer, 7, start_to_close_timeout=within, retry_policy=retry
    )
    return f"{text[:5]} {paid}"


async def _ask_the_judge(
    _context: RunContextWrapper[Any], _agent: Agent[Any], _input: str | list[TResponseInputItem]
) -> GuardrailFunctionOutput:
    verdict = await Runner.run(scripted("judge"), "May they?")
    return GuardrailFunctionOutput(None, tripwire_triggered=verdict.final_output != "Yes.")


async def _is_short(
    _context: RunContextWrapper[Any], _agent: Agent[Any], output: Any
) -> GuardrailFunctionOutput:
    return GuardrailFunctionOutput(None, tripwire_triggered=len(output) < LONG)


def _circle() -> Agent[Any]:
    front, back = scripted("front"), scripted("back")
    front.handoffs, back.handoffs = [back], [front]
    return front


def _office() -> Agent[Any]:
    clerks = [scripted(name) for name in ("ann", "bob")]
    return scripted(
        "front", tools=[each.as_tool(f"ask_{each.name}".lower(), "Ask.") for each in clerks]
    )


SCENES: dict[Scene, Callable[[], Agent[Any]]] = {
    "plain": lambda: scripted("front"),
    "jots": lambda: scripted("front", tools=[jot]),
    "hushes": lambda: scripted("front", tools=[hush], tool_use_behavior="stop_on_first_tool"),
    "threads": lambda: scripted("front", tools=[count]),
    "own words": lambda: scripted("front", tools=[pay]),
    "two steps": lambda: scripted("front", tools=[read_and_pay]),
    "hosted": lambda: scripted("front", tools=[WebSearchTool()]),
    "circle": _circle,
    "office": _office,
    "judged": lambda: scripted("front", input_guardrails=[InputGuardrail(_ask_the_judge)]),
    "pays": lambda: scripted("front", tools=[activity_tool(transfer, needs_approval=True)]),
}


@workflow.defn
class Play:
    """One run, in no conversation."""

    @workflow.run
    async def run(self, scene: Scene, budget: Budget | None = None) -> RunOutcome:
        """Run it."""
        return await run_agent(SCENES[scene](), "Go.", RunOptions(budget=budget))


@workflow.defn
class PlayLong:
    """One run whose answer stays in the store, unless somebody looks at it."""

    @workflow.run
    async def run(self) -> RunOutcome:
        """Run it."""
        config = RunConfig(output_guardrails=[OutputGuardrail(_is_short)])
        options = RunOptions(whole=False, run_config=config)
        return await run_agent(scripted("front"), "Go.", options)


@workflow.defn
class PlayPaused:
    """One run whose tool is the end of it, and waits until it may go on."""

    def __init__(self) -> None:
        self._may_go_on = False

    @workflow.run
    async def run(self) -> RunOutcome:
        """Run it."""

        @function_tool
        async def pause() -> str:
            """Wait."""
            await workflow.wait_condition(lambda: self._may_go_on)
            return "done"

        agent = scripted("front", tools=[pause], tool_use_behavior="stop_on_first_tool")
        return await run_agent(agent, "Go.")

    @workflow.signal
    def go_on(self) -> None:
        """Let the tool end."""
        self._may_go_on = True


@workflow.defn
class PlayChat:
    """A chat."""

    @workflow.init
    def __init__(self, setup: SceneSetup) -> None:
        self.thread = AgentThread(setup.state)

    @workflow.run
    async def run(self, setup: SceneSetup) -> str:
        """Answer until it is ended."""

        def renew(state: ThreadState) -> NoReturn:
            workflow.continue_as_new(setup.model_copy(update={"state": state}))

        options = RunOptions(
            budget=setup.budget,
            thread_budget=setup.thread_budget,
            limits=Limits(renewal=Renewal(bytes=setup.renewal_bytes)),
        )
        await self.thread.serve(SCENES[setup.scene], options, renew)
        return "ended"

    @workflow.update
    async def send_message(self, message: Message) -> Reply:
        """Say something."""
        return await self.thread.send(message)

    @workflow.signal
    def told(self, _text: str) -> None:
        """Something that makes the history longer, and nothing else."""


PLAYS = (Play, PlayLong, PlayPaused, PlayChat)
