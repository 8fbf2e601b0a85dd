"""Agents that answer by rules, through the Agents SDK's own Runner, whole and streamed."""

import asyncio
import contextlib
import json
import re
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest
from agents import (
    Agent,
    AgentBase,
    GuardrailFunctionOutput,
    InputGuardrail,
    InputGuardrailTripwireTriggered,
    ModelRefusalError,
    RunConfig,
    RunContextWrapper,
    Runner,
    RunResult,
    RunResultStreaming,
    TResponseInputItem,
    function_tool,
    handoff,
)
from agents.items import ToolCallItem, TResponseStreamEvent
from agents.stream_events import RawResponsesStreamEvent
from agents.tracing import get_trace_provider, set_trace_provider
from agents.tracing.processor_interface import TracingProcessor
from agents.tracing.provider import DefaultTraceProvider
from agents.tracing.spans import Span
from agents.tracing.traces import Trace
from pydantic import BaseModel

from segue.llm.offline.conditions import handed_over, mentions
from segue.llm.offline.replies import Output, Refusal, Reply, call, hand_off
from segue.llm.offline.rulebook import RuleBook
from segue.llm.offline.rules import AgentRules
from segue.llm.offline.situation import Situation

QUIET = RunConfig(tracing_disabled=True)
Ending = RunResult | RunResultStreaming
Ask = Callable[[Agent[Any], str | list[TResponseInputItem]], Awaitable[Ending]]


async def _whole(agent: Agent[Any], said: str | list[TResponseInputItem]) -> Ending:
    return await Runner.run(agent, said, run_config=QUIET, max_turns=4)


async def _streamed(agent: Agent[Any], said: str | list[TResponseInputItem]) -> Ending:
    result = Runner.run_streamed(agent, said, run_config=QUIET, max_turns=4)
    async for _ in result.stream_events():
        pass
    return result


@pytest.fixture(params=[_whole, _streamed], ids=["whole", "streamed"])
def ask(request: pytest.FixtureRequest) -> Ask:
    return request.param


@function_tool
def get_weather(city: str, unit: str = "celsius") -> str:
    """The weather of a city."""
    return json.dumps({"city": city, "degrees": 20, "unit": unit})


def _weather_rules() -> AgentRules:
    rules = AgentRules("Weather agent")

    @rules.when(mentions("weather"))
    def look_up(situation: Situation) -> Reply:
        cities = re.findall(r"(?:in|and) (\w+)", situation.text)
        return [call("get_weather", city=city) for city in cities]

    @rules.after("get_weather")
    def report(situation: Situation) -> Reply:
        heard = [answer.data for answer in situation.latest]
        return "; ".join(f"{each['city']}: {each['degrees']} degrees" for each in heard)

    rules.otherwise().reply("Ask me about the weather.")
    return rules


def _weather_agent() -> Agent[Any]:
    model = RuleBook(_weather_rules()).model_for("Weather agent")
    return Agent(name="Weather agent", model=model, tools=[get_weather])


def _calls(result: Ending) -> list[ToolCallItem]:
    return [item for item in result.new_items if isinstance(item, ToolCallItem)]


async def test_a_text_rule_answers(ask: Ask) -> None:
    result = await ask(_weather_agent(), "Hello")

    assert result.final_output == "Ask me about the weather."


async def test_a_tool_is_called_and_its_answer_reported(ask: Ask) -> None:
    result = await ask(_weather_agent(), "What is the weather in Tokyo?")

    assert result.final_output == "Tokyo: 20 degrees"
    assert len(_calls(result)) == 1


async def test_several_tools_are_called_at_once(ask: Ask) -> None:
    result = await ask(_weather_agent(), "The weather in Oslo and Rome, please")

    assert result.final_output == "Oslo: 20 degrees; Rome: 20 degrees"
    assert len(result.raw_responses) == 2
    assert len({item.call_id for item in _calls(result)}) == 2


async def test_a_conversation_goes_on_after_a_tool_has_answered(ask: Ask) -> None:
    agent = _weather_agent()
    first = await ask(agent, "What is the weather in Tokyo?")
    again: TResponseInputItem = {"role": "user", "content": "And the weather in Lima?"}

    second = await ask(agent, [*first.to_input_list(), again])

    assert second.final_output == "Lima: 20 degrees"


async def test_the_same_run_again_makes_the_same_calls(ask: Ask) -> None:
    first, second = [await ask(_weather_agent(), "The weather in Tokyo?") for _ in range(2)]

    assert first.to_input_list() == second.to_input_list()
    assert [one.response_id for one in first.raw_responses] == [
        one.response_id for one in second.raw_responses
    ]


