"""Hooks of a run: every agent, model, tool and handoff of it, with what it has used so far."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    import re

    from agents import Agent, AgentHookContext, RunContextWrapper, RunHooks, Runner, Tool, Usage
    from pydantic import BaseModel

    from segue.gallery.pattern import Pattern, Sample
    from segue.gallery.tools.numbers import multiply_by_two, random_number
    from segue.llm.offline.replies import Reply, call, hand_off
    from segue.llm.offline.rules import AgentRules
    from segue.llm.offline.situation import Situation
    from segue.runs.workflow.tools import activity_tool


class FinalResult(BaseModel):
    """What the last agent answers."""

    number: int


class UsageHooks(RunHooks[None]):
    """Log what a run does and what it has used by then."""

    def __init__(self) -> None:
        self.events = 0

    async def on_agent_start(self, context: AgentHookContext[None], agent: Agent[None]) -> None:
        """An agent has its turn."""
        self._log(f"{agent.name} started", context.usage)

    async def on_agent_end(
        self, context: AgentHookContext[None], agent: Agent[None], output: object
    ) -> None:
        """An agent has answered."""
        self._log(f"{agent.name} ended with {output}", context.usage)

    async def on_tool_start(
        self, context: RunContextWrapper[None], agent: Agent[None], tool: Tool
    ) -> None:
        """An agent calls a tool."""
        self._log(f"{tool.name} called", context.usage)

    async def on_tool_end(
        self, context: RunContextWrapper[None], agent: Agent[None], tool: Tool, result: object
    ) -> None:
        """A tool has answered."""
        self._log(f"{tool.name} answered {result}", context.usage)

    async def on_handoff(
        self,
        context: RunContextWrapper[None],
        from_agent: Agent[None],
        to_agent: Agent[None],
    ) -> None:
        """An agent has handed over."""
        self._log(f"{from_agent.name} handed over to {to_agent.name}", context.usage)

    def _log(self, text: str, usage: Usage) -> None:
        self.events += 1
        workflow.logger.info(
            "### %d: %s; %d requests, %d tokens",
            self.events,
            text,
            usage.requests,
            usage.total_tokens,
        )


def drawing_agent() -> Agent[None]:
    """The agent that draws a number, and hands an odd one over."""
    doubling_agent = Agent[None](
        name="Doubling agent",
        instructions="Multiply the number by 2, then return the final result.",
        tools=[activity_tool(multiply_by_two, description="Twice a number.")],
        output_type=FinalResult,
    )
    return Agent[None](
        name="Drawing agent",
        instructions=(
            "Draw a random number. If it is even, return it; if it is odd, hand over to the"
            " doubling agent."
        ),
        tools=[activity_tool(random_number, description="A random number from 0 to max.")],
        output_type=FinalResult,
        handoffs=[doubling_agent],
    )


@workflow.defn(name="LifecycleWorkflow")
class LifecycleWorkflow:
    """Have a number drawn, and doubled if it is odd, and log every step."""

    @workflow.run
    async def run(self, max_number: int) -> FinalResult:
        """Draw a number of at most ``max_number``."""
        result = await Runner.run(
            drawing_agent(),
            f"Generate a random number between 0 and {max_number}.",
            hooks=UsageHooks(),
        )
        return result.final_output_as(FinalResult)


# --- what the offline model answers ---

_drawing = AgentRules("Drawing agent")
_doubling = AgentRules("Doubling agent")


@_drawing.when()
def _draw(situation: Situation) -> Reply:
    return call("random_number", max=int(re.findall(r"\d+", situation.text)[-1]))


@_drawing.after("random_number")
def _decide(situation: Situation) -> Reply:
    number = int(situation.output_of("random_number").text)
    return hand_off("Doubling agent") if number % 2 else FinalResult(number=number)


@_doubling.when()
def _double(situation: Situation) -> Reply:
    return call("multiply_by_two", x=int(situation.outputs[-1].text))


@_doubling.after("multiply_by_two")
def _tell(situation: Situation) -> Reply:
    return FinalResult(number=int(situation.output_of("multiply_by_two").text))


PATTERN = Pattern(
    title="Hooks of a run",
    shows="Hooks that follow a whole run over all of its agents, with requests and tokens so far.",
    when="You want to log, measure or bound what a run does, whoever does it.",
    when_not="It is only the account that you want: `segue usage` has it without any hook.",
    durable=(
        "Models' answers and both tools, which are activities here: a number that was drawn is"
        " recorded, and not drawn again."
    ),
    adapt="A hook may raise to stop the run; to bound it, `RunOptions(budget=…)` is better.",
    workflow=LifecycleWorkflow,
    samples=(Sample(20, answer=r'"number":\s?\d*[02468]\}'),),
    activities=lambda _: [random_number, multiply_by_two],
    rules=(_drawing, _doubling),
)
