"""The IT MCP server: tools whose state belongs to a conversation, a handle, or a user.

A connection, a process of a client or a session of the older protocol names no state.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from ipaddress import ip_address
from typing import Annotated, Any, TypeVar

from mcp.server.mcpserver import Context, MCPServer, RequestStateSecurity
from pydantic import Field

from segue.errors.input import InputError
from segue.it.contracts import (
    IpHistory,
    ItSession,
    ItSessionClosed,
    ItSessionList,
    JiraMetrics,
    ProjectSet,
    TrackedAddress,
)
from segue.it.service import ItService
from segue.platform.mcp.answering import ANSWER_WITHIN, answer_in_time
from segue.platform.mcp.callers import Caller, CallKey, caller_of, digest
from segue.platform.mcp.server import (
    CLEARS_HERE,
    OPENS_HERE,
    READS,
    READS_HERE,
    WRITES_HERE,
    tool_server,
)

NAME = "it"
WORKER = "the IT worker"
INSTRUCTIONS = """\
A Jira project and its metrics, and IP addresses with their times. What is set or tracked is
remembered for this user; open_it_session gives state of its own. Metrics whose answer says offline
are sample data: say so to the user. An answer that still waits names a call: ask again with it."""

Project = Annotated[
    str,
    Field(
        max_length=60,
        pattern=r"^[A-Za-z][A-Za-z0-9_]*(-[0-9]+)?$",
        description="Key of the project, such as DEMO; the key of an issue, DEMO-123, does as well",
    ),
]
Address = Annotated[
    str | None,
    Field(max_length=45, description="IPv4 or IPv6; without it, where the call came from"),
]
Session = Annotated[
    str | None,
    Field(
        max_length=64,
        description="What open_it_session gave; without it, the user's own state",
    ),
]
Handle = Annotated[str, Field(max_length=64, description="What open_it_session gave")]

OpenService = Callable[[], Awaitable[ItService]]
_Answer = TypeVar("_Answer")
_Work = Callable[[ItService], Awaitable[_Answer]]


def it_mcp_server(
    service: OpenService,
    request_state: RequestStateSecurity | None = None,
    *,
    within: timedelta = ANSWER_WITHIN,
) -> MCPServer[Any]:
    """The server.

    Args:
        service: Gives what the tools work with; asked for by every call.
        request_state: As ``segue.platform.mcp.server.tool_server`` takes it.
        within: So long a call may wait for its worker.
    """
    tools = ItTools(service, within)
    return tool_server(
        NAME,
        [
            (tools.set_jira_project, "Set the Jira project", WRITES_HERE),
            (tools.get_jira_metrics, "Jira metrics", READS),
            (tools.track_ip, "Track an IP address", WRITES_HERE),
            (tools.get_ip_history, "IP history", READS_HERE),
            (tools.open_it_session, "Open a session", OPENS_HERE),
            (tools.list_it_sessions, "List sessions", READS_HERE),
            (tools.close_it_session, "Close a session", CLEARS_HERE),
        ],
        title="Segue: IT",
        instructions=INSTRUCTIONS,
        request_state=request_state,
    )


class ItTools:
    """Projects, addresses, sessions.

    Args:
        service: What the tools work with.
        within: So long a call may wait for its worker.
    """

    def __init__(self, service: OpenService, within: timedelta) -> None:
        self._service = service
        self._within = within

    async def set_jira_project(
        self,
        ctx: Context[Any, Any],
        project: Project,
        session: Session = None,
        call: CallKey = None,
    ) -> ProjectSet:
        """Set the Jira project that get_jira_metrics is about."""
        caller = caller_of(ctx, call)

        async def work(service: ItService) -> ProjectSet:
            place = await service.place(caller, session)
            return await service.set_project(place, digest(caller.key), project.upper())

        return await self._in_time(work, caller)

    async def get_jira_metrics(
        self, ctx: Context[Any, Any], session: Session = None, call: CallKey = None
    ) -> JiraMetrics:
        """Count the issues of the Jira project that is set; offline: true means sample data."""
        caller = caller_of(ctx, call)

        async def work(service: ItService) -> JiraMetrics:
            return await service.jira_metrics(await service.place(caller, session))

        return await self._in_time(work, caller)

    async def track_ip(
        self,
        ctx: Context[Any, Any],
        address: Address = None,
        session: Session = None,
        call: CallKey = None,
    ) -> TrackedAddress:
        """Note an IP address with the time: the one given, else where the call came from."""
        caller = caller_of(ctx, call)
        text = _normal(caller.address if address is None else address)

        async def work(service: ItService) -> TrackedAddress:
            place = await service.place(caller, session)
            return await service.track_ip(place, digest(caller.key), text, seen=address is None)

        return await self._in_time(work, caller)

    async def get_ip_history(
        self, ctx: Context[Any, Any], session: Session = None, call: CallKey = None
    ) -> IpHistory:
        """Tell the tracked IP addresses with their times, oldest first; the newest 500."""
        caller = caller_of(ctx, call)

        async def work(service: ItService) -> IpHistory:
            return await service.ip_history(await service.place(caller, session))

        return await self._in_time(work, caller)

    async def open_it_session(self, ctx: Context[Any, Any]) -> ItSession:
        """Open a session with state of its own, for the user alone; it lives for 7 days."""
        caller = caller_of(ctx)
        return await self._in_time(lambda service: service.open(caller.user), caller)

    async def list_it_sessions(self, ctx: Context[Any, Any]) -> ItSessionList:
        """List the user's open sessions, newest first."""
        caller = caller_of(ctx)

        async def work(service: ItService) -> ItSessionList:
            return ItSessionList(sessions=tuple(await service.sessions_of(caller.user)))

        return await self._in_time(work, caller)

    async def close_it_session(self, ctx: Context[Any, Any], session: Handle) -> ItSessionClosed:
        """Close a session for good; what it knew is gone."""
        caller = caller_of(ctx)

        async def work(service: ItService) -> ItSessionClosed:
            await service.close(caller.user, session)
            return ItSessionClosed(session=session)

        return await self._in_time(work, caller)

    async def _in_time(self, work: _Work[_Answer], caller: Caller) -> _Answer:
        async def run() -> _Answer:
            return await work(await self._service())

        return await answer_in_time(run(), caller, worker=WORKER, within=self._within)


def _normal(address: str) -> str:
    try:
        return str(ip_address(address))
    except ValueError:
        raise InputError("Expected an IPv4 or IPv6 address; got something else.") from None
