"""Tools on the worker: intent before, outcome after, and no effect twice."""

import hashlib
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from contextvars import ContextVar
from typing import Any

from pydantic_core import to_json
from temporalio import activity
from temporalio.exceptions import ApplicationError, is_cancelled_exception
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from segue.errors.base import SegueError
from segue.errors.catalogue import OutcomeUnknownError
from segue.errors.run import EffectUnknownError
from segue.errors.storage import StorageError
from segue.runs.contracts import Item, ToolAnswer, ToolCall
from segue.runs.limits import KEPT_CHARACTERS
from segue.runs.ports import AgentPorts
from segue.runs.store.effects import Effect, Intent
from segue.runs.workflow.guarding import FAILED, cut
from segue.runs.workflow.tool_calls import from_headers
from segue.runtime.faults import last_failure

_AT_WORK: ContextVar[ToolCall | None] = ContextVar("segue_tool_at_work", default=None)

Run = Callable[[ExecuteActivityInput], Awaitable[Any]]


def idempotency_key() -> str:
    """The key of the effect that this activity is about: the same for every attempt.

    Hand it to whatever the tool calls, so that the other side can tell a repetition.
    """
    call = _AT_WORK.get()
    if call is not None:
        return call.key
    info = activity.info()
    return f"{info.workflow_id}/{info.workflow_run_id}/{info.activity_id}"


class ToolEffects(Interceptor):
    """Worker interceptor: activities that belong to a tool call go through the effect ledger.

    Args:
        ports: Models and stores.
    """

    def __init__(self, ports: AgentPorts) -> None:
        self._ports = ports

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002 - Temporal's name
        """Put the effect ledger before the activity."""
        return _Inbound(next, self)

    async def run(self, call: ToolCall, input: ExecuteActivityInput, run: Run) -> Any:  # noqa: A002, ANN401 - Temporal's signature
        """Run the activity unless the ledger has its outcome.

        Raises:
            EffectUnknownError: It was begun before, its outcome was never recorded, and it must
                not happen twice.
            ApplicationError: The ledger has it as failed, or a person says that it happened.
        """
        effect = await self._ports.effects.begin(
            _intent(call, input), attempt=activity.info().attempt
        )
        if effect.state == "done" and effect.resolved_by is not None:
            return await self._answer_resolved(call, effect.result or "")
        if effect.state == "done" and effect.result:
            await self._tell(call, None)  # the earlier try may have died before it told of it
            return await self._recorded_result(call, effect.result)
        if effect.state == "failed":
            await self._tell(call, effect.error_code)
            raise ApplicationError(
                effect.message or "The tool failed.", type=effect.error_code, non_retryable=True
            )
        if effect.state != "new" and call.effect == "once":
            await self._tell(call, EffectUnknownError.code)
            raise EffectUnknownError(
                f"Whether {call.tool!r} took effect is not known: an earlier try was cut off."
            )
        token = _AT_WORK.set(call)
        try:
            result = await run(input)
        except Exception as error:
            if await self._is_last_failure(call, error):
                raise last_failure(error) from error.__cause__
            raise
        finally:
            _AT_WORK.reset(token)
        return await self._finish(call, result)

    async def _answer_resolved(self, call: ToolCall, result: str) -> ToolAnswer:
        await self._tell(call, None)
        if call.answers:
            return await self._answer(call, result)
        # A person knows that it happened, and not what it would have given.
        raise ApplicationError(result, type=EffectUnknownError.code, non_retryable=True)

    async def _recorded_result(self, call: ToolCall, result: str) -> Any:  # noqa: ANN401 - whatever a tool gave
        if not call.answers:
            return json.loads(result)
        answer = ToolAnswer.model_validate_json(result)
        assert answer.seq is not None  # noqa: S101 - an answer is recorded by its place
        (item,) = await self._ports.conversations.read(call.log.id, [(answer.seq, answer.seq)])
        return _tool_answer(call, str(item["output"]), answer.seq)

    async def _finish(self, call: ToolCall, result: Any) -> Any:  # noqa: ANN401 - whatever a tool gives
        if call.answers:
            answer = await self._answer(call, cut(as_text(result)))
            record = ToolAnswer(text="", seq=answer.seq).model_dump_json()
        else:
            answer = result
            # The ledger is not encrypted: with sealed conversations it holds no content.
            record = to_json(result).decode() if not self._ports.sealed else ""
        await self._ports.effects.finish(call.key, record)
        await self._tell(call, None)
        return answer

    async def _answer(self, call: ToolCall, text: str) -> ToolAnswer:
        item: Item = {"type": "function_call_output", "call_id": call.call_id, "output": text}
        place = await self._ports.conversations.append(call.log.id, f"{call.key}/output", [item])
        return _tool_answer(call, text, place.first)

    async def _is_last_failure(self, call: ToolCall, error: Exception) -> bool:
        """Write an error of the tool down; whether it was the last that the tool may have."""
        effect = await self._fail(call, error)
        if call.tries is None or is_cancelled_exception(error):
            return False
        return effect.failures >= call.tries

    async def _fail(self, call: ToolCall, error: Exception) -> Effect:
        has_code = isinstance(error, SegueError | ApplicationError)
        if isinstance(error, OutcomeUnknownError) or (call.effect == "once" and not has_code):
            # It stays begun, and nobody knows how it ended: a request may have gone out.
            return await self._ports.effects.count_failure(call.key)
        code, message, retryable = _describe(error)
        content = "" if self._ports.sealed else message  # as in ``_finish``
        effect = await self._ports.effects.fail(
            call.key,
            code,
            content,
            retryable=retryable and not _is_last_attempt(),
            tries=call.tries,
        )
        await self._tell(call, code)
        return effect

    async def _tell(self, call: ToolCall, error: str | None) -> None:
        if call.turn is None or not call.first:
            return
        with suppress(StorageError):  # the stream may miss something, the turn may not
            data = {"call_id": call.call_id, "name": call.tool, "error": error}
            await self._ports.events.announce(call.turn, "tool.result", data)


