"""Steps of a run as they happen: the workflow publishes them to a stream that clients follow."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from dataclasses import dataclass

    from agents import (
        Agent,
        ItemHelpers,
        MessageOutputItem,
        Runner,
        StreamEvent,
        ToolCallItem,
        ToolCallOutputItem,
    )
    from temporalio.contrib.workflow_streams import WorkflowStream, WorkflowStreamState

    from segue.gallery.pattern import Pattern, Sample
    from segue.gallery.tools.numbers import how_many_jokes
    from segue.gallery.tools.streams import ITEMS, end_stream
    from segue.llm.offline.replies import Reply, call
    from segue.llm.offline.rules import AgentRules
    from segue.llm.offline.situation import Situation
    from segue.runs.workflow.tools import activity_tool


@dataclass
class StreamItemsInput:
    """What the workflow takes.

    Attributes:
        stream_state: What was published before, where the workflow goes on as a new run.
    """

    prompt: str = "Hello"
    stream_state: WorkflowStreamState | None = None


@dataclass
class ItemEvent:
    """A step of a run: the SDK's own events hold agents, which cannot travel.

    Attributes:
        kind: agent_updated, tool_call, tool_output or message_output.
        detail: Name of the agent or the tool; what the tool or the agent says.
    """

    kind: str
    detail: str


def joker() -> Agent[None]:
    """The agent that asks how many jokes it should tell."""
    return Agent(
        name="Joker",
        instructions="First call the `how_many_jokes` tool, then tell that many jokes.",
        tools=[activity_tool(how_many_jokes, description="How many jokes to tell.")],
    )


@workflow.defn(name="StreamItemsWorkflow")
class StreamItemsWorkflow:
    """Tell jokes, and publish each step on the topic `items`, then `done`."""

    @workflow.init
    def __init__(self, request: StreamItemsInput) -> None:
        self._stream = WorkflowStream(prior_state=request.stream_state)
        self._items = self._stream.topic(ITEMS, type=ItemEvent)

    @workflow.run
    async def run(self, request: StreamItemsInput) -> str:
        """All that the agent has said."""
        result = Runner.run_streamed(joker(), request.prompt)
        async for event in result.stream_events():
            if (item := item_event(event)) is not None:
                self._items.publish(item)
        await end_stream(self._stream)
        return str(result.final_output)


def item_event(event: StreamEvent) -> ItemEvent | None:
    """What clients are shown of an event; None: nothing."""
    if event.type == "agent_updated_stream_event":
        return ItemEvent("agent_updated", event.new_agent.name)
    match event.item if event.type == "run_item_stream_event" else None:
        case ToolCallItem() as item:
            return ItemEvent("tool_call", item.tool_name or "")
        case ToolCallOutputItem() as item:
            return ItemEvent("tool_output", str(item.output))
        case MessageOutputItem() as item:
            return ItemEvent("message_output", ItemHelpers.text_message_output(item))
        case _:
            return None


# --- what the offline model answers ---

_rules = AgentRules("Joker")


@_rules.when()
def _ask(_: Situation) -> Reply:
    return call("how_many_jokes")


@_rules.after("how_many_jokes")
def _tell(situation: Situation) -> Reply:
    count = int(situation.output_of("how_many_jokes").text)
    joke = "A workflow walks into a bar, forgets nothing and pays once."
    return "\n".join(f"{number}. {joke}" for number in range(1, count + 1))


PATTERN = Pattern(
    title="A stream of steps",
    shows="`Runner.run_streamed` in a workflow, which publishes each step to clients that follow.",
    when="Somebody watches what an agent does: its tools, their results and what it says.",
    when_not=(
        "Nobody watches, or only afterwards: the steps stand in the history, and"
        " `segue run SLUG --stream` shows those of any pattern."
    ),
    durable=(
        "Models' answers, the tool, and the stream itself, which a replay makes again: a subscriber"
        " goes on from its offset, and sees no step twice."
    ),
    adapt=(
        "Publish what your clients should see, and read it with `WorkflowStreamClient`. A run that"
        " goes on as a new one takes `stream_state` along."
    ),
    workflow=StreamItemsWorkflow,
    samples=(Sample(StreamItemsInput(), answer=r"^1\. A workflow walks into a bar"),),
    activities=lambda _: [how_many_jokes],
    rules=(_rules,),
)
