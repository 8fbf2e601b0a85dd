"""A chat that uses everything that is accounted for: tools of all kinds, several agents."""

from typing import Any, NoReturn

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from agents import Agent, function_tool

    from segue.runs.workflow.run_options import RunOptions
    from segue.runs.workflow.thread import AgentThread
    from segue.runs.workflow.thread_state import Message, Reply, ThreadState
    from segue.runs.workflow.tools import activity_tool
    from tests.fakes.workflows.threads import page

PRICED = "gpt-4o-mini"


@function_tool
async def today() -> str:
    """The day, without any activity."""
    return "Saturday"


def front() -> Agent[Any]:
    """The one who is spoken to; all others are behind it."""
    clerk = Agent[Any](name="Clerk", model="gpt-scripted:clerk")
    return Agent[Any](
        name="Front",
        model="gpt-scripted:front",
        tools=[activity_tool(page), today, clerk.as_tool("ask_clerk", "Ask the clerk.")],
        handoffs=[Agent[Any](name="Back", model=PRICED)],
    )


@workflow.defn
class Office:
    """A chat."""

    @workflow.init
    def __init__(self, state: ThreadState) -> None:
        self.thread = AgentThread(state)

    @workflow.run
    async def run(self, state: ThreadState) -> str:
        """Answer until it is ended."""

        def renew(state: ThreadState) -> NoReturn:
            workflow.continue_as_new(state)

        await self.thread.serve(front, RunOptions(), renew)
        return "ended"

    @workflow.update
    async def send_message(self, message: Message) -> Reply:
        """Say something."""
        return await self.thread.send(message)
