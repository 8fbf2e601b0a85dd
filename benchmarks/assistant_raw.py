"""The raw shape of a turn of the assistant: the same Temporal operations, and nothing else.

    python -m benchmarks.assistant_raw ADDRESS MODEL_SERVER

A message comes by an update that starts or continues its thread; a local activity and an activity
that asks the model follow; the reply is read by queries. No agent, and nothing is stored. Run as a
program it is the worker, in a process of its own as Segue's is.
"""

import asyncio
import sys
from collections import defaultdict
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from uuid import uuid4

from temporalio import activity, workflow
from temporalio.client import Client, WithStartWorkflowOperation
from temporalio.common import RetryPolicy, WorkflowIDConflictPolicy

with workflow.unsafe.imports_passed_through():
    from openai import AsyncOpenAI

    from benchmarks.long_conversation_workflows import CALL_WITHIN, RawQuestion, note
    from segue.assistant.service.reply_waits import ReplyWaits
    from segue.assistant.wire.payloads import AcceptedMessage, PostedMessage, Replies
    from segue.llm.config import OpenAIService
    from segue.llm.openai_models import openai_client
    from segue.runs.contracts import Log, RunOutcome
    from segue.runs.workflow.thread_state import Reply
    from segue.runtime.client import connect
    from segue.runtime.signals import stop_on_signals
    from segue.runtime.worker import WorkerParts, run_workers

QUEUE = "raw-assistant"
_TRIES = RetryPolicy(maximum_attempts=3)


@workflow.defn
class RawThread:
    """Answers messages one after the other, until it is terminated."""

    def __init__(self) -> None:
        self._waiting: list[PostedMessage] = []
        self._replies: dict[str, Reply] = {}

    @workflow.run
    async def run(self, model: str) -> None:
        """Answer with what ``model`` says."""
        log = Log(id=workflow.info().workflow_id, kind="thread")
        while True:
            await workflow.wait_condition(lambda: bool(self._waiting))
            message = self._waiting[0]
            await workflow.execute_local_activity(
                note, message.text, start_to_close_timeout=CALL_WITHIN, retry_policy=_TRIES
            )
            answer = await workflow.execute_activity(
                "raw-assistant-ask",
                RawQuestion(model=model, text=message.text),
                result_type=str,
                start_to_close_timeout=CALL_WITHIN,
                retry_policy=_TRIES,
            )
            outcome = RunOutcome(log=log, output=answer)
            self._replies[message.message_id] = Reply(
                message_id=message.message_id, outcome=outcome
            )
            self._waiting.pop(0)

    @workflow.update
    def post(self, message: PostedMessage) -> AcceptedMessage:
        """Take a message, to be answered in its turn."""
        self._waiting.append(message)
        return AcceptedMessage(message_id=message.message_id, turn=message.message_id)

    @workflow.query
    def replies(self, message_ids: list[str]) -> Replies:
        """What came of messages."""
        return Replies(
            replies=tuple(self._replies[each] for each in message_ids if each in self._replies),
            waiting=tuple(each for each in message_ids if each not in self._replies),
        )


class RawThreads:
    """Threads of the raw shape, as their user sees them."""

    def __init__(self, client: Client, model: str) -> None:
        self._client = client
        self._model = model
        self._waits = ReplyWaits(self._ask)

    async def say(self, thread: str, text: str) -> str:
        """The model's answer."""
        start = WithStartWorkflowOperation(
            RawThread.run,
            self._model,
            id=thread,
            task_queue=QUEUE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        )
        accepted = await self._client.execute_update_with_start_workflow(
            RawThread.post,
            PostedMessage(message_id=uuid4().hex, text=text),
            start_workflow_operation=start,
        )
        reply = await self._waits.reply(thread, accepted.message_id)
        assert reply is not None
        assert reply.outcome is not None
        return str(reply.outcome.output)

    async def aclose(self) -> None:
        """Stop waiting for replies."""
        await self._waits.aclose()

    async def _ask(self, thread: str, message_ids: list[str]) -> Replies:
        return await self._client.get_workflow_handle(thread).query(RawThread.replies, message_ids)


@asynccontextmanager
async def raw_threads(client: Client, model: str) -> AsyncGenerator[RawThreads]:
    """Threads that a worker elsewhere serves."""
    threads = RawThreads(client, model)
    try:
        yield threads
    finally:
        await threads.aclose()


class RawModel:
    """Asks the model, with all that was said in the thread."""

    def __init__(self, http: AsyncOpenAI) -> None:
        self._http = http
        self._items: dict[str, list[dict[str, str]]] = defaultdict(list)

    @activity.defn(name="raw-assistant-ask")
    async def ask(self, question: RawQuestion) -> str:
        """The answer's text. Idempotency: none; what was said is held in memory."""
        items = self._items[activity.info().workflow_id or ""]
        items.append({"role": "user", "content": question.text})
        response = await self._http.responses.create(model=question.model, input=items)  # pyright: ignore[reportArgumentType, reportCallIssue] - dicts are taken
        items.append({"role": "assistant", "content": response.output_text})
        return response.output_text


async def serve(address: str, model_server: str) -> None:
    """Work until SIGTERM."""
    client = await connect(address, {})
    async with openai_client(OpenAIService(api_key="test", base_url=model_server)) as http:
        parts = WorkerParts(
            task_queue=QUEUE, workflows=[RawThread], activities=[RawModel(http).ask, note]
        )
        with stop_on_signals() as stop:
            await run_workers(client, [parts], stop=stop)


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], sys.argv[2]))
