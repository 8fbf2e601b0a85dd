"""Toy workflows whose agents remember by a session, and a model that says what it was shown."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

from temporalio import workflow
from temporalio.client import Client
from temporalio.common import RetryPolicy
from temporalio.openai_agents import ModelActivityParameters, OpenAIAgentsPlugin

with workflow.unsafe.imports_passed_through():
    from agents import Agent, Model, ModelProvider, ModelResponse, Runner, Usage, function_tool
    from agents.memory import SessionSettings
    from openai.types.responses import (
        ResponseFunctionToolCall,
        ResponseOutputMessage,
        ResponseOutputText,
    )

    from segue.sessions.workflow_session import WorkflowSession


@workflow.defn
class RememberWorkflow:
    """Asks an agent with a session each question in turn; the answers."""

    @workflow.run
    async def run(self, conversation: str, questions: list[str]) -> list[str]:
        @function_tool
        async def weigh(word: str) -> str:
            return f"{word} weighs {len(word)}"

        agent = Agent[Any](name="Rememberer", model="scripted", tools=[weigh])
        session = WorkflowSession(conversation)
        answers: list[str] = []
        for question in questions:
            result = await Runner.run(agent, question, session=session)
            answers.append(str(result.final_output))
        return answers


@workflow.defn
class SessionWorkflow:
    """Uses the four methods of a session by hand; what each gave."""

    @workflow.run
    async def run(self, conversation: str) -> list[Any]:
        session = WorkflowSession(conversation)
        await session.add_items([])
        await session.add_items([{"role": "user", "content": word} for word in ("a", "b", "c")])
        popped = await session.pop_item()
        newest = await session.get_items(limit=1)
        none = await session.get_items(limit=0)
        bounded = WorkflowSession(conversation, session_settings=SessionSettings(limit=5))
        rest = await bounded.get_items()
        await session.clear_session()
        gone = await session.pop_item()
        return [popped, newest, none, rest, gone, await session.get_items()]


@workflow.defn
class CancelledSessionWorkflow:
    """Waits for a session for as long as it takes."""

    @workflow.run
    async def run(self, conversation: str) -> int:
        return len(await WorkflowSession(conversation).get_items())


SESSION_WORKFLOWS = [RememberWorkflow, SessionWorkflow, CancelledSessionWorkflow]


class CountingModel(Model):
    """Weighs a word once for each question, then says how many items it was shown."""

    async def get_response(self, system_instructions, input, *_, **__):  # noqa: A002 - the SDK's name
        output = _said(f"{len(input)} items")
        if input[-1].get("role") == "user":
            output = ResponseFunctionToolCall(
                type="function_call",
                call_id=f"call_{len(input)}",
                name="weigh",
                arguments='{"word": "moon"}',
            )
        return ModelResponse(output=[output], usage=Usage(), response_id=None)

    def stream_response(self, *_: Any, **__: Any) -> AsyncIterator[Any]:
        raise NotImplementedError


class _OneModel(ModelProvider):
    def get_model(self, model_name: str | None) -> Model:
        return CountingModel()


def session_plugin() -> OpenAIAgentsPlugin:
    """What makes ``Runner.run`` legal in workflows."""
    return OpenAIAgentsPlugin(
        model_params=ModelActivityParameters(
            start_to_close_timeout=timedelta(seconds=30),
            retry_policy=RetryPolicy(maximum_attempts=3),
        ),
        model_provider=_OneModel(),
    )


def with_agents(client: Client) -> Client:
    """The same connection with the plugin."""
    config = client.config()
    return Client(
        config["service_client"], namespace=config["namespace"], plugins=[session_plugin()]
    )


def _said(text: str) -> ResponseOutputMessage:
    part = ResponseOutputText(type="output_text", text=text, annotations=[])
    return ResponseOutputMessage(
        id="m", type="message", role="assistant", status="completed", content=[part]
    )
