"""A chat whose agent has a tool, and a bound on what it says at once."""

from typing import Any, NoReturn
from uuid import uuid4

from temporalio import activity, workflow

with workflow.unsafe.imports_passed_through():
    from agents import Agent, ModelSettings
    from pydantic import BaseModel

    from segue.runs.workflow.run_options import RunOptions
    from segue.runs.workflow.thread import AgentThread
    from segue.runs.workflow.thread_state import Message, Reply, ThreadState
    from segue.runs.workflow.tools import activity_tool


class SmallTalk(BaseModel, frozen=True):
    """How the chat goes.

    Attributes:
        max_tokens: Of one answer.
    """

    state: ThreadState
    max_tokens: int = 160


@activity.defn(name="test-population")
async def population(city: str) -> int:
    """How many people live in a city."""
    return 1_000 * len(city)


@workflow.defn
class SmallTalkWorkflow:
    """A chat with the small model."""

    @workflow.init
    def __init__(self, setup: SmallTalk) -> None:
        self.thread = AgentThread(setup.state)

    @workflow.run
    async def run(self, setup: SmallTalk) -> None:
        """Answer until it is ended."""

        def build() -> Agent[Any]:
            return Agent[Any](
                name="Clerk",
                instructions="Answer in one short sentence.",
                model_settings=ModelSettings(max_tokens=setup.max_tokens, temperature=0),
                tools=[activity_tool(population)],
            )

        def renew(state: ThreadState) -> NoReturn:
            workflow.continue_as_new(setup.model_copy(update={"state": state}))

        await self.thread.serve(build, RunOptions(max_turns=4), renew)

    @workflow.update
    async def send_message(self, message: Message) -> Reply:
        """Say something."""
        return await self.thread.send(message)


def small_talk(**more: Any) -> SmallTalk:
    """A new chat."""
    return SmallTalk(state=ThreadState(conversation=uuid4().hex), **more)
