"""Names and attributes of spans, against the conventions."""

import json
from typing import Any

import pytest
from agents import Usage
from agents.tracing.span_data import (
    AgentSpanData,
    CustomSpanData,
    FunctionSpanData,
    GenerationSpanData,
    GuardrailSpanData,
    HandoffSpanData,
    MCPListToolsSpanData,
    ResponseSpanData,
    SpanData,
    SpeechGroupSpanData,
    TaskSpanData,
    TurnSpanData,
)
from openai.types.responses import Response
from opentelemetry.semconv._incubating.attributes import gen_ai_attributes
from opentelemetry.semconv.schemas import Schemas

from segue.observability.tracing import conventions
from segue.observability.tracing.conventions import SCHEMA_URL, describe, provider
from segue.observability.tracing.messages import MOST_CHARACTERS, MOST_MESSAGES, messages_json
from segue.observability.tracing.spans import ChatCall, ChatSpanData


def a_response() -> Response:
    return Response.model_construct(id="resp_1", model="gpt-x-2026")


_SPANS: list[tuple[SpanData, str, dict[str, Any]]] = [
    (
        TaskSpanData("Plan", usage={"input_tokens": 3}),
        "invoke_workflow Plan",
        {"gen_ai.operation.name": "invoke_workflow", "gen_ai.workflow.name": "Plan"},
    ),
    (TurnSpanData(2, "Planner"), "turn 2", {"segue.turn": 2, "gen_ai.agent.name": "Planner"}),
    (
        AgentSpanData("Planner"),
        "invoke_agent Planner",
        {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "Planner"},
    ),
    (
        GenerationSpanData(model="ollama/tiny", usage={"input_tokens": 3, "output_tokens": 4}),
        "chat ollama/tiny",
        {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "ollama",
            "gen_ai.request.model": "ollama/tiny",
            "gen_ai.usage.input_tokens": 3,
            "gen_ai.usage.output_tokens": 4,
        },
    ),
    (
        ResponseSpanData(a_response(), usage={"output_tokens_details": {"reasoning_tokens": 9}}),
        "chat gpt-x-2026",
        {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "openai",
            "gen_ai.request.model": "gpt-x-2026",
            "gen_ai.response.model": "gpt-x-2026",
            "gen_ai.response.id": "resp_1",
            "gen_ai.usage.reasoning.output_tokens": 9,
        },
    ),
    (ResponseSpanData(), "chat", {"gen_ai.operation.name": "chat"}),
    (
        FunctionSpanData("look_up", "in", "out"),
        "execute_tool look_up",
        {
            "gen_ai.operation.name": "execute_tool",
            "gen_ai.tool.name": "look_up",
            "gen_ai.tool.type": "function",
        },
    ),
    (
        HandoffSpanData("Planner", "Buyer"),
        "handoff Buyer",
        {"segue.handoff.from": "Planner", "segue.handoff.to": "Buyer"},
    ),
    (HandoffSpanData("Planner", None), "handoff unknown", {"segue.handoff.from": "Planner"}),
    (
        GuardrailSpanData("polite", triggered=True),
        "guardrail polite",
        {"segue.guardrail.name": "polite", "segue.guardrail.tripped": True},
    ),
    (MCPListToolsSpanData("finance"), "mcp_tools", {"segue.mcp.server": "finance"}),
    (
        CustomSpanData("temporal:startActivity", {"activity": "look"}),
        "temporal:startActivity",
        {"segue.temporal.activity": "look"},
    ),
    (CustomSpanData("mine", {"plan": "secret"}), "mine", {}),
    (SpeechGroupSpanData(), "speech_group", {}),
]


@pytest.mark.parametrize(("data", "name", "attributes"), _SPANS, ids=[case[1] for case in _SPANS])
def test_each_span_has_its_name_and_what_is_known_of_it(
    data: SpanData, name: str, attributes: dict[str, Any]
) -> None:
    said = describe(data)

    assert said.name == name
    known = {key: value for key, value in said.attributes.items() if value is not None}
    assert known == attributes


