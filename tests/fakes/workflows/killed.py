"""A chat whose tools write down that they ran, for workers that are killed while they do."""

import asyncio
from pathlib import Path
from typing import Any, NoReturn
from uuid import uuid4

from temporalio import activity, workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from agents import Agent, ModelSettings
    from pydantic import BaseModel

    from segue.runs.limits import Limits, Renewal
    from segue.runs.worker.effects import idempotency_key
    from segue.runs.workflow.run_options import RunOptions
    from segue.runs.workflow.thread import AgentThread
    from segue.runs.workflow.thread_state import Message, Reply, ThreadState
    from segue.runs.workflow.tools import activity_tool
    from segue.runtime.heartbeats import heartbeating
    from tests.fakes.waiting import until

LET_GO = "go"
FAILS = "fails"  # each file of this name, with a number, is one failure of a tool
HOLD_S = 120.0  # a model or a tool that a test holds is held for so long, whatever else takes time


class CounterSetup(BaseModel, frozen=True):
    """How a chat of a test goes."""

    model: str
    state: ThreadState
    approval: bool = False
    renewal_turns: int = 60
    max_tokens: int | None = None


@activity.defn(name="test-wire")
async def wire(folder: str, amount: int) -> str:
    """Wire money."""
    return await _work(Path(folder), "wire", amount)


@activity.defn(name="test-post")
async def post(folder: str, amount: int) -> str:
    """Post money to an account that knows what it was told before."""
    return await _work(Path(folder), "post", amount)


async def _work(folder: Path, name: str, amount: int) -> str:
    """Write the key down, then wait until the test lets go; fail as often as it has asked for."""
    async with heartbeating():
        await asyncio.to_thread(_note, folder / name, idempotency_key())
        await until((folder / LET_GO).exists, "the test lets go", within_s=HOLD_S)
        await asyncio.to_thread(_fail_if_wished, folder)
    return f"{name}: {amount}"


def _fail_if_wished(folder: Path) -> None:
    for failure in folder.glob(f"{FAILS}-*"):
        failure.unlink()
        raise ApplicationError("busy", type="Busy")


def _note(path: Path, key: str) -> None:
    with path.open("a", encoding="utf-8") as notes:
        notes.write(f"{key}\n")


@workflow.defn
class Counter:
    """A chat with a clerk who moves money."""

    @workflow.init
    def __init__(self, setup: CounterSetup) -> None:
        self.thread = AgentThread(setup.state)

    @workflow.run
    async def run(self, setup: CounterSetup) -> str:
        """Answer until it is ended."""

        def build() -> Agent[Any]:
            once = activity_tool(wire, effect="once", needs_approval=setup.approval, heartbeat=True)
            tools = [once, activity_tool(post, effect="repeatable", heartbeat=True)]
            return Agent[Any](
                name="Clerk",
                instructions="Help.",
                model=setup.model,
                model_settings=ModelSettings(max_tokens=setup.max_tokens),
                tools=[*tools],
            )

        def renew(state: ThreadState) -> NoReturn:
            workflow.continue_as_new(setup.model_copy(update={"state": state}))

        limits = Limits(renewal=Renewal(turns=setup.renewal_turns))
        await self.thread.serve(build, RunOptions(limits=limits), renew)
        return "ended"

    @workflow.update
    async def send_message(self, message: Message) -> Reply:
        """Say something."""
        return await self.thread.send(message)

    @workflow.signal
    def end_chat(self) -> None:
        """End it."""
        self.thread.end()


def counter_setup(script: str, **more: Any) -> CounterSetup:
    """A new chat whose model plays a script."""
    state = ThreadState(conversation=uuid4().hex)
    return CounterSetup(model=f"gpt-scripted:{script}", state=state, **more)
