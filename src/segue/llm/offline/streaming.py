"""A finished answer as the events of a model that streams."""

import re
from collections.abc import Iterator, Sequence
from itertools import count

from agents.items import TResponseStreamEvent
from openai.types.responses import (
    Response,
    ResponseCompletedEvent,
    ResponseContentPartAddedEvent,
    ResponseContentPartDoneEvent,
    ResponseCreatedEvent,
    ResponseFunctionCallArgumentsDeltaEvent,
    ResponseFunctionCallArgumentsDoneEvent,
    ResponseFunctionToolCall,
    ResponseOutputItemAddedEvent,
    ResponseOutputItemDoneEvent,
    ResponseOutputMessage,
    ResponseOutputRefusal,
    ResponseOutputText,
    ResponseRefusalDeltaEvent,
    ResponseRefusalDoneEvent,
    ResponseTextDeltaEvent,
    ResponseTextDoneEvent,
    ResponseUsage,
)
from openai.types.responses.response_usage import InputTokensDetails, OutputTokensDetails

from segue.llm.names import OFFLINE
from segue.llm.offline.answers import OutputItem

_WORD = re.compile(r"\s*\S+|\s+")
_Numbers = Iterator[int]


def stream_events(response_id: str, output: Sequence[OutputItem]) -> Iterator[TResponseStreamEvent]:
    """The events of OpenAI's Responses API for this output, in the order in which it sends them.

    Texts come a word at a time; joined they are the text. Nothing waits: how fast a reader sees
    them is the reader's affair.
    """
    numbers = count()
    opening = Response(
        id=response_id,
        created_at=0.0,  # a time would make two equal answers differ
        model=OFFLINE,
        object="response",
        output=[],
        parallel_tool_calls=True,
        status="in_progress",
        tool_choice="auto",
        tools=[],
    )
    yield ResponseCreatedEvent(
        response=opening, sequence_number=next(numbers), type="response.created"
    )
    for place, item in enumerate(output):
        yield from _item(item, place, numbers)
    final = opening.model_copy(
        update={"output": list(output), "status": "completed", "usage": _zero_usage()}
    )
    yield ResponseCompletedEvent(
        response=final, sequence_number=next(numbers), type="response.completed"
    )


def words(text: str) -> list[str]:
    """The text in pieces of a word each, white space included: joined they are the text."""
    return _WORD.findall(text)


def _item(item: OutputItem, place: int, numbers: _Numbers) -> Iterator[TResponseStreamEvent]:
    """The events of one item, from its announcement (still empty) to its end."""
    yield ResponseOutputItemAddedEvent(
        item=_announcement_of(item),
        output_index=place,
        sequence_number=next(numbers),
        type="response.output_item.added",
    )
    if isinstance(item, ResponseFunctionToolCall):
        yield from _arguments(item, place, numbers)
    elif isinstance(item, ResponseOutputMessage):
        yield from _contents(item, place, numbers)
    yield ResponseOutputItemDoneEvent(
        item=item,
        output_index=place,
        sequence_number=next(numbers),
        type="response.output_item.done",
    )


def _announcement_of(item: OutputItem) -> OutputItem:
    if isinstance(item, ResponseFunctionToolCall):
        return item.model_copy(update={"arguments": "", "status": "in_progress"})
    if isinstance(item, ResponseOutputMessage):
        return item.model_copy(update={"content": [], "status": "in_progress"})
    return item


def _arguments(
    item: ResponseFunctionToolCall, place: int, numbers: _Numbers
) -> Iterator[TResponseStreamEvent]:
    yield ResponseFunctionCallArgumentsDeltaEvent(
        delta=item.arguments,
        item_id=item.id or "",
        output_index=place,
        sequence_number=next(numbers),
        type="response.function_call_arguments.delta",
    )
    yield ResponseFunctionCallArgumentsDoneEvent.model_validate({
        "arguments": item.arguments,
        "item_id": item.id or "",
        "output_index": place,
        "sequence_number": next(numbers),
        "type": "response.function_call_arguments.done",
    })


def _contents(
    item: ResponseOutputMessage, place: int, numbers: _Numbers
) -> Iterator[TResponseStreamEvent]:
    for index, part in enumerate(item.content):
        empty = {"text": ""} if isinstance(part, ResponseOutputText) else {"refusal": ""}
        yield ResponseContentPartAddedEvent(
            part=part.model_copy(update=empty),
            content_index=index,
            item_id=item.id,
            output_index=place,
            sequence_number=next(numbers),
            type="response.content_part.added",
        )
        if isinstance(part, ResponseOutputText):
            yield from _text_events(part, (item.id, place, index), numbers)
        else:
            yield from _refusal_events(part, (item.id, place, index), numbers)
        yield ResponseContentPartDoneEvent(
            part=part,
            content_index=index,
            item_id=item.id,
            output_index=place,
            sequence_number=next(numbers),
            type="response.content_part.done",
        )


def _text_events(
    part: ResponseOutputText, where: tuple[str, int, int], numbers: _Numbers
) -> Iterator[TResponseStreamEvent]:
    item_id, place, index = where
    for word in words(part.text):
        yield ResponseTextDeltaEvent(
            delta=word,
            logprobs=[],
            content_index=index,
            item_id=item_id,
            output_index=place,
            sequence_number=next(numbers),
            type="response.output_text.delta",
        )
    yield ResponseTextDoneEvent(
        text=part.text,
        logprobs=[],
        content_index=index,
        item_id=item_id,
        output_index=place,
        sequence_number=next(numbers),
        type="response.output_text.done",
    )


def _refusal_events(
    part: ResponseOutputRefusal, where: tuple[str, int, int], numbers: _Numbers
) -> Iterator[TResponseStreamEvent]:
    item_id, place, index = where
    for word in words(part.refusal):
        yield ResponseRefusalDeltaEvent(
            delta=word,
            content_index=index,
            item_id=item_id,
            output_index=place,
            sequence_number=next(numbers),
            type="response.refusal.delta",
        )
    yield ResponseRefusalDoneEvent(
        refusal=part.refusal,
        content_index=index,
        item_id=item_id,
        output_index=place,
        sequence_number=next(numbers),
        type="response.refusal.done",
    )


def _zero_usage() -> ResponseUsage:
    # Zero is what is known here, not what is unknown: no token was used, and nothing is owed.
    return ResponseUsage(
        input_tokens=0,
        input_tokens_details=InputTokensDetails(cached_tokens=0, cache_write_tokens=0),
        output_tokens=0,
        output_tokens_details=OutputTokensDetails(reasoning_tokens=0),
        total_tokens=0,
    )
