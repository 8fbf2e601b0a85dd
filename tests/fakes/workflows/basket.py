"""A workflow that fills a basket in a session of the Spotify MCP server, and survives its loss."""

from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError
from temporalio.openai_agents.workflow import stateful_mcp_server
from temporalio.workflow import ActivityConfig

with workflow.unsafe.imports_passed_through():
    from agents.mcp import MCPServer

    from segue.runtime.retries import ONCE

SERVER = "basket"
_CALL = timedelta(seconds=30)
_UNSERVED = timedelta(seconds=2)  # after so long without a worker the session is taken for lost
_TRIES = 3


@workflow.defn(name="basket-by-session")
class BasketBySession:
    """Adds tracks one call at a time, then commits; a lost session is begun again from the first.

    Temporal cannot bring a session's memory back, so the workflow repeats what filled it.
    """

    def __init__(self) -> None:
        self.added = 0
        self.losses: list[str] = []
        self.going_on = False

    @workflow.run
    async def run(self, playlist_id: str, uris: list[str]) -> list[str]:
        """Returns the types of the failures by which sessions were lost."""
        for _ in range(_TRIES):
            try:
                async with self._session() as server:
                    if await self._filled(server, playlist_id, uris):
                        return self.losses
            except ActivityError:
                pass  # the lost session's own activity; the loss is noted already
        raise ApplicationError("no session lasted", type="BasketLost", non_retryable=True)

    async def _filled(self, server: MCPServer, playlist_id: str, uris: list[str]) -> bool:
        try:
            for uri in uris:
                await server.call_tool("basket_add", {"track_uris": [uri]})
                self.added += 1
                await workflow.wait_condition(lambda: self.going_on)
            asked = {"playlist_id": playlist_id, "expected_tracks": len(uris)}
            return not (await server.call_tool("basket_commit", asked)).is_error
        except ApplicationError as lost:
            self.losses.append(lost.type or "")
            return False

    @workflow.signal
    def go_on(self) -> None:
        """Take the next step."""
        self.going_on = True

    @workflow.query
    def filled(self) -> int:
        """How many tracks went into baskets so far."""
        return self.added

    @staticmethod
    def _session():
        return stateful_mcp_server(
            SERVER,
            config=ActivityConfig(
                start_to_close_timeout=_CALL,
                schedule_to_start_timeout=_UNSERVED,
                retry_policy=ONCE,
            ),
            server_session_config=ActivityConfig(
                start_to_close_timeout=timedelta(hours=1), retry_policy=ONCE
            ),
        )
