"""Workflows of the tests of agent runs."""

from typing import Any

from pydantic import BaseModel
from temporalio import activity, workflow

with workflow.unsafe.imports_passed_through():
    from agents import Agent, Runner

    from segue.runs.contracts import RunOutcome
    from segue.runs.workflow.agent_run import run_agent
    from segue.runs.workflow.run_options import RunOptions
    from segue.runs.workflow.tools import activity_tool


class Weather(BaseModel):
    """What the tool gives."""

    city: str
    sky: str


@activity.defn(name="test-weather")
async def weather(city: str) -> Weather:
    """The weather in a city."""
    return Weather(city=city, sky="sunny")


@workflow.defn
class AskOnce:
    """One run of one agent."""

    @workflow.run
    async def run(self, model: str, message: str, conversation: str | None = None) -> RunOutcome:
        """Run it."""
        agent = Agent[Any](
            name="Teller", instructions="Tell.", model=model, tools=[activity_tool(weather)]
        )
        return await run_agent(agent, message, RunOptions(conversation=conversation))


@workflow.defn
class PlainRunner:
    """The SDK's own call."""

    @workflow.run
    async def run(self, model: str, message: str) -> str:
        """Run it."""
        agent = Agent[Any](name="Plain", model=model, tools=[activity_tool(weather)])
        result = await Runner.run(agent, message)
        return str(result.final_output)
