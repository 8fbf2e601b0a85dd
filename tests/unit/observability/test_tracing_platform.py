"""What OpenAI's platform gets, and that it gets nothing unless it is wanted."""

import asyncio
import subprocess
import sys
import threading
from collections.abc import Generator
from typing import Any

import pytest
from agents import Usage, custom_span, function_span, set_trace_processors, trace
from agents.tracing import task_span

from segue.errors.settings import SettingsError
from segue.observability.tracing.openai_platform import PlatformProcessor
from segue.observability.tracing.setup import configure_tracing
from segue.observability.tracing.spans import chat_span, note_tool_call
from tests.fakes.doubles.scripted_http import Received, Reply, scripted_server

_PLAN = "the surprise for Ann"
_KEY = "sk-for-traces"

# A program that traces a little. The SDK's own exporter, made beforehand, would tell the address
# it is given; what the program configures comes after, as in a worker.
_PROGRAM = """
import sys
from agents import custom_span, trace
from agents.tracing import processors

processors.default_exporter().endpoint = sys.argv[1]
if sys.argv[2] != "bare":
    from segue.observability.tracing.setup import configure_tracing

    configure_tracing(
        sys.argv[2], api_key="sk-for-traces", endpoint=sys.argv[1], with_content=False
    )
with trace("Plan"), custom_span("step"):
    pass
"""


@pytest.fixture(autouse=True)
def nobody_is_told_afterwards() -> Generator[None]:
    yield
    set_trace_processors([])


def a_run() -> None:
    with trace("Plan", group_id="conversation-1"), task_span("Plan"):
        with custom_span("mine", {"plan": _PLAN}), function_span("look_up", _PLAN) as tool:
            note_tool_call("call_7")
            tool.span_data.output = _PLAN
            tool.set_error({"message": _PLAN, "data": {"error": _PLAN}})
        with chat_span(
            model="gpt-x", agent="Planner", conversation="conversation-1", input=_PLAN
        ) as call:
            usage = Usage(requests=1, input_tokens=12, output_tokens=5, total_tokens=17)
            call.record_answer(
                "gpt-x-2026", usage, output=[{"role": "assistant", "content": _PLAN}]
            )


async def told(*, with_content: bool) -> list[Received]:
    async with scripted_server(Reply(204)) as ingest:
        tracing = configure_tracing(
            "openai", api_key=_KEY, endpoint=ingest.url, with_content=with_content
        )
        a_run()
        await asyncio.to_thread(tracing.shutdown)
        tracing.shutdown()
        return ingest.received


def items(received: list[Received]) -> list[dict[str, Any]]:
    bodies: list[Any] = [request.json for request in received]
    return [item for body in bodies for item in body["data"]]


async def test_the_platform_gets_a_run_without_its_content() -> None:
    received = await told(with_content=False)

    assert {request.headers["authorization"] for request in received} == {f"Bearer {_KEY}"}
    assert not any(_PLAN.encode() in request.body for request in received)
    by_kind = {item.get("span_data", {}).get("type", "trace"): item for item in items(received)}
    assert by_kind["trace"]["group_id"] == "conversation-1"
    chat = by_kind["generation"]
    assert chat["span_data"]["model"] == "gpt-x"
    assert chat["span_data"]["usage"]["input_tokens"] == 12
    assert chat["metadata"] == {
        "agent": "Planner",
        "conversation": "conversation-1",
        "answered_by": "gpt-x-2026",
    }
    assert by_kind["function"]["metadata"] == {"tool_call_id": "call_7"}
    assert by_kind["function"]["error"] == {"message": "_OTHER", "data": None}
    customs = {item["span_data"].get("name") for item in items(received) if "span_data" in item}
    assert {"mine", "task"} <= customs


async def test_the_platform_gets_content_where_it_is_wanted() -> None:
    received = await told(with_content=True)

    texts = [str(item) for item in items(received) if "span_data" in item]
    assert sum(_PLAN in text for text in texts) == 3


async def test_what_is_told_twice_is_sent_once() -> None:
    async with scripted_server(Reply(204)) as ingest:
        processor = PlatformProcessor(_KEY, endpoint=ingest.url, with_content=False)
        set_trace_processors([processor])
        with trace("Plan") as plan, custom_span("step") as step:
            pass
        processor.on_trace_start(plan)
        processor.on_span_end(step)
        await asyncio.to_thread(processor.shutdown)

    assert len(items(ingest.received)) == 2


def test_traces_and_spans_start_no_thread(monkeypatch) -> None:
    processor = PlatformProcessor(_KEY, endpoint="http://127.0.0.1:9", with_content=False)
    started: list[threading.Thread] = []
    start, here = threading.Thread.start, threading.current_thread()

    def recorded(thread: threading.Thread) -> None:
        # What earlier tests left running may start threads, too.
        if threading.current_thread() is here:
            started.append(thread)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", recorded)
    with trace("Plan") as plan:
        processor.on_trace_start(plan)

    assert started == []
    processor.shutdown(timeout=0.1)


def test_openais_own_address_is_the_default() -> None:
    processor = PlatformProcessor(_KEY, endpoint=None, with_content=False)
    processor.shutdown()

    assert processor._backend.endpoint == "https://api.openai.com/v1/traces/ingest"


@pytest.mark.parametrize("key", [None, ""])
def test_the_platform_without_a_key_is_refused_at_the_start(key: str | None) -> None:
    with pytest.raises(SettingsError, match="OPENAI_API_KEY"):
        configure_tracing("openai", api_key=key, endpoint=None, with_content=False)


async def run_program(url: str, kind: str, environment: dict[str, str]) -> str:
    """What the program writes to the console, both streams."""
    ran = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", _PROGRAM, url, kind],
        env={"PATH": "", **environment},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return ran.stdout + ran.stderr


@pytest.mark.parametrize("environment", [{"OPENAI_API_KEY": "sk-any"}, {}])
async def test_without_tracing_nobody_is_told_and_the_console_is_quiet(
    environment: dict[str, str],
) -> None:
    async with scripted_server(Reply(204)) as ingest:
        assert await run_program(ingest.url, "off", environment) == ""

    assert ingest.received == []


async def test_the_sdk_alone_tells_or_complains() -> None:
    async with scripted_server(Reply(204)) as ingest:
        await run_program(ingest.url, "bare", {"OPENAI_API_KEY": "sk-any"})
        assert ingest.received
        assert "OPENAI_API_KEY is not set" in await run_program(ingest.url, "bare", {})


async def test_what_is_waiting_at_the_end_of_a_program_is_sent() -> None:
    async with scripted_server(Reply(204)) as ingest:
        assert await run_program(ingest.url, "openai", {}) == ""

    assert len(items(ingest.received)) == 2
