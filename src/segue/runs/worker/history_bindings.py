"""Which conversations a workflow serves, so that its key is deleted together with any of them."""

from typing import Any

from temporalio import activity
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from segue.errors.conversation import ConversationNotFoundError
from segue.runs.contracts import Log
from segue.runs.ports import AgentPorts
from segue.runs.workflow.tool_calls import from_headers
from segue.sessions.contracts import SessionChange, SessionQuestion
from segue.sessions.histories.keys import HistoryKeys


class HistoryBindings(Interceptor):
    """Worker interceptor: before an activity touches a conversation, its workflow is bound to it.

    Args:
        ports: Its conversations are asked what was deleted.
        keys: Of workflows.
    """

    def __init__(self, ports: AgentPorts, keys: HistoryKeys) -> None:
        self._ports = ports
        self._keys = keys

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002 - Temporal's name
        """Put the binding before the activity."""
        return _Inbound(next, self)

    async def bind(self, conversations: set[str]) -> None:
        """Bind the workflow of this activity to ``conversations``."""
        workflow_id = activity.info().workflow_id
        if workflow_id and conversations:
            await self._keys.bind(workflow_id, conversations)

    async def forget_deleted(self, conversations: set[str]) -> None:
        """Delete the key once more: the workflow wrote on after its conversation was deleted."""
        for name in conversations:
            try:
                await self._ports.conversations.data_key(name, purpose="history")
            except ConversationNotFoundError:
                await self._keys.forget(name)


class _Inbound(ActivityInboundInterceptor):
    def __init__(self, following: ActivityInboundInterceptor, bindings: HistoryBindings) -> None:
        super().__init__(following)
        self._bindings = bindings

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002, ANN401 - Temporal's signature
        conversations = _conversations(input)
        await self._bindings.bind(conversations)
        try:
            return await super().execute_activity(input)
        except ConversationNotFoundError:
            await self._bindings.forget_deleted(conversations)
            raise


def _conversations(input: ExecuteActivityInput) -> set[str]:  # noqa: A002 - Temporal's name
    """The conversations that the activity's argument names, or for a tool its header."""
    call = from_headers(dict(input.headers), activity.payload_converter())
    arguments = [*input.args, *([call] if call is not None else [])]
    names: set[str] = set()
    for argument in arguments:
        log: object = getattr(argument, "log", None)
        if isinstance(log, Log):
            names |= {name for name in (log.id, log.parent, log.root) if name is not None}
        elif isinstance(argument, SessionChange | SessionQuestion):
            names.add(argument.conversation)
    return names
