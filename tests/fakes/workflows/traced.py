"""Toy workflows that leave spans, and a model that answers at once."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

from temporalio import activity, workflow

with workflow.unsafe.imports_passed_through():
    from agents import (
        Agent,
        Model,
        ModelProvider,
        ModelResponse,
        RunConfig,
        Runner,
        Usage,
        custom_span,
        function_tool,
        trace,
    )
    from openai.types.responses import (
        ResponseFunctionToolCall,
        ResponseOutputMessage,
        ResponseOutputText,
    )

    from segue.observability.tracing.spans import chat_span, note_tool_call

_SOON = timedelta(seconds=30)


@workflow.defn
class TalkWorkflow:
    """Turns of one agent, each within a span of its own, until so many are done."""

    def __init__(self) -> None:
        self.turns = 0

    @workflow.run
    async def run(self, turns: int) -> int:
        agent = Agent[Any](name="Talker", model="scripted")
        with trace("Talk", group_id=workflow.info().workflow_id):
            for number in range(turns):
                with custom_span(f"round {number}"):
                    await Runner.run(agent, f"turn {number}")
                self.turns += 1
        return self.turns

    @workflow.query
    def done(self) -> int:
        return self.turns


@workflow.defn
class UseToolWorkflow:
    """One turn with a tool that is an activity; no trace but the SDK's own."""

    @workflow.run
    async def run(self) -> str:
        @function_tool
        async def look_up(word: str) -> str:
            note_tool_call("call_1")
            return await workflow.execute_activity(
                look, word, start_to_close_timeout=_SOON, schedule_to_close_timeout=_SOON
            )

        agent = Agent[Any](name="Seeker", model="scripted", tools=[look_up])
        config = RunConfig(workflow_name="Seek", group_id="conversation-7")
        result = await Runner.run(agent, "use the tool", run_config=config)
        return str(result.final_output)


@workflow.defn(sandboxed=False)
class StumbleWorkflow:
    """Ends a span, then fails its task as often as it is told; unsandboxed to share the count."""

    stumbles = 0

    @workflow.run
    async def run(self) -> str:
        with trace("Stumble"):
            with custom_span("before"):
                pass
            if StumbleWorkflow.stumbles:
                StumbleWorkflow.stumbles -= 1
                raise KeyError("a defect in workflow code")
        return "upright"


@activity.defn
async def look(word: str) -> str:
    return f"found {word}"


class ScriptedModel(Model):
    """Answers at once; calls the tool it is offered before the first answer.

    Attributes:
        calls: How often it was asked.
        gate: Waited for before each answer, once set.
    """

    def __init__(self) -> None:
        self.calls = 0
        self.gate = asyncio.Event()
        self.gate.set()

    async def get_response(self, system_instructions, input, model_settings, tools, *_, **__):  # noqa: A002 - the SDK's name
        self.calls += 1
        with chat_span(
            model="gpt-scripted", agent="Talker", conversation="c-1", input=input
        ) as call:
            await self.gate.wait()
            response = ModelResponse(
                output=[_output(tools, input)],
                usage=Usage(requests=1, input_tokens=7, output_tokens=3, total_tokens=10),
                response_id=f"resp_{self.calls}",
            )
            call.record_answer(
                "gpt-scripted-1",
                response.usage,
                response_id=response.response_id,
                output=[item.model_dump() for item in response.output],
            )
            return response

    def stream_response(self, *_: Any, **__: Any) -> AsyncIterator[Any]:
        raise NotImplementedError


class OneModel(ModelProvider):
    """Gives the same model for every name."""

    def __init__(self, model: Model) -> None:
        self._model = model

    def get_model(self, model_name: str | None) -> Model:
        return self._model


def _output(tools, items):
    if tools and not any(item.get("type") == "function_call_output" for item in items):
        return ResponseFunctionToolCall(
            type="function_call", call_id="call_1", name="look_up", arguments='{"word": "moon"}'
        )
    text = ResponseOutputText(type="output_text", text="well", annotations=[])
    return ResponseOutputMessage(
        id="m", type="message", role="assistant", status="completed", content=[text]
    )