class _Inbound(ActivityInboundInterceptor):
    def __init__(self, following: ActivityInboundInterceptor, effects: ToolEffects) -> None:
        super().__init__(following)
        self._effects = effects

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002, ANN401 - Temporal's signature
        call = from_headers(dict(input.headers), activity.payload_converter())
        if call is None:
            return await super().execute_activity(input)
        return await self._effects.run(call, input, super().execute_activity)


def as_text(result: Any) -> str:  # noqa: ANN401 - whatever a tool gives
    """A tool's result as a model is shown it: text as it is, anything else as JSON."""
    return result if isinstance(result, str) else to_json(result).decode()


def _tool_answer(call: ToolCall, text: str, seq: int) -> ToolAnswer:
    whole = call.whole or len(text) <= KEPT_CHARACTERS
    return ToolAnswer(text=text if whole else text[: KEPT_CHARACTERS // 8], seq=seq)


def _intent(call: ToolCall, input: ExecuteActivityInput) -> Intent:  # noqa: A002 - Temporal's name
    return Intent(
        key=call.key,
        tool=call.tool,
        workflow_id=activity.info().workflow_id or "",
        arguments_digest=hashlib.sha256(to_json(list(input.args))).hexdigest(),
        conversation=call.log.root or call.log.id,
        agent=call.agent,
        is_call=call.first,
    )


def _describe(error: Exception) -> tuple[str, str, bool]:
    if isinstance(error, SegueError):
        return error.code, error.message, error.retryable
    if isinstance(error, ApplicationError):
        return error.type or FAILED, f"The tool failed ({error.type}).", not error.non_retryable
    return FAILED, f"The tool failed ({type(error).__name__}).", True


def _is_last_attempt() -> bool:
    info = activity.info()
    policy = info.retry_policy
    return policy is not None and 0 < policy.maximum_attempts <= info.attempt
