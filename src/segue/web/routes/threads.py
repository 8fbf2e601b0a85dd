"""Threads with the assistant: say something, follow the reply, decide, read, fork, end."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, Path, Query, Security
from starlette.responses import Response, StreamingResponse

from segue.assistant.contracts import Caller, OwnedThread, ReplyView, ThreadView
from segue.assistant.service.assistant import AssistantService
from segue.assistant.wire.payloads import AcceptedMessage
from segue.runs.service.views import ConversationDetail, PendingApproval
from segue.sessions.events.contracts import TurnEvent, as_sse
from segue.web.chat_contracts import (
    ApprovalDecision,
    ApprovalList,
    ForkRequest,
    MessageRequest,
    ThreadPage,
    ThreadRequest,
)
from segue.web.key_access import caller
from segue.web.scopes import ApiKey, Scope
from segue.web.services import Api, Services
from segue.web.shown import problems, retry_later

router = APIRouter(prefix="/api/v1/threads", tags=["assistant"])

ChatReader = Annotated[ApiKey, Security(caller, scopes=[Scope.CHAT_READ])]
ChatWriter = Annotated[ApiKey, Security(caller, scopes=[Scope.CHAT_WRITE])]
ApprovalReader = Annotated[ApiKey, Security(caller, scopes=[Scope.APPROVALS_READ])]
ApprovalWriter = Annotated[ApiKey, Security(caller, scopes=[Scope.APPROVALS_WRITE])]

_NAME = r"^[0-9A-Za-z._-]{1,200}$"
ThreadId = Annotated[str, Path(description="Of the thread.", pattern=_NAME, examples=["chat-7f3a"])]
MessageId = Annotated[str, Path(description="As the sender chose it.", pattern=_NAME)]

_LONGEST_WAIT_S = 30
_ONE = problems(404, 422)
_CHANGED = problems(400, 404, 409, 422)
_EVENTS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Events of the turn; the data is a TurnEvent. `text.reset` takes text back.",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
}
_MEDIA = {"json": "application/json", "markdown": "text/markdown; charset=utf-8"}


async def stream_place(key: ChatReader, api: Api) -> AsyncGenerator[None]:
    """One of the key's places for streams, taken before the thread is looked up."""
    with api.streams.places.take(key.id):
        yield


@router.post("", status_code=201, responses=_CHANGED)
async def open_thread(body: ThreadRequest, key: ChatWriter, api: Api) -> OwnedThread:
    """Make a thread; nothing runs before its first message."""
    return await _assistant(api).open(_caller(key), body.id, while_busy=body.while_busy)


@router.get("", responses=_ONE)
async def list_threads(
    key: ChatReader,
    api: Api,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: Annotated[
        str | None, Query(description="`next_cursor` of the page before.", pattern=_NAME)
    ] = None,
) -> ThreadPage:
    """The key's threads, newest first; an admin's key sees those of all keys."""
    rows = await _assistant(api).threads(_caller(key), limit=limit + 1, after=cursor)
    page = rows[:limit]
    more = len(rows) > limit
    return ThreadPage(threads=tuple(page), next_cursor=page[-1].id if more else None)


@router.get("/{thread}", responses=_ONE)
async def show_thread(thread: ThreadId, key: ChatReader, api: Api) -> ThreadView:
    """A thread as it stands: what is being answered, and what waits."""
    return await _assistant(api).thread(_caller(key), thread)


@router.post("/{thread}/messages", status_code=202, responses=_CHANGED)
async def post_message(
    thread: ThreadId, body: MessageRequest, key: ChatWriter, api: Api
) -> AcceptedMessage:
    """Say something; it is stored when this answers, and the same `message_id` again says nothing.

    The first message to a new id begins a thread.
    """
    return await _assistant(api).post(_caller(key), thread, body.text, message_id=body.message_id)


