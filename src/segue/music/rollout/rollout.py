"""Old and new path side by side: which a sync takes, how they do, and when the new one is left."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from temporalio.client import (
    Client,
    WorkflowExecutionStatus,
    WorkflowFailureError,
)
from temporalio.exceptions import CancelledError
from temporalio.service import RPCError, RPCStatusCode

from segue.errors.conversation import ConversationUnreadableError
from segue.music.contracts.agent_use import AgentUse
from segue.music.contracts.rollout import (
    PathFigures,
    RolloutDifference,
    RolloutStatus,
    together,
)
from segue.music.contracts.strategies import FlagSet, Strategy, StrategyChoice, choose, shadowed_by
from segue.music.store.music_store import MusicStore
from segue.music.store.outcomes import Outcome, StoredOutcome
from segue.music.store.reviewed import Reviewed, review_counts
from segue.music.wire.memo import sync_memo
from segue.music.wire.syncs import PlaylistSyncResult
from segue.music.workflows.playlist_sync import PlaylistSyncWorkflow

WINDOW = 20  # newest syncs of the new path that the failure bound looks at
ENOUGH = 5  # fewer say too little to leave a path for
LOOKED_AT = 100  # newest syncs of a strategy that the status tells of
SETTLED_AT_ONCE = 50  # unsettled syncs that are looked up in one go
SETTLES_WITHIN = timedelta(seconds=5)

_FAILED = frozenset({"failed", "incomplete"})
_COUNTED = frozenset({"verified", "planned", *_FAILED})  # a person's cancellation is no failure
_NEW = tuple(
    strategy for strategy in Strategy if strategy not in {Strategy.PIPELINE, Strategy.AUTO}
)


class Rollout:
    """The roll-out of one catalogue.

    Args:
        client: Of the namespace where syncs run.
        store: Of the catalogue.
        flags: From the settings of whoever asks.
    """

    def __init__(self, client: Client, store: MusicStore, flags: FlagSet) -> None:
        self._client = client
        self._store = store
        self._flags = flags

    @property
    def flags(self) -> FlagSet:
        """What the settings say."""
        return self._flags

    async def choose(self, strategy: Strategy, identity: str) -> StrategyChoice:
        """The strategy of a sync that is about to start.

        Args:
            strategy: What the request says.
            identity: Of the sync, from ``sync_identity``.
        """
        fallen_back = False
        if strategy is Strategy.AUTO and self._flags.new_path is not None:
            fallen_back = await self._check()
        return choose(strategy, self._flags, identity, fallen_back=fallen_back)

    async def shadow(self, choice: StrategyChoice, identity: str) -> Strategy | None:
        """Who runs beside it without writing; None for most syncs."""
        shadow = shadowed_by(choice, self._flags, identity)
        return None if shadow and await self._fallen_back() else shadow

    async def status(self) -> RolloutStatus:
        """How both paths did lately, and where the roll-out stands."""
        fallen_back = await self._check()
        state = await self._store.outcomes.state()
        totals = await self._store.shadows.totals()
        strategies = [await self._figures(strategy) for strategy in (Strategy.PIPELINE, *_NEW)]
        return RolloutStatus(
            new_path=self._flags.new_path,
            percentage=self._flags.rollout_percentage,
            shadow_percentage=self._flags.shadow_percentage,
            failure_bound_percent=self._flags.failure_bound_percent,
            failure_rate_percent=await self._failure_rate(),
            fallen_back=fallen_back,
            fallen_back_at=_iso(state.fallen_back_at),
            fallen_back_reason=state.reason,
            old=strategies[0].model_copy(update={"name": "old path"}),
            new=together("new path", strategies[1:]),
            strategies=tuple(figures for figures in strategies if figures.syncs),
            shadow_syncs=totals.syncs,
            shadow_rows=totals.rows,
            shadow_use=totals.use,
        )

    async def differences(self, *, limit: int = 50) -> list[RolloutDifference]:
        """Where shadow mode found the new path to differ, the newest sync first."""
        rows = await self._store.shadows.differences(limit=limit)
        differences: list[RolloutDifference] = []
        for one in rows:
            songs = await self._store.imports.rows(one.import_id, [one.row])
            differences.append(
                RolloutDifference(
                    run_id=one.run_id,
                    position=one.row + 1,
                    song=songs[one.row],
                    strategy=one.strategy,
                    old=one.ours,
                    new=one.theirs,
                    seen_at=_iso(one.seen_at) or "",
                )
            )
        return differences

    async def reset(self) -> bool:
        """Let `auto` use the new path again, with a clean record; whether it had fallen back."""
        return await self._store.outcomes.reset()

    async def settle(self, *, limit: int = SETTLED_AT_ONCE) -> None:
        """Write down how syncs have ended that nobody has asked about, at most so many."""
        for run in await self._store.outcomes.without_end(limit=limit):
            await self._settle(run)

    # --- the end of a sync ------------------------------------------------------------------------

    async def _settle(self, run: StoredOutcome) -> None:
        record_end = self._store.outcomes.record_end
        try:
            if await self._is_open(run):
                return
            result = await self._client.get_workflow_handle_for(
                PlaylistSyncWorkflow.run, run.workflow_id, run_id=run.temporal_run_id
            ).result(rpc_timeout=SETTLES_WITHIN)
        except WorkflowFailureError as failure:
            is_cancelled = isinstance(failure.cause, CancelledError)
            await record_end(run.run_id, "cancelled" if is_cancelled else "failed")
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                await record_end(run.run_id, "lost")
        else:
            outcome = _outcome(run, result)
            await record_end(run.run_id, outcome, seconds=result.seconds, agents=result.agents)

    async def _is_open(self, run: StoredOutcome) -> bool:
        """Whether it still runs; a later sync of the playlist has the same id and another memo."""
        execution = await self._client.get_workflow_handle(run.workflow_id).describe(
            rpc_timeout=SETTLES_WITHIN
        )
        if execution.status is not WorkflowExecutionStatus.RUNNING:
            return False
        try:
            memo = await sync_memo(execution)
        except ConversationUnreadableError:
            return True  # nobody can tell; the next look may
        return memo is not None and memo.run_id == run.run_id

    # --- how the new path does --------------------------------------------------------------------

    async def _check(self) -> bool:
        """Whether `auto` must keep to the pipeline, by now."""
        await self.settle()
        if await self._fallen_back():
            return True
        rate, limit = await self._failure_rate(), self._flags.failure_bound_percent
        if rate is None or rate <= limit:
            return False
        new = self._flags.new_path
        await self._store.outcomes.fall_back(
            f"{rate:.0f} % of the last syncs by `{new}` failed; the bound is {limit:g} %"
        )
        return True

    async def _fallen_back(self) -> bool:
        return (await self._store.outcomes.state()).fallen_back_at is not None

    async def _failure_rate(self) -> float | None:
        """In percent, over the newest syncs of the new path; None while there are too few.

        A sync whose agents were given up for half of its songs counts as half a failure.
        """
        new = self._flags.new_path
        if new is None:
            return None
        state = await self._store.outcomes.state()
        runs = await self._store.outcomes.latest(new, limit=WINDOW, after=state.counted_from)
        shares = [failure_share(run) for run in runs if run.outcome in _COUNTED]
        # To the hundredth: exactly at the bound is not beyond it, whatever floats add up to.
        return round(100 * sum(shares) / len(shares), 2) if len(shares) >= ENOUGH else None

    async def _figures(self, strategy: Strategy) -> PathFigures:
        runs = await self._store.outcomes.latest(strategy, limit=LOOKED_AT)
        conclusive = [run for run in runs if run.outcome in _COUNTED]
        reviews = await review_counts(self._store, [run for run in conclusive if not run.dry_run])
        return _figures(strategy, conclusive, reviews)


def failure_share(run: StoredOutcome) -> float:
    """How much of a sync has failed on the new path, 0 to 1."""
    if run.outcome in _FAILED:
        return 1.0
    use = run.agents or AgentUse()
    return use.given_back / use.asked if use.asked else 0.0


def _figures(strategy: Strategy, runs: Sequence[StoredOutcome], reviews: Reviewed) -> PathFigures:
    use = AgentUse()
    for run in runs:
        use = use.plus(run.agents or AgentUse())
    return PathFigures(
        name=strategy,
        syncs=len(runs),
        succeeded=sum(run.outcome not in _FAILED for run in runs),
        rows=sum(run.rows for run in runs),
        accepted=reviews.accepted,
        reviewed=reviews.seen,
        overturned=reviews.overturned,
        seconds=sum(run.seconds or 0.0 for run in runs),
        timed_rows=sum(run.rows for run in runs if run.seconds is not None),
        use=use,
    )


def _outcome(run: StoredOutcome, result: PlaylistSyncResult) -> Outcome:
    if run.dry_run or not result.confirmed:
        return "planned"
    return "verified" if result.verified else "incomplete"


def _iso(epoch: float | None) -> str | None:
    return datetime.fromtimestamp(epoch, UTC).isoformat(timespec="seconds") if epoch else None
