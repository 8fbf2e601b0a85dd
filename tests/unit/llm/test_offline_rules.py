"""Which rule answers, and what happens where none can."""

from typing import Any

import pytest
from agents import HostedMCPTool, ModelSettings, ModelTracing, WebSearchTool, function_tool
from agents.agent_output import AgentOutputSchema
from agents.items import TResponseInputItem
from openai.types.responses import (
    ResponseFunctionToolCall,
    ResponseFunctionWebSearch,
    ResponseOutputMessage,
)
from openai.types.responses.response_function_web_search import ActionSearch
from openai.types.responses.response_output_item import ImageGenerationCall, McpCall
from pydantic import BaseModel

from segue.errors.model import ModelRequestError
from segue.llm.offline.conditions import (
    first_turn,
    mentions,
    offers,
)
from segue.llm.offline.replies import AskApproval, Output, Reply, Steps, call, hand_off, reasoning
from segue.llm.offline.rulebook import RuleBook
from segue.llm.offline.rules import AgentRules
from segue.llm.offline.situation import HandoffOffer, Item, OutputOffer, Situation

PRIVATE = "the user's words"


class Plan(BaseModel):
    steps: list[str]


PLAN = OutputOffer(name="Plan", schema=AgentOutputSchema(Plan).json_schema())


def said(text: str) -> Item:
    return {"role": "user", "content": text}


def called(tool: str, output: Any, *, call_id: str = "c1", arguments: str = "{}") -> list[Item]:
    return [
        {"type": "function_call", "call_id": call_id, "name": tool, "arguments": arguments},
        {"type": "function_call_output", "call_id": call_id, "output": output},
    ]


def situation(*items: Item, **known: Any) -> Situation:
    return Situation(agent="Agent", items=items, **known)


def told(reply: Reply, *items: Item, **known: Any) -> list[Any]:
    """The output items for a fixed reply."""
    rules = AgentRules("Agent")
    rules.otherwise().reply(reply)
    return RuleBook(rules).answer(situation(*items, **known))


def text_of(rules: AgentRules | None, asked: Situation) -> str:
    [message] = RuleBook(*([rules] if rules else [])).answer(asked)
    assert isinstance(message, ResponseOutputMessage)
    return message.content[0].model_dump()["text"]


def test_the_first_rule_that_holds_answers() -> None:
    rules = AgentRules("Agent")
    rules.when(mentions("tea"), mentions("green")).reply("green tea")
    rules.when(mentions("tea")).reply("tea")
    rules.when().reply("what?")

    texts = [text_of(rules, situation(said(text))) for text in ("Green tea", "Tea", "Coffee")]

    assert texts == ["green tea", "tea", "what?"]


def test_what_the_user_said_does_not_call_a_tool_again_once_it_has_answered() -> None:
    rules = AgentRules("Agent")
    rules.when(mentions("go")).reply(call("a"))
    rules.after("a", where=mentions("b")).reply("with b")
    rules.after("a").reply("without")
    rules.after().reply("some other tool")

    def heard(text: str, tool: str) -> str:
        return text_of(rules, situation(said(text), *called(tool, "1"), tools=("a",)))

    assert heard("go to b", "a") == "with b"
    assert heard("go", "a") == "without"
    assert heard("go", "z") == "some other tool"


def test_a_decorated_rule_stays_a_function() -> None:
    rules = AgentRules("Agent")

    @rules.when()
    def shout(seen: Situation) -> str:
        return seen.text.upper()

    assert shout(situation(said("hey"))) == text_of(rules, situation(said("hey"))) == "HEY"


def test_a_rule_below_otherwise_is_refused_when_it_is_written() -> None:
    rules = AgentRules("Agent")
    rules.otherwise().reply("anything")

    with pytest.raises(ValueError, match="below otherwise"):
        rules.when().reply("never")


# Which rules are an agent's


def test_namesakes_are_told_apart_by_what_they_are() -> None:
    haiku = AgentRules("Agent", only=lambda situation: "haikus" in situation.instructions)
    helper = AgentRules("Agent")
    haiku.otherwise().reply("five seven five")
    helper.otherwise().reply("at your service")
    book = RuleBook(helper, haiku)

    [poem] = book.answer(situation(said("x"), instructions="You only write haikus."))
    [other] = book.answer(situation(said("x")))

    assert "five seven five" in str(poem)
    assert "at your service" in str(other)


