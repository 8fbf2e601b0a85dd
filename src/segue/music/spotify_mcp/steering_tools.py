"""Tools to look over syncs and decisions, to end the one and to undo the other."""

from segue.errors.settings import SettingsError
from segue.music.contracts.reviews import ReviewDecision
from segue.music.contracts.syncs import RunSummary
from segue.music.spotify_mcp.answers import (
    Cancelled,
    DecisionAnswer,
    DecisionList,
    Forgotten,
    SyncLine,
    SyncList,
    legible,
    song_answer,
)
from segue.music.spotify_mcp.arguments import DecisionKey, ListLimit, Offset, SyncId
from segue.music.spotify_mcp.desk import Desk
from segue.music.spotify_mcp.jobs import Jobs

DECISIONS_SHOWN = 50


class SteeringTools:
    """What a client that comes back asks: what there is, and how to end or undo it.

    Args:
        desk: What the tools work with, opened at the first call.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def list_syncs(self, limit: ListLimit = 20, running_only: bool = False) -> SyncList:  # noqa: FBT001, FBT002 - an argument of a tool has a name
        """List syncs, newest first; sync_status tells more of one."""
        runs = await (await self._jobs()).runs(limit=limit, running_only=running_only)
        return SyncList(syncs=tuple(_line(run) for run in runs))

    async def cancel_sync(self, workflow_id: SyncId) -> Cancelled:
        """End a sync for good; what it has added stays. Ask the user before."""
        await (await self._jobs()).cancel(workflow_id)
        return Cancelled(workflow_id=workflow_id)

    async def list_decisions(self, offset: Offset = 0) -> DecisionList:
        """List what the user decided for doubtful matches, newest first."""
        page = await (await self._jobs()).decisions(limit=DECISIONS_SHOWN, offset=offset)
        return DecisionList(
            decisions=tuple(_decision(one) for one in page.items),
            next_offset=offset + DECISIONS_SHOWN if page.next else None,
        )

    async def forget_decision(self, key: DecisionKey) -> Forgotten:
        """Undo a decision as the user wants; the next sync matches the song anew."""
        return Forgotten(key=key, forgotten=await (await self._jobs()).forget_decision(key))

    async def _jobs(self) -> Jobs:
        jobs = (await self._desk()).jobs
        if jobs is None:
            raise SettingsError("This server was started without durable jobs.")
        return await jobs()


def _line(run: RunSummary) -> SyncLine:
    return SyncLine(
        workflow_id=run.workflow_id,
        status=run.status,
        playlist_name=legible(run.playlist_name),
        started_at=run.started_at,
        closed_at=run.closed_at,
    )


def _decision(decision: ReviewDecision) -> DecisionAnswer:
    return DecisionAnswer(
        key=decision.key,
        song=song_answer(decision.song),
        track_uri=decision.uri,
        decided_at=decision.decided_at,
    )