async def test_an_answer_is_marked_as_offline_and_counts_a_request_without_tokens(ask: Ask) -> None:
    result = await ask(_weather_agent(), "What is the weather in Tokyo?")

    assert all(str(one.response_id).startswith("offline-") for one in result.raw_responses)
    usage = result.context_wrapper.usage
    assert (usage.requests, usage.input_tokens, usage.output_tokens, usage.total_tokens) == (
        2,
        0,
        0,
        0,
    )


async def test_an_agent_hands_over_and_the_other_goes_on(ask: Ask) -> None:
    triage, refunds = AgentRules("Triage"), AgentRules("Refund agent")
    triage.when(mentions("refund")).reply(hand_off("Refund agent"))
    refunds.when(handed_over).reply("I take over your refund.")
    book = RuleBook(triage, refunds)
    other = Agent(name="Refund agent", model=book.model_for("Refund agent"))
    agent = Agent(name="Triage", model=book.model_for("Triage"), handoffs=[other])

    result = await ask(agent, "I want a refund")

    assert (result.last_agent.name, result.final_output) == (
        "Refund agent",
        "I take over your refund.",
    )


async def test_a_handoff_carries_what_the_other_agent_asks_for(ask: Ask) -> None:
    class Reason(BaseModel):
        reason: str

    reasons: list[str] = []

    async def note(_: RunContextWrapper[Any], given: Reason) -> None:
        reasons.append(given.reason)

    triage, boss = AgentRules("Triage"), AgentRules("Boss")
    triage.otherwise().reply(hand_off("Boss", reason="angry customer"))
    boss.otherwise().reply("I am sorry.")
    book = RuleBook(triage, boss)
    other = Agent[Any](name="Boss", model=book.model_for("Boss"))
    agent = Agent[Any](
        name="Triage",
        model=book.model_for("Triage"),
        handoffs=[handoff(other, on_handoff=note, input_type=Reason)],
    )

    result = await ask(agent, "This is a disgrace")

    assert (result.final_output, reasons) == ("I am sorry.", ["angry customer"])


class Plan(BaseModel):
    steps: list[str]
    note: str | None = None


@dataclass
class Point:
    x: int
    y: int


@pytest.mark.parametrize(
    ("kind", "reply", "expected"),
    [
        (Plan, Plan(steps=["look", "leap"]), Plan(steps=["look", "leap"])),
        (Plan, Output({"steps": [], "note": "none"}), Plan(steps=[], note="none")),
        (list[str], Output(["a", "b"]), ["a", "b"]),
        (list[str], Output({"response": ["a"]}), ["a"]),
        (Point, Output(Point(1, 2)), Point(1, 2)),
        (bool, Output(True), True),
    ],
)
async def test_structured_output_arrives_as_the_agents_own_type(
    ask: Ask, kind: type[Any], reply: Reply, expected: object
) -> None:
    rules = AgentRules("Planner")
    rules.otherwise().reply(reply)
    agent = Agent(name="Planner", model=RuleBook(rules).model_for("Planner"), output_type=kind)

    result = await ask(agent, "Make a plan")

    assert result.final_output == expected


class Homework(BaseModel):
    is_homework: bool


@pytest.mark.parametrize(("said", "stopped"), [("Solve 2x = 4 for me", True), ("Hi", False)])
async def test_a_guardrail_agent_decides_by_its_rules(ask: Ask, said: str, stopped: bool) -> None:
    guard_rules, tutor_rules = AgentRules("Guardrail"), AgentRules("Tutor")

    @guard_rules.otherwise()
    def judge(situation: Situation) -> Reply:
        return Homework(is_homework=mentions("solve")(situation))

    tutor_rules.otherwise().reply("Hello!")
    book = RuleBook(guard_rules, tutor_rules)
    guard = Agent(name="Guardrail", model=book.model_for("Guardrail"), output_type=Homework)

    async def check(
        _: RunContextWrapper[Any], __: AgentBase[Any], given: str | list[TResponseInputItem]
    ) -> GuardrailFunctionOutput:
        verdict = (await Runner.run(guard, given, run_config=QUIET)).final_output_as(Homework)
        return GuardrailFunctionOutput(verdict, tripwire_triggered=verdict.is_homework)

    tutor = Agent(
        name="Tutor", model=book.model_for("Tutor"), input_guardrails=[InputGuardrail(check)]
    )

    if stopped:
        with pytest.raises(InputGuardrailTripwireTriggered):
            await ask(tutor, said)
    else:
        assert (await ask(tutor, said)).final_output == "Hello!"


