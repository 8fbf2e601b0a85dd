"""What the roll-out tells its faces."""

from collections.abc import Sequence

from segue.music.contracts.agent_use import AgentUse
from segue.music.contracts.base import Wire
from segue.music.contracts.songs import SongMetadata
from segue.music.contracts.strategies import Strategy
from segue.music.contracts.verdicts import Verdict


class ShadowResult(Wire):
    """Answer of ``ShadowSyncWorkflow`` and of ``record-shadow``: rows.

    Attributes:
        different: Where the new path would have done something else; failed ones are apart.
    """

    compared: int = 0
    different: int = 0
    failed: int = 0


class PathFigures(Wire):
    """How syncs of a strategy, or of several, did lately.

    Attributes:
        name: The strategy, ``old path`` or ``new path``.
        syncs: Ended ones; those that a person cancelled are left out.
        succeeded: Read back as planned; dry runs: planned.
        rows: Of the sources of all these syncs.
        accepted: Rows that the strategy itself accepted, in syncs that wrote.
        reviewed: Accepted rows that a person decided later, either way.
        overturned: Reviewed rows for which the person wanted another track or none.
        seconds: Wall time of the syncs that told theirs; ``timed_rows`` are their rows.
        use: What agents used.
    """

    name: str
    syncs: int = 0
    succeeded: int = 0
    rows: int = 0
    accepted: int = 0
    reviewed: int = 0
    overturned: int = 0
    seconds: float = 0.0
    timed_rows: int = 0
    use: AgentUse = AgentUse()

    @property
    def success(self) -> float | None:
        """Share of the syncs, 0 to 1; None without one."""
        return self.succeeded / self.syncs if self.syncs else None

    @property
    def precision(self) -> float | None:
        """Share of the accepted rows that no person overturned, 0 to 1; None without a review."""
        return 1 - self.overturned / self.accepted if self.reviewed else None

    @property
    def seconds_per_track(self) -> float | None:
        """Wall time divided by rows; None where none is known."""
        return self.seconds / self.timed_rows if self.timed_rows else None

    @property
    def cost_per_thousand(self) -> float | None:
        """US dollars for 1,000 rows, without calls whose price is not known; None without rows."""
        return 1000 * self.use.cost_usd / self.rows if self.rows else None


class RolloutStatus(Wire):
    """Answer of ``segue rollout status``.

    Attributes:
        new_path: What is rolled out; None while agents are off.
        failure_rate_percent: Of the newest syncs of the new path; None while there are too few.
        fallen_back: ``auto`` keeps to the pipeline because the new path failed too often.
        fallen_back_at: ISO 8601 in UTC.
        old, new: The pipeline, and everything else together.
        strategies: Each one that had a sync.
        shadow_syncs, shadow_rows, shadow_use: What shadow mode has looked at so far.
    """

    new_path: Strategy | None = None
    percentage: float = 0.0
    shadow_percentage: float = 0.0
    failure_bound_percent: float
    failure_rate_percent: float | None = None
    fallen_back: bool = False
    fallen_back_at: str | None = None
    fallen_back_reason: str = ""
    old: PathFigures
    new: PathFigures
    strategies: tuple[PathFigures, ...] = ()
    shadow_syncs: int = 0
    shadow_rows: ShadowResult = ShadowResult()
    shadow_use: AgentUse = AgentUse()


class RolloutDifference(Wire):
    """One row for which the new path would have put something else into the playlist.

    Attributes:
        run_id: Of the sync.
        position: 1-based position in the source.
        old, new: What the pipeline did, and what the new path would have done.
        seen_at: ISO 8601 in UTC.
    """

    run_id: str
    position: int
    song: SongMetadata
    strategy: Strategy
    old: Verdict
    new: Verdict
    seen_at: str


def together(name: str, parts: Sequence[PathFigures]) -> PathFigures:
    """Several strategies as one path."""
    use = AgentUse()
    for part in parts:
        use = use.plus(part.use)
    return PathFigures(
        name=name,
        syncs=sum(part.syncs for part in parts),
        succeeded=sum(part.succeeded for part in parts),
        rows=sum(part.rows for part in parts),
        accepted=sum(part.accepted for part in parts),
        reviewed=sum(part.reviewed for part in parts),
        overturned=sum(part.overturned for part in parts),
        seconds=sum(part.seconds for part in parts),
        timed_rows=sum(part.timed_rows for part in parts),
        use=use,
    )
