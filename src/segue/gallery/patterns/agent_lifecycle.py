"""Hooks of an agent: what one agent does, seen from the workflow."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    import re

    from agents import Agent, AgentHooks, RunContextWrapper, Runner, Tool, function_tool
    from pydantic import BaseModel

    from segue.gallery.pattern import Pattern, Sample
    from segue.llm.offline.replies import Reply, call, hand_off
    from segue.llm.offline.rules import AgentRules
    from segue.llm.offline.situation import Situation


class FinalResult(BaseModel):
    """What the last agent answers."""

    number: int


class LoggingHooks(AgentHooks[None]):
    """Log what one agent does; replays log nothing twice."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.events = 0

    async def on_start(self, context: RunContextWrapper[None], agent: Agent[None]) -> None:
        """The agent has its turn."""
        self._log(f"{agent.name} started")

    async def on_end(
        self, context: RunContextWrapper[None], agent: Agent[None], output: object
    ) -> None:
        """The agent has answered."""
        self._log(f"{agent.name} ended with {output}")

    async def on_handoff(
        self, context: RunContextWrapper[None], agent: Agent[None], source: Agent[None]
    ) -> None:
        """Another agent has handed over to this one."""
        self._log(f"{source.name} handed over to {agent.name}")

    async def on_tool_start(
        self, context: RunContextWrapper[None], agent: Agent[None], tool: Tool
    ) -> None:
        """The agent calls a tool."""
        self._log(f"{agent.name} calls {tool.name}")

    async def on_tool_end(
        self, context: RunContextWrapper[None], agent: Agent[None], tool: Tool, result: object
    ) -> None:
        """The tool has answered."""
        self._log(f"{tool.name} answered {result}")

    def _log(self, text: str) -> None:
        self.events += 1
        workflow.logger.info("### (%s) %d: %s", self.name, self.events, text)


# Both are async: the SDK runs other functions in a thread, and a workflow has none.
@function_tool
async def random_number_tool(max: int) -> int:  # noqa: A002 - the name that models know
    """A random number from 0 to the maximum, the same in every replay."""
    return workflow.random().randint(0, max)


@function_tool
async def multiply_by_two_tool(x: int) -> int:
    """Twice a number."""
    return x * 2


def start_agent() -> Agent[None]:
    """The agent that draws a number, and hands an odd one over."""
    multiply_agent = Agent[None](
        name="Multiply agent",
        instructions="Multiply the number by 2, then return the final result.",
        tools=[multiply_by_two_tool],
        output_type=FinalResult,
        hooks=LoggingHooks("Multiply agent"),
    )
    return Agent[None](
        name="Start agent",
        instructions=(
            "Draw a random number. If it is even, return it; if it is odd, hand over to the"
            " multiply agent."
        ),
        tools=[random_number_tool],
        output_type=FinalResult,
        handoffs=[multiply_agent],
        hooks=LoggingHooks("Start agent"),
    )


@workflow.defn(name="AgentLifecycleWorkflow")
class AgentLifecycleWorkflow:
    """Have a number drawn, and doubled if it is odd."""

    @workflow.run
    async def run(self, max_number: int) -> FinalResult:
        """Draw a number of at most ``max_number``."""
        result = await Runner.run(
            start_agent(), f"Generate a random number between 0 and {max_number}."
        )
        return result.final_output_as(FinalResult)


# --- what the offline model answers ---

_start = AgentRules("Start agent")
_multiply = AgentRules("Multiply agent")


@_start.when()
def _draw(situation: Situation) -> Reply:
    numbers = re.findall(r"\d+", situation.text)
    return call("random_number_tool", max=int(numbers[-1]))


@_start.after("random_number_tool")
def _decide(situation: Situation) -> Reply:
    number = int(situation.output_of("random_number_tool").text)
    return hand_off("Multiply agent") if number % 2 else FinalResult(number=number)


@_multiply.when()
def _double(situation: Situation) -> Reply:
    return call("multiply_by_two_tool", x=int(situation.outputs[-1].text))


@_multiply.after("multiply_by_two_tool")
def _tell(situation: Situation) -> Reply:
    return FinalResult(number=int(situation.output_of("multiply_by_two_tool").text))


PATTERN = Pattern(
    title="Hooks of an agent",
    shows="Hooks that follow one agent: its turn, its tools, handoffs to it and its answer.",
    when="One agent of several is to be watched, logged or counted.",
    when_not="The whole run is to be followed: those are the hooks of a run, `lifecycle`.",
    durable=(
        "Models' answers. The two tools run in the workflow: after a crash they are replayed, and"
        " draw the same number, for `workflow.random()` is part of the replay."
    ),
    adapt="Hooks run in the workflow: log, count, or start an activity in them, but do no I/O.",
    workflow=AgentLifecycleWorkflow,
    samples=(Sample(20, answer=r'"number":\s?\d*[02468]\}'),),
    rules=(_start, _multiply),
)
