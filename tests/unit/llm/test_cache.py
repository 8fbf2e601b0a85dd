from agents import (
    Agent,
    AgentOutputSchema,
    FunctionTool,
    ModelResponse,
    ModelSettings,
    Usage,
    WebSearchTool,
)
from agents.handoffs import Handoff

from segue.llm.cache import from_text, key_of, to_text
from tests.fakes.doubles.models import message, request


async def nothing(*_):
    return ""


async def boss(*_: object) -> Agent[object]:
    return Agent("Boss")


def tool(description="Tells the weather"):
    return FunctionTool(
        name="weather",
        description=description,
        params_json_schema={"type": "object", "properties": {}},
        on_invoke_tool=nothing,
    )


def handoff(name="to_boss"):
    return Handoff(
        tool_name=name,
        tool_description="Ask the boss",
        input_json_schema={},
        on_invoke_handoff=boss,
        agent_name="Boss",
    )


def test_the_same_request_has_the_same_key():
    assert key_of("a", request(tools=[tool()])) == key_of("a", request(tools=[tool()]))


def test_the_order_in_which_an_item_was_written_makes_no_difference():
    one = request(input=[{"role": "user", "content": "Hello"}])
    two = request(input=[{"content": "Hello", "role": "user"}])
    assert key_of("a", one) == key_of("a", two)


def test_whatever_can_change_the_answer_changes_the_key():
    changed = [
        request(),
        request(input="Hello"),
        request(system_instructions="Be brief."),
        request(model_settings=ModelSettings(temperature=0.5)),
        request(tools=[tool()]),
        request(tools=[tool("Tells the time")]),
        request(output_schema=AgentOutputSchema(dict[str, int], strict_json_schema=False)),
        request(handoffs=[handoff()]),
        request(handoffs=[handoff("to_chief")]),
    ]
    keys = [key_of("a", one) for one in changed] + [key_of("b", request())]
    assert None not in keys
    assert len(set(keys)) == len(keys)


def test_the_agents_name_alone_makes_no_difference():
    assert key_of("a", request(agent="One")) == key_of("a", request(agent="Two"))


def test_what_a_service_holds_or_looks_up_is_not_cached():
    assert key_of("a", request(previous_response_id="r0")) is None
    assert key_of("a", request(conversation_id="c0")) is None
    assert key_of("a", request(prompt={"id": "p"})) is None
    assert key_of("a", request(tools=[WebSearchTool()])) is None


def test_an_answer_is_read_as_it_was_written_but_for_its_ids():
    usage = Usage(requests=1, input_tokens=5, output_tokens=7, total_tokens=12)
    response = ModelResponse(output=[message("Hi")], usage=usage, response_id="r1")
    kept = from_text(to_text(response))
    assert kept == ModelResponse(output=[message("Hi")], usage=usage, response_id=None)


def test_an_answer_of_another_version_is_asked_for_again():
    assert from_text('{"some": "thing"}') is None
    assert from_text(None) is None
