"""A chat as the samples write it: the workflow holds the items and gives them all each time."""

from datetime import timedelta
from typing import Any, cast

from temporalio import activity, workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from agents import Agent, Runner, TResponseInputItem
    from pydantic import BaseModel
    from temporalio.openai_agents.workflow import (
        activity_as_tool,  # pyright: ignore[reportUnknownVariableType] - an SDK without that type
    )

    from tests.fakes.workflows.threads import page, transfer

CALL_WITHIN = timedelta(minutes=2)


class PlainSetup(BaseModel, frozen=True):
    """How such a chat goes.

    Attributes:
        model: Name of the model.
        renews: Whether it goes on as a new run when Temporal suggests it.
        max_turns: Calls of the model that one message may take.
        items: What was said in the runs before; dicts, since the sample's own type is read back as
            iterators, which the SDK cannot copy: the first message of the next run fails for ever.
    """

    model: str
    renews: bool
    max_turns: int
    items: list[dict[str, Any]] = []


@workflow.defn
class PlainChat:
    """A chat over the plugin alone.

    Source: the sample ``openai_agents/customer_service`` of github.com/temporalio/samples-python.
    """

    @workflow.init
    def __init__(self, setup: PlainSetup) -> None:
        self._setup = setup
        self._items = cast("list[TResponseInputItem]", setup.items)

    @workflow.run
    async def run(self, _setup: PlainSetup) -> None:
        """Answer until it is terminated."""
        await workflow.wait_condition(
            lambda: (
                self._setup.renews
                and workflow.info().is_continue_as_new_suggested()
                and workflow.all_handlers_finished()
            )
        )
        workflow.continue_as_new(self._setup.model_copy(update={"items": list(self._items)}))

    @workflow.update
    async def say(self, text: str) -> str:
        """The agent's answer."""
        agent = Agent[None](
            name="Clerk",
            instructions="Help.",
            model=self._setup.model,
            tools=[
                activity_as_tool(page, start_to_close_timeout=CALL_WITHIN),
                activity_as_tool(transfer, start_to_close_timeout=CALL_WITHIN),
            ],
        )
        self._items.append({"role": "user", "content": text})
        result = await Runner.run(agent, self._items, max_turns=self._setup.max_turns)
        self._items = result.to_input_list()
        return str(result.final_output)


@activity.defn(name="raw-note")
async def note(text: str) -> int:
    """What a raw turn does before and after its model: nothing, in a few bytes."""
    return len(text)


class RawSetup(BaseModel, frozen=True):
    """How a raw chat goes.

    Attributes:
        model: Name of the model.
        noted: Whether a local activity stands before and after the model, as where turns are kept.
    """

    model: str
    noted: bool


class RawQuestion(BaseModel, frozen=True):
    """A message for the activity that asks the model."""

    model: str
    text: str


@workflow.defn
class RawChat:
    """The shape of a turn and nothing else: no agent, nothing kept, the SDK's own defaults."""

    @workflow.run
    async def run(self, _setup: RawSetup) -> None:
        """Answer until it is terminated."""
        await workflow.wait_condition(lambda: False)

    @workflow.init
    def __init__(self, setup: RawSetup) -> None:
        self._setup = setup

    @workflow.update
    async def say(self, text: str) -> str:
        """The model's answer."""
        await self._note(text)
        answer = await workflow.execute_activity(
            "raw-ask",
            RawQuestion(model=self._setup.model, text=text),
            result_type=str,
            start_to_close_timeout=CALL_WITHIN,
            retry_policy=RetryPolicy(maximum_attempts=3),
        )
        await self._note(answer)
        return answer

    async def _note(self, text: str) -> None:
        if self._setup.noted:
            await workflow.execute_local_activity(
                note,
                text,
                start_to_close_timeout=CALL_WITHIN,
                retry_policy=RetryPolicy(maximum_attempts=3),
            )
