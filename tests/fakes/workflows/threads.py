"""A chat as a workflow, with tools that need approval and a tool of the outer world."""

from typing import Any, NoReturn
from uuid import uuid4

from temporalio import activity, workflow

with workflow.unsafe.imports_passed_through():
    from agents import Agent
    from pydantic import BaseModel

    from segue.errors.settings import SettingsError
    from segue.runs.contracts import Budget, RunOutcome
    from segue.runs.limits import Limits, Renewal
    from segue.runs.workflow.approvals import ApprovalPolicy
    from segue.runs.workflow.run_options import RunOptions
    from segue.runs.workflow.thread import AgentThread
    from segue.runs.workflow.thread_state import Message, Reply, ThreadState
    from segue.runs.workflow.tools import activity_tool


class ChatSetup(BaseModel, frozen=True):
    """How a chat of a test goes.

    Attributes:
        remembers: So many replies, and ids of so many messages before.
    """

    model: str
    state: ThreadState
    approval: bool = False
    approvals: ApprovalPolicy = ApprovalPolicy()
    budget: Budget | None = None
    thread_budget: Budget | None = None
    renewal_turns: int = 60
    renewal_bytes: int = 1_000_000
    max_turns: int = 10
    remembers: int = 50


@activity.defn(name="test-page")
async def page(number: int) -> str:
    """A page of a book: 5,000 characters, another one for each number."""
    return "".join(f"{number:05d}-{line:03d} " for line in range(500))[:5_000]


@activity.defn(name="test-transfer")
async def transfer(amount: int) -> str:
    """Transfer money."""
    return f"transferred {amount}"


@workflow.defn
class Chat:
    """A chat."""

    @workflow.init
    def __init__(self, setup: ChatSetup) -> None:
        self.thread = AgentThread(
            setup.state, replies_kept=setup.remembers, answered_kept=setup.remembers
        )
        self.handlers = 0
        self.is_broken = False

    @workflow.run
    async def run(self, setup: ChatSetup) -> str:
        """Answer until it is ended."""

        def build() -> Agent[Any]:
            if self.is_broken:
                raise SettingsError("The clerk has no model.")
            return Agent[Any](
                name="Clerk",
                instructions="Help.",
                model=setup.model,
                tools=[
                    activity_tool(page),
                    activity_tool(transfer, effect="once", needs_approval=setup.approval),
                ],
            )

        def renew(state: ThreadState) -> NoReturn:
            workflow.continue_as_new(setup.model_copy(update={"state": state}))

        options = RunOptions(
            budget=setup.budget,
            thread_budget=setup.thread_budget,
            approvals=setup.approvals,
            whole=False,
            max_turns=setup.max_turns,
            limits=Limits(renewal=Renewal(turns=setup.renewal_turns, bytes=setup.renewal_bytes)),
        )
        await self.thread.serve(build, options, renew)
        return "ended"

    @workflow.update
    async def send_message(self, message: Message) -> Reply:
        """Say something."""
        self.handlers += 1
        return await self.thread.send(message)

    @workflow.query
    def messages(self) -> int:
        """How many messages have come."""
        return self.handlers

    @workflow.signal
    def break_agent(self) -> None:
        """Let no agent be made from now on."""
        self.is_broken = True

    @workflow.update
    async def hold_message(self, message: Message) -> RunOutcome:
        """Say something and stay in this run until it is answered."""
        return await self.thread.hold(message)

    @workflow.signal
    def end_chat(self) -> None:
        """End it."""
        self.thread.end()


TOOLS = (page, transfer)


def chat_setup(script: str, **more: Any) -> ChatSetup:
    """A new chat whose model plays a script."""
    state = ThreadState(conversation=uuid4().hex)
    return ChatSetup(model=f"gpt-scripted:{script}", state=state, **more)


def say(text: str) -> Message:
    """A new message."""
    return Message(id=uuid4().hex, text=text)
