"""The SDK's own calls where there is no workflow."""

from agents import Agent, RunConfig

from segue.runs.workflow.runner import SegueRunner
from tests.fakes.doubles.models import ScriptedModel, completed

UNTRACED = RunConfig(tracing_disabled=True)


async def test_outside_of_workflows_the_sdk_asks_the_agents_own_model():
    agent = Agent(name="Guide", model=ScriptedModel("Hello."))

    result = await SegueRunner().run(agent, "Hi", run_config=UNTRACED)

    assert result.final_output == "Hello."


async def test_outside_of_workflows_the_sdk_streams_what_the_agents_own_model_says():
    agent = Agent(name="Guide", model=ScriptedModel([completed("Hello.")]))

    streamed = SegueRunner().run_streamed(agent, "Hi", run_config=UNTRACED)
    kinds = [event.type async for event in streamed.stream_events()]

    assert streamed.final_output == "Hello."
    assert "raw_response_event" in kinds
