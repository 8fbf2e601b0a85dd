"""A session for ``Runner.run`` inside a workflow: every method is an activity, so it replays.

It is the simple way for agents that were written for the Agents SDK: what it reads and adds passes
through the history. A long conversation is better run by reference (``segue.runs``).
"""

from datetime import timedelta
from typing import cast

from temporalio import workflow
from temporalio.exceptions import ActivityError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from agents import TResponseInputItem
    from agents.memory.session import SessionABC
    from agents.memory.session_settings import SessionSettings, resolve_session_limit

    from segue.runtime.faults import from_failure
    from segue.runtime.retries import REPEATABLE
    from segue.sessions.contracts import (
        SESSION_ADD,
        SESSION_CLEAR,
        SESSION_GET,
        SESSION_POP,
        SessionChange,
        SessionItems,
        SessionQuestion,
    )
    from segue.sessions.turns import Item

# A statement or two. A killed worker is noticed after this time, since nothing so short beats.
_EACH_TRY = timedelta(seconds=15)
_IN_ALL = timedelta(minutes=15)  # more than all tries take, so that an outage is seen to be one


class WorkflowSession(SessionABC):
    """The conversation of that id, as the Agents SDK expects a session. For workflow code only.

    The worker of the workflow's task queue must serve ``SessionActivities``. Methods raise what
    the store raises: ``ConversationNotFoundError`` once the conversation was deleted, and so on.

    Args:
        conversation: Its id; the conversation is made when it is first used.
        session_settings: ``limit`` bounds what ``get_items`` reads where the call says nothing.
    """

    def __init__(
        self, conversation: str, *, session_settings: SessionSettings | None = None
    ) -> None:
        self.session_id = conversation
        self.session_settings = session_settings

    async def get_items(self, limit: int | None = None) -> list[TResponseInputItem]:
        """The items in order; with ``limit`` so many of the newest."""
        most = resolve_session_limit(limit, self.session_settings)
        question = SessionQuestion(conversation=self.session_id, limit=most)
        answer = await _ask(SESSION_GET, question, SessionItems)
        return cast("list[TResponseInputItem]", answer.items)

    async def add_items(self, items: list[TResponseInputItem]) -> None:
        """Store items at the end, once, however often the activity runs."""
        if items:
            await _ask(SESSION_ADD, self._change(cast("list[Item]", items)), None)

    async def pop_item(self) -> TResponseInputItem | None:
        """Take the last item away and give it; None: there is none."""
        answer = await _ask(SESSION_POP, self._change(), SessionItems)
        return cast("TResponseInputItem", answer.items[0]) if answer.items else None

    async def clear_session(self) -> None:
        """Take all items away."""
        await _ask(SESSION_CLEAR, self._change(), None)

    def _change(self, items: list[Item] | None = None) -> SessionChange:
        # Named here, in the workflow: every try of the activity carries the same name.
        return SessionChange(
            conversation=self.session_id, operation=str(workflow.uuid4()), items=items or []
        )


async def _ask(
    name: str, question: SessionQuestion | SessionChange, answer: type[SessionItems] | None
) -> SessionItems:
    try:
        return await workflow.execute_activity(
            name,
            question,
            result_type=answer,
            start_to_close_timeout=_EACH_TRY,
            schedule_to_close_timeout=_IN_ALL,
            retry_policy=REPEATABLE,
        )
    except ActivityError as failure:
        if is_cancelled_exception(failure):
            raise
        raise from_failure(failure) from failure
