"""Agents as cards: written in the workflow, read where the model is called."""

from dataclasses import dataclass

import pytest
from agents import (
    Agent,
    AgentOutputSchema,
    CodeInterpreterTool,
    FileSearchTool,
    FunctionTool,
    HostedMCPTool,
    ImageGenerationTool,
    LocalShellTool,
    ModelSettings,
    UserError,
    WebSearchTool,
    function_tool,
    handoff,
)
from openai.types.shared import Reasoning

from segue.runs.workflow.cards import (
    AgentCard,
    agent_card,
    handoffs_of,
    output_of,
    settings_from,
    settings_of,
    tools_of,
)


@dataclass
class Verdict:
    """An output type."""

    good: bool


@function_tool
def weather(city: str) -> str:
    """The weather in a city."""
    return city


HOSTED = [
    WebSearchTool(),
    FileSearchTool(vector_store_ids=["v"]),
    CodeInterpreterTool(tool_config={"type": "code_interpreter", "container": {"type": "auto"}}),
    HostedMCPTool(
        tool_config={"type": "mcp", "server_label": "git", "server_url": "https://example.com"}
    ),
    ImageGenerationTool(tool_config={"type": "image_generation"}),
]


def through_text(card: AgentCard) -> AgentCard:
    return AgentCard.model_validate_json(card.text()[1])


def test_a_function_tool_keeps_what_a_model_reads_of_it():
    card = through_text(agent_card("Tell.", [weather], [], None))
    (tool,) = tools_of(card)

    assert card.instructions == "Tell."
    assert isinstance(tool, FunctionTool)
    assert (tool.name, tool.description) == ("weather", "The weather in a city.")
    assert tool.params_json_schema == weather.params_json_schema


@pytest.mark.parametrize("tool", HOSTED, ids=lambda tool: type(tool).__name__)
def test_a_hosted_tool_arrives_as_it_was(tool):
    assert tools_of(through_text(agent_card(None, [tool], [], None))) == [tool]


def test_a_tool_for_the_workflows_own_machine_is_refused():
    with pytest.raises(UserError, match="LocalShellTool"):
        agent_card(None, [LocalShellTool(executor=lambda _request: "")], [], None)


def test_a_handoff_keeps_where_it_leads():
    card = through_text(agent_card(None, [], [handoff(Agent(name="Clerk"))], None))
    (found,) = handoffs_of(card)

    assert (found.tool_name, found.agent_name) == ("transfer_to_clerk", "Clerk")


def test_an_output_type_keeps_its_schema_and_leaves_validating_to_the_workflow():
    schema = AgentOutputSchema(Verdict)
    found = output_of(through_text(agent_card(None, [], [], schema)))

    assert found is not None
    assert not found.is_plain_text()
    assert found.name() == schema.name()
    assert found.json_schema() == schema.json_schema()
    assert found.is_strict_json_schema()
    assert found.validate_json("anything") == "anything"


def test_plain_text_needs_no_schema():
    assert output_of(through_text(agent_card(None, [], [], AgentOutputSchema(str)))) is None


def test_the_same_agent_has_the_same_digest():
    one, other = agent_card("a", [weather], [], None), agent_card("a", [weather], [], None)

    assert one.text()[0] == other.text()[0]
    assert one.text()[0] != agent_card("b", [weather], [], None).text()[0]


def test_settings_arrive_as_they_were():
    settings = ModelSettings(
        temperature=0.2, tool_choice="required", reasoning=Reasoning(effort="low"), max_tokens=7
    )

    assert settings_from(settings_of(settings)) == settings
    assert settings_of(ModelSettings()) == {}


async def test_nothing_runs_where_the_model_is_called():
    card = agent_card(None, [weather], [handoff(Agent(name="Clerk"))], None)
    (tool,), (found,) = tools_of(card), handoffs_of(card)

    assert isinstance(tool, FunctionTool)
    with pytest.raises(UserError):
        await tool.on_invoke_tool(None, "{}")  # pyright: ignore[reportArgumentType] - it looks at none
    with pytest.raises(UserError):
        await found.on_invoke_handoff(None, "{}")  # pyright: ignore[reportArgumentType] - likewise