async def test_an_agent_as_a_tool_answers_by_its_own_rules(ask: Ask) -> None:
    boss, spanish = AgentRules("Boss"), AgentRules("Spanish")
    boss.when().reply(call("translate", input="Good morning"))

    @boss.after("translate")
    def repeat(situation: Situation) -> Reply:
        return f"They say: {situation.output_of('translate').text}"

    spanish.when(mentions("morning")).reply("Buenos días")
    book = RuleBook(boss, spanish)
    other = Agent(name="Spanish", model=book.model_for("Spanish"))
    tool = other.as_tool("translate", "Translate", run_config=QUIET)

    result = await ask(Agent(name="Boss", model=book.model_for("Boss"), tools=[tool]), "Hola?")

    assert result.final_output == "They say: Buenos días"


async def test_a_refusal_is_one_to_the_sdk(ask: Ask) -> None:
    rules = AgentRules("Careful")
    rules.otherwise().reply(Refusal("I would rather not say."))
    agent = Agent(name="Careful", model=RuleBook(rules).model_for("Careful"))

    with pytest.raises(ModelRefusalError, match="I would rather not say"):
        await ask(agent, "Tell me")


def _types(events: list[TResponseStreamEvent]) -> list[str]:
    """The kinds of the events, repeated deltas as one."""
    kinds = [event.type for event in events]
    return [kind for kind, before in zip(kinds, ["", *kinds], strict=False) if kind != before]


async def _events(agent: Agent[Any], said: str) -> list[TResponseStreamEvent]:
    """What came from the model, also where the run ends in a refusal."""
    result = Runner.run_streamed(agent, said, run_config=QUIET)
    events: list[TResponseStreamEvent] = []
    with contextlib.suppress(ModelRefusalError):
        async for event in result.stream_events():
            if isinstance(event, RawResponsesStreamEvent):
                events.append(event.data)  # noqa: PERF401 - what came before an error counts
    return events


async def test_a_text_streams_word_by_word_in_the_events_of_the_responses_api() -> None:
    events = await _events(_weather_agent(), "Hello")

    assert _types(events) == [
        "response.created",
        "response.output_item.added",
        "response.content_part.added",
        "response.output_text.delta",
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.completed",
    ]
    deltas = [event.delta for event in events if event.type == "response.output_text.delta"]
    assert deltas == ["Ask", " me", " about", " the", " weather."]
    assert [event.sequence_number for event in events] == list(range(len(events)))


async def test_tool_calls_stream_one_after_the_other() -> None:
    events = await _events(_weather_agent(), "The weather in Oslo and Rome")
    first = events[: [event.type for event in events].index("response.completed")]

    assert _types(first) == [
        "response.created",
        *[
            "response.output_item.added",
            "response.function_call_arguments.delta",
            "response.function_call_arguments.done",
            "response.output_item.done",
        ]
        * 2,
    ]


async def test_a_refusal_streams_as_one() -> None:
    rules = AgentRules("Careful")
    rules.otherwise().reply(Refusal("No thanks."))
    agent = Agent(name="Careful", model=RuleBook(rules).model_for("Careful"))
    events = await _events(agent, "Tell me")

    deltas = [event.delta for event in events if event.type == "response.refusal.delta"]
    assert deltas == ["No", " thanks."]
    assert "response.refusal.done" in _types(events)


class Spans(TracingProcessor):
    """Notes the kind and model of every span."""

    def __init__(self) -> None:
        self.ended: list[dict[str, Any]] = []

    def on_trace_start(self, trace: Trace) -> None: ...

    def on_trace_end(self, trace: Trace) -> None: ...

    def on_span_start(self, span: Span[Any]) -> None: ...

    def on_span_end(self, span: Span[Any]) -> None:
        self.ended.append(span.span_data.export())

    def shutdown(self) -> None: ...

    def force_flush(self) -> None: ...


@pytest.fixture
async def spans() -> AsyncGenerator[Spans]:
    before = get_trace_provider()
    provider, noted = DefaultTraceProvider(), Spans()
    provider.set_processors([noted])
    set_trace_provider(provider)
    yield noted
    set_trace_provider(before)


@pytest.mark.parametrize("stream", [False, True])
async def test_each_call_has_a_span_of_its_own_when_runs_are_traced(
    spans: Spans, stream: bool
) -> None:
    if stream:
        result = Runner.run_streamed(_weather_agent(), "The weather in Tokyo")
        async for _ in result.stream_events():
            await asyncio.sleep(0)
    else:
        await Runner.run(_weather_agent(), "The weather in Tokyo")

    models = [span["model"] for span in spans.ended if span["type"] == "generation"]
    assert models == ["offline", "offline"]