def test_two_sets_of_rules_for_one_agent_are_refused_at_start_up() -> None:
    with pytest.raises(ValueError, match="Agent"):
        RuleBook(AgentRules("Agent"), AgentRules("Agent"))


def test_two_sets_that_both_claim_a_call_are_a_reported_defect() -> None:
    book = RuleBook(AgentRules("Agent", only=first_turn), AgentRules("Agent", only=offers()))

    with pytest.raises(ModelRequestError, match="`only` of one set to hold, got 2"):
        book.answer(situation(said("x")))


def test_an_agent_without_rules_says_so_and_how_to_set_a_model() -> None:
    text = text_of(None, situation(said("Hi")))

    assert text == (
        'This is the offline model: it answers by rules, and has none for the agent "Agent". '
        "Set LLM_MODEL, and its provider's key, to have a real model answer."
    )


def test_an_agent_with_rules_and_none_that_holds_says_that() -> None:
    text = text_of(AgentRules("Agent"), situation(said("Hi")))

    assert 'none of those for the agent "Agent" fits what it was sent' in text


def test_a_model_that_was_not_told_the_agent_says_that() -> None:
    text = text_of(None, Situation(agent="", items=()))

    assert "was not told which agent asks" in text


def test_data_is_never_made_up() -> None:
    with pytest.raises(ModelRequestError, match=r"Plan is asked for.*makes none up") as caught:
        RuleBook().answer(situation(said("Hi"), output=PLAN))

    assert "LLM_MODEL" in caught.value.hint
    assert not caught.value.retryable


# Replies that a model must not give


@pytest.mark.parametrize(
    ("reply", "known", "message"),
    [
        (call("a"), {}, "expected a call of nothing, since none is on offer, got one of 'a'"),
        ([call("a"), call("b")], {"tools": ("a",)}, "expected a call of 'a', got one of 'b'"),
        ([], {"tools": ("a",)}, "at least one call"),
        ([call("a"), "b"], {"tools": ("a",)}, "got str in it"),
        (
            hand_off("Boss"),
            {"handoffs": (HandoffOffer(agent="Bob", tool="t"),)},
            "to 'Bob', got 'Boss'",
        ),
        ("text", {"output": PLAN}, "expected output of type Plan, got text"),
        (Plan(steps=[]), {}, "expected text, got structured output"),
        (Output({"steps": [1]}), {"output": PLAN}, r"\$\.steps\[0\] fails 'type'"),
        (Output({}), {"output": PLAN}, r"\$ fails 'required'"),
        (None, {}, "from a rule, got NoneType"),
        (Output(object()), {"output": PLAN}, "got PydanticSerializationError"),
    ],
)
def test_a_reply_that_cannot_be_given_is_a_reported_defect(
    reply: Any, known: dict[str, Any], message: str
) -> None:
    with pytest.raises(ModelRequestError, match=message) as caught:
        told(reply, said(PRIVATE), **known)

    assert "agent 'Agent', rule 1 (fixed)" in caught.value.message
    assert "defect of the rule" in caught.value.hint


def test_a_rule_that_raises_is_reported_with_its_cause_and_without_the_users_words() -> None:
    rules = AgentRules("Agent")

    @rules.when()
    def count(seen: Situation) -> str:
        return str(int(seen.text))

    with pytest.raises(ModelRequestError, match=r"rule 1 \(count\).*got ValueError") as caught:
        RuleBook(rules).answer(situation(said(PRIVATE)))

    assert isinstance(caught.value.__cause__, ValueError)
    assert PRIVATE not in caught.value.message
    assert not caught.value.retryable


def test_a_condition_that_raises_is_reported_too() -> None:
    rules = AgentRules("Agent")
    rules.when(lambda seen: bool(seen.outputs[0])).reply("never")

    with pytest.raises(ModelRequestError, match="'Agent': expected an answer, got IndexError"):
        RuleBook(rules).answer(situation(said("x")))


# Call ids, and what the SDK hands over


def test_calls_differ_by_place_tool_arguments_agent_and_conversation() -> None:
    def ids(reply: Reply, text: str = "go") -> list[str]:
        return [each.call_id for each in told(reply, said(text), tools=("a", "b"))]

    every = [
        *ids([call("a"), call("a")]),
        *ids(call("b")),
        *ids(call("a", x=1)),
        *ids(call("a"), "go on"),
    ]

    assert len(set(every)) == 5
    assert ids(call("a", x=1)) == ids(call("a", x=1))