@router.get(
    "/{thread}/messages/{message_id}/reply",
    responses=_ONE | retry_later("It is not answered yet; ask again.", AcceptedMessage),
    response_model=ReplyView,
)
async def show_reply(
    thread: ThreadId,
    message_id: MessageId,
    key: ChatReader,
    api: Api,
    wait: Annotated[
        int, Query(ge=0, le=_LONGEST_WAIT_S, description="Seconds to wait for the reply.")
    ] = 0,
) -> Response:
    """What came of a message, with what it used; 202 while it is to be answered."""
    service, who = _assistant(api), _caller(key)
    reply = await service.reply(who, thread, message_id)
    if reply is None and wait:
        within = timedelta(seconds=wait)
        reply = await service.wait_for_reply(who, thread, message_id, within=within)
    if reply is not None:
        return _json(reply.model_dump_json(), 200, {})
    waiting = (await service.thread(who, thread)).waiting
    acceptance = next(
        (each for each in waiting if each.message_id == message_id),
        AcceptedMessage(message_id=message_id, turn="", answered=True),
    )
    return _json(acceptance.model_dump_json(), 202, {"Retry-After": "1"})


@router.get(
    "/{thread}/messages/{message_id}/events",
    response_class=StreamingResponse,
    responses=_ONE | _EVENTS,
)
async def follow_turn(
    thread: ThreadId,
    message_id: MessageId,
    key: ChatReader,
    api: Api,
    _: Annotated[None, Depends(stream_place)],
    last_event_id: Annotated[
        str | None, Header(description="Number of the last event that was seen.", max_length=20)
    ] = None,
) -> Response:
    """Follow the reply to a message as server-sent events: words, tool calls, questions, the end.

    With `Last-Event-ID`, what was seen is not sent again.
    """
    await _assistant(api).check(_caller(key), thread)
    number = last_event_id or ""
    after = int(number) if number.isascii() and number.isdecimal() else 0
    events = _assistant(api).follow(_caller(key), thread, message_id, after=after)
    return StreamingResponse(_frames(api, key, events), media_type="text/event-stream")


@router.get("/{thread}/approvals", responses=_ONE)
async def list_approvals(thread: ThreadId, key: ApprovalReader, api: Api) -> ApprovalList:
    """What the thread waits for a person to decide, the oldest question first."""
    return ApprovalList(approvals=tuple(await _assistant(api).approvals(_caller(key), thread)))


@router.post("/{thread}/approvals", responses=_CHANGED)
async def decide_approval(
    thread: ThreadId, body: ApprovalDecision, key: ApprovalWriter, api: Api
) -> PendingApproval:
    """Decide something; with the digest of the arguments seen, others are refused."""
    return await _assistant(api).decide(_caller(key), thread, who=key.name, **body.model_dump())


@router.get("/{thread}/history", responses=_ONE)
async def show_history(thread: ThreadId, key: ChatReader, api: Api) -> ConversationDetail:
    """All turns and items of a thread."""
    return await _assistant(api).history(_caller(key), thread)


@router.get("/{thread}/export", responses=_ONE, response_class=Response)
async def export_thread(
    thread: ThreadId,
    key: ChatReader,
    api: Api,
    format: Literal["json", "markdown"] = "json",  # noqa: A002 - the parameter's name on the wire
) -> Response:
    """All of a thread as a file."""
    text = await _assistant(api).export(_caller(key), thread, format)
    return Response(text, media_type=_MEDIA[format])


@router.post("/{thread}/fork", status_code=201, responses=_CHANGED)
async def fork_thread(
    thread: ThreadId, body: ForkRequest, key: ChatWriter, api: Api
) -> OwnedThread:
    """A new thread that begins with the turns of this one, up to any of them."""
    return await _assistant(api).fork(_caller(key), thread, after_turn=body.after_turn)


@router.post("/{thread}/end", status_code=202, responses=_CHANGED)
async def end_thread(thread: ThreadId, key: ChatWriter, api: Api) -> ThreadView:
    """Let a thread answer what waits, and then close; a later message goes on with it."""
    service, who = _assistant(api), _caller(key)
    await service.end(who, thread)
    return await service.thread(who, thread)


async def _frames(
    api: Services, key: ApiKey, events: AsyncGenerator[TurnEvent | None]
) -> AsyncGenerator[bytes]:
    async with aclosing(events):
        async for event in events:
            yield as_sse(event)
            if api.streams.stopping.is_set() or not await api.streams.may_go_on(key.id):
                return


def _assistant(api: Services) -> AssistantService:
    return api.service("assistant", AssistantService)


def _caller(key: ApiKey) -> Caller:
    return Caller(key.id, sees_all=key.is_admin)


def _json(text: str, status: int, headers: dict[str, str]) -> Response:
    return Response(text, status, headers, media_type="application/json")
