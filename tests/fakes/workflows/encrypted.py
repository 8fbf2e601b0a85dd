"""A chat in which a secret stands in every place where content can be."""

from contextlib import suppress
from datetime import timedelta
from typing import Any, NoReturn

from temporalio import activity, workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError

with workflow.unsafe.imports_passed_through():
    from agents import Agent
    from pydantic import BaseModel

    from segue.errors.input import InputError
    from segue.runs.workflow.run_options import RunOptions
    from segue.runs.workflow.thread import AgentThread
    from segue.runs.workflow.thread_state import Message, Reply, ThreadState
    from segue.runs.workflow.tools import activity_tool

# One for each place, so that a test says which place leaks.
CANARIES = {
    place: f"canary-{place}-f00d"
    for place in (
        "user",
        "instructions",
        "argument",
        "result",
        "reply",
        "told-error",
        "raised-error",
        "provider-error",
        "large",
        "own-argument",
        "own-error",
        "title",
        "memo",
        "summary",
    )
}
LARGE_BYTES = 400_000  # beyond the threshold of external storage


class Setup(BaseModel, frozen=True):
    """How a chat goes."""

    model: str
    state: ThreadState
    large: str = ""


@activity.defn(name="test-recall")
async def recall(about: str) -> str:
    """What is known about somebody."""
    return f"{about}: {CANARIES['result']}"


@activity.defn(name="test-refuse")
async def refuse(about: str) -> str:
    """A tool that says why it cannot."""
    raise InputError(f"no: {CANARIES['told-error']} ({about})")


@activity.defn(name="test-break")
async def break_down(about: str) -> str:
    """A tool with a defect."""
    raise RuntimeError(f"defect: {CANARIES['raised-error']} ({about})")


@activity.defn(name="test-heed")
async def heed(large: str, note: str = "") -> int:
    """A step of the workflow's own: no tool."""
    if not note:
        raise ApplicationError(CANARIES["own-error"], {"said": CANARIES["own-error"]})
    return len(large)


@workflow.defn
class Confidant:
    """A chat."""

    @workflow.init
    def __init__(self, setup: Setup) -> None:
        self.thread = AgentThread(setup.state)

    @workflow.run
    async def run(self, setup: Setup) -> int:
        """Answer until it is ended."""
        once = RetryPolicy(maximum_attempts=1)
        within = timedelta(seconds=20)
        heard = await workflow.execute_activity(
            heed,
            args=[setup.large, CANARIES["own-argument"]],
            start_to_close_timeout=within,
            retry_policy=once,
        )
        with suppress(ActivityError):
            await workflow.execute_activity(
                heed, "", start_to_close_timeout=within, retry_policy=once
            )

        def build() -> Agent[Any]:
            return Agent[Any](
                name="Confidant",
                instructions=CANARIES["instructions"],
                model=setup.model,
                tools=[
                    activity_tool(recall),
                    activity_tool(refuse),
                    activity_tool(break_down),
                ],
            )

        def renew(state: ThreadState) -> NoReturn:
            workflow.continue_as_new(setup.model_copy(update={"state": state}))

        await self.thread.serve(build, RunOptions(title=CANARIES["title"]), renew)
        return heard

    @workflow.update
    async def send_message(self, message: Message) -> Reply:
        """Say something."""
        return await self.thread.send(message)

    @workflow.query
    def conversation(self) -> str:
        """Has the worker replay the whole run, when it does not know it."""
        return "asked"

    @workflow.signal
    def end_chat(self, _why: str) -> None:
        """End it."""
        self.thread.end()


TOOLS = (recall, refuse, break_down, heed)