def test_steps_come_before_the_answer_in_their_order() -> None:
    search = ResponseFunctionWebSearch(
        id="x",
        action=ActionSearch(type="search", query="q"),
        status="completed",
        type="web_search_call",
    )
    steps = Steps([reasoning("Hm."), search], Output(Plan(steps=["go"])))

    output = told(steps, said("?"), hosted={"web_search": {}}, output=PLAN)

    assert [item.type for item in output] == ["reasoning", "web_search_call", "message"]
    assert output[0].summary[0].text == "Hm."
    assert '"go"' in output[2].content[0].text


def test_a_step_of_a_tool_that_is_not_on_offer_is_a_defect_of_the_rule() -> None:
    image = ImageGenerationCall(id="x", result="", status="completed", type="image_generation_call")

    with pytest.raises(ModelRequestError, match="a step of 'web_search', got one of 'image_gen"):
        told(Steps([image], "Here."), said("?"), hosted={"web_search": {}})


def test_a_question_before_a_call_of_an_mcp_server_has_an_id_of_its_own() -> None:
    ask = AskApproval("git", "look", {"query": "q"})

    [one] = told(ask, said("?"), hosted={"hosted_mcp": {}})
    [again] = told(ask, said("?"), hosted={"hosted_mcp": {}})
    [other] = told(ask, said("And now?"), hosted={"hosted_mcp": {}})

    assert (one.type, one.name, one.arguments) == ("mcp_approval_request", "look", '{"query": "q"}')
    assert one.id == again.id != other.id
    with pytest.raises(ModelRequestError, match="got one of 'hosted_mcp'"):
        told(ask, said("?"), hosted={})


@pytest.mark.parametrize("hosted", [{"hosted_mcp": {}}, {}], ids=["offered", "not offered"])
def test_a_step_of_an_mcp_server_needs_the_server_on_offer(hosted: dict[str, object]) -> None:
    step = McpCall(
        id="x", name="look", server_label="git", arguments="{}", output="", type="mcp_call"
    )

    if hosted:
        assert told(Steps([step], "Seen."), said("?"), hosted=hosted)[0] == step
    else:
        with pytest.raises(ModelRequestError, match="got one of 'hosted_mcp'"):
            told(Steps([step], "Seen."), said("?"), hosted=hosted)


async def test_the_model_takes_a_text_as_input_and_tells_hosted_tools_from_functions() -> None:
    @function_tool
    def add(a: int) -> int:
        return a

    server = HostedMCPTool(
        tool_config={"type": "mcp", "server_label": "git", "server_url": "https://git.example"},
        on_approval_request=lambda _: {"approve": False},
    )
    rules = AgentRules("Agent")

    @rules.when(offers("add"))
    def use(seen: Situation) -> Reply:
        assert seen.hosted["hosted_mcp"] == {"tool_config": dict(server.tool_config)}
        assert seen.tools == ("add",)
        assert set(seen.hosted) == {"web_search", "hosted_mcp"}
        assert seen.hosted["web_search"]["search_context_size"] == "medium"
        return call("add", a=len(seen.text))

    response = (
        await RuleBook(rules)
        .model_for("Agent")
        .get_response(
            None,
            "four",
            ModelSettings(),
            [add, WebSearchTool(), server],
            AgentOutputSchema(str),
            [],
            ModelTracing.DISABLED,
            previous_response_id=None,
            conversation_id=None,
            prompt=None,
        )
    )

    [made] = response.output
    assert isinstance(made, ResponseFunctionToolCall)
    assert (made.name, made.arguments) == ("add", '{"a": 4}')


async def test_a_rule_may_not_change_what_was_sent() -> None:
    rules = AgentRules("Agent")

    @rules.when()
    def spoil(seen: Situation) -> str:
        seen.items[0]["content"] = "spoilt"
        return "done"

    sent: list[TResponseInputItem] = [{"role": "user", "content": "mine"}]
    await (
        RuleBook(rules)
        .model_for("Agent")
        .get_response(
            "Be kind.",
            sent,
            ModelSettings(),
            [],
            None,
            [],
            ModelTracing.DISABLED,
            previous_response_id=None,
            conversation_id=None,
            prompt=None,
        )
    )

    assert sent == [{"role": "user", "content": "mine"}]