def test_content_is_kept_apart() -> None:
    data = FunctionSpanData("look_up", '{"word": "moon"}', {"found": 1})

    assert describe(data).content == {
        "gen_ai.tool.call.arguments": '{"word": "moon"}',
        "gen_ai.tool.call.result": '{"found": 1}',
    }
    assert describe(FunctionSpanData("look_up", None, None)).content == {
        "gen_ai.tool.call.arguments": None,
        "gen_ai.tool.call.result": None,
    }
    assert describe(CustomSpanData("mine", {"a": 1})).content == {"segue.data": '{"a": 1}'}
    assert describe(CustomSpanData("mine", {})).content == {}


def test_the_names_are_those_of_the_conventions() -> None:
    ours = {
        value
        for value in vars(conventions).values()
        if isinstance(value, str) and value.startswith("gen_ai.")
    }
    theirs = {value for name, value in vars(gen_ai_attributes).items() if name.startswith("GEN_AI")}

    assert len(ours) == 19
    assert ours <= theirs
    assert SCHEMA_URL in {schema.value for schema in Schemas}


@pytest.mark.parametrize(
    ("model", "name"),
    [
        (None, None),
        ("gpt-x", "openai"),
        ("o9", "openai"),
        ("claude-x", "anthropic"),
        ("anthropic/claude-x", "anthropic"),
        ("gemini/gemini-x", "gcp.gemini"),
        ("gemini-x", "gcp.gemini"),
        ("ollama/tiny", "ollama"),
        ("bedrock/titan", "aws.bedrock"),
        ("offline", "offline"),
    ],
)
def test_a_models_name_says_whose_it_is(model: str | None, name: str | None) -> None:
    assert provider(model) == name


def test_a_call_that_is_answered_without_usage_has_none() -> None:
    data = ChatSpanData(model="gpt-x", agent="Planner", conversation=None)
    ChatCall(data).record_answer("gpt-x-2026")

    assert not [name for name in describe(data).attributes if "usage" in name]
    ChatCall(data).record_answer("gpt-x-2026", Usage(input_tokens=1))
    assert describe(data).attributes["gen_ai.usage.input_tokens"] == 1


def test_every_kind_of_item_is_a_message() -> None:
    items: list[dict[str, Any]] = [
        {"role": "user", "content": "hello"},
        {"type": "function_call", "call_id": "c1", "name": "look_up", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "c1", "output": [{"n": 1}]},
        {"type": "reasoning", "summary": []},
        {
            "type": "message",
            "role": "assistant",
            "content": [
                {"type": "output_text", "text": "well"},
                {"type": "refusal", "refusal": "no"},
                {"type": "input_image", "image_url": "x"},
                "plain",
            ],
        },
    ]

    assert json.loads(messages_json(items)) == [
        {"role": "user", "parts": [{"type": "text", "content": "hello"}]},
        {
            "role": "assistant",
            "parts": [{"type": "tool_call", "id": "c1", "name": "look_up", "arguments": "{}"}],
        },
        {
            "role": "tool",
            "parts": [{"type": "tool_call_response", "id": "c1", "response": '[{"n": 1}]'}],
        },
        {"role": "assistant", "parts": [{"type": "reasoning"}]},
        {
            "role": "assistant",
            "parts": [
                {"type": "text", "content": "well"},
                {"type": "text", "content": "no"},
                {"type": "input_image"},
                {"type": "text", "content": "plain"},
            ],
        },
    ]


def test_long_conversations_and_long_texts_are_cut() -> None:
    items = [{"role": "user", "content": f"{number} " + "x" * 20_000} for number in range(50)]

    shown = json.loads(messages_json(items))

    assert len(shown) == MOST_MESSAGES
    assert shown[-1]["parts"][0]["content"].startswith("49 ")
    assert len(shown[-1]["parts"][0]["content"]) == MOST_CHARACTERS + 1
