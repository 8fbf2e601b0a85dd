"""Turn a rule's reply into the output items of a model."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, cast

from agents.models.fake_id import FAKE_RESPONSES_ID
from jsonschema import Draft202012Validator
from openai.types.responses import (
    ResponseFunctionToolCall,
    ResponseOutputMessage,
    ResponseOutputRefusal,
    ResponseOutputText,
)
from openai.types.responses.response_output_item import McpApprovalRequest
from pydantic import BaseModel

from segue.errors.model import ModelRequestError
from segue.llm.offline.replies import AskApproval, Call, HandOff, Output, Refusal, Step, Steps
from segue.llm.offline.situation import Situation, as_json

OutputItem = ResponseOutputMessage | ResponseFunctionToolCall | McpApprovalRequest | Step
"""What the offline model puts out: a message, a function call, a question, a step before them."""

_HOSTED = {
    "web_search_call": "web_search",
    "file_search_call": "file_search",
    "code_interpreter_call": "code_interpreter",
    "image_generation_call": "image_generation",
    "mcp_call": "hosted_mcp",
}

_WRAPPED = {"response"}  # Source: agents.AgentOutputSchema, for types that are no JSON objects


def output_items(reply: object, situation: Situation) -> list[OutputItem]:
    """The output items that say ``reply``.

    Items have the SDK's placeholder as their id, as those of every model but OpenAI's own: the SDK
    takes it out again, so that a conversation begun offline can go on with any model. Call ids are
    derived from the question and the call, so that a retry makes the same call and no other.

    Args:
        reply: What the rule returned, which Python does not hold to its annotation.
        situation: What it was asked.

    Raises:
        ModelRequestError: A model must not say this here: a tool or an agent that is not on offer,
            text where data is asked for or the reverse, data of another shape, no reply at all.
    """
    match reply:
        case Steps():
            steps = [_step(step, situation) for step in reply.steps]
            return [*steps, *output_items(reply.answer, situation)]
        case AskApproval():
            return [_approval_request(reply, situation)]
        case HandOff():
            return _function_calls([_handoff_call(reply, situation)], situation)
        case Call() | list() | tuple():
            calls = [reply] if isinstance(reply, Call) else cast("Sequence[object]", reply)
            return _tool_calls(calls, situation)
        case _:
            return [
                ResponseOutputMessage(
                    id=FAKE_RESPONSES_ID,
                    content=[_content(reply, situation)],
                    role="assistant",
                    status="completed",
                    type="message",
                )
            ]


def _step(step: Step, situation: Situation) -> Step:
    _check_offer(_HOSTED.get(step.type), situation)
    return step


def _check_offer(tool: str | None, situation: Situation) -> None:
    if tool is not None and tool not in situation.hosted:
        tools = _one_of(tuple(situation.hosted))
        raise ModelRequestError(f"expected a step of {tools}, got one of {tool!r}")


def _approval_request(reply: AskApproval, situation: Situation) -> McpApprovalRequest:
    _check_offer("hosted_mcp", situation)
    arguments = _json_text(reply.arguments)
    seed = f"{situation.digest}:{reply.server_label}:{reply.tool}:{arguments}"
    return McpApprovalRequest(
        id=f"mcpr_{hashlib.sha256(seed.encode()).hexdigest()[:32]}",  # the answer to it names it
        name=reply.tool,
        server_label=reply.server_label,
        arguments=arguments,
        type="mcp_approval_request",
    )


def _content(reply: object, situation: Situation) -> ResponseOutputText | ResponseOutputRefusal:
    match reply:
        case Refusal():
            return ResponseOutputRefusal(refusal=reply.text, type="refusal")
        case str():
            text = _text(reply, situation)
        case BaseModel() | Output():
            text = _structured_text(reply, situation)
        case _:
            raise ModelRequestError(
                "expected text, a Pydantic model, Output, call(), a list of calls, hand_off(), "
                f"AskApproval, Refusal or Steps from a rule, got {type(reply).__name__}"
            )
    return ResponseOutputText(text=text, annotations=[], type="output_text")


def _text(text: str, situation: Situation) -> str:
    if situation.output is not None:
        raise ModelRequestError(f"expected output of type {situation.output.name}, got text")
    return text


def _structured_text(reply: BaseModel | Output, situation: Situation) -> str:
    if situation.output is None:
        raise ModelRequestError(
            "expected text, got structured output: the agent has no output type"
        )
    output = situation.output
    if isinstance(reply, BaseModel):
        data: Any = reply.model_dump(mode="json", by_alias=True)
    else:
        data = as_json(reply.data)
    if set(output.schema.get("properties", {})) == _WRAPPED and not _is_wrapped(data):
        data = {"response": data}
    for error in Draft202012Validator(output.schema).iter_errors(data):
        # Where and which keyword; the value itself may be the user's words.
        raise ModelRequestError(
            f"expected output of type {output.name}, got data that does not fit it: "
            f"{error.json_path} fails {error.validator!r}"
        )
    return json.dumps(data, ensure_ascii=False)


def _is_wrapped(data: object) -> bool:
    return isinstance(data, dict) and set(cast("dict[str, object]", data)) == _WRAPPED


def _handoff_call(reply: HandOff, situation: Situation) -> Call:
    for offer in situation.handoffs:
        if offer.agent == reply.agent:
            return Call(offer.tool, reply.arguments)
    agents = [offer.agent for offer in situation.handoffs]
    raise ModelRequestError(f"expected a handoff to {_one_of(agents)}, got {reply.agent!r}")


def _tool_calls(calls: Sequence[object], situation: Situation) -> list[OutputItem]:
    if not calls:
        raise ModelRequestError("expected at least one call in a rule's list, got none")
    checked_calls: list[Call] = []
    for each in calls:
        if not isinstance(each, Call):
            raise ModelRequestError(f"expected a list of calls, got {type(each).__name__} in it")
        if each.tool not in situation.tools:
            tools = _one_of(situation.tools)
            raise ModelRequestError(f"expected a call of {tools}, got one of {each.tool!r}")
        checked_calls.append(each)
    return _function_calls(checked_calls, situation)


def _function_calls(calls: Sequence[Call], situation: Situation) -> list[OutputItem]:
    return [_function_call(each, f"{situation.digest}:{place}") for place, each in enumerate(calls)]


def _function_call(call: Call, seed: str) -> ResponseFunctionToolCall:
    arguments = _json_text(call.arguments)
    identity = hashlib.sha256(f"{seed}:{call.tool}:{arguments}".encode()).hexdigest()
    return ResponseFunctionToolCall(
        id=FAKE_RESPONSES_ID,
        call_id=f"call_{identity[:32]}",
        name=call.tool,
        arguments=arguments,
        status="completed",
        type="function_call",
    )


def _json_text(arguments: Mapping[str, object]) -> str:
    return json.dumps(as_json(dict(arguments)))


def _one_of(names: Sequence[str]) -> str:
    return " or ".join(map(repr, names)) or "nothing, since none is on offer"
