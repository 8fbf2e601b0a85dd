"""A whole playlist: match every row, plan, apply, and read back that it is so."""

import asyncio
import contextlib
from collections.abc import Awaitable
from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from segue.errors.base import SegueError
    from segue.errors.catalogue import RateLimitedError
    from segue.errors.sync import PlaylistChangedError
    from segue.music.activities.matching import MatchingActivities
    from segue.music.activities.playlists import PlaylistActivities
    from segue.music.contracts.playlists import PlaylistLink
    from segue.music.contracts.strategies import Strategy
    from segue.music.contracts.syncs import SyncMode, SyncPhase, SyncProgress
    from segue.music.contracts.tracks import TrackStatus
    from segue.music.wire.matching import MatchTracksInput
    from segue.music.wire.names import PLAYLIST_RESOLVE, PLAYLIST_SYNC
    from segue.music.wire.options import (
        ANSWERED_CALL,
        EDIT_CALL,
        LONG_CALL,
        SEARCH_CALL,
        SETTLE,
    )
    from segue.music.wire.plans import ApplyEditInput, ApplyEditResult, PlanInput, PlanResult
    from segue.music.wire.search_order import priority_of
    from segue.music.wire.syncs import (
        PlaylistSyncInput,
        PlaylistSyncResult,
        ResolveInput,
        SyncState,
    )
    from segue.music.workflows.gate import Gate
    from segue.music.workflows.row_agents import Chosen, RowAgents
    from segue.music.workflows.shadow_sync import run_shadow
    from segue.music.workflows.sync_end import announce_end
    from segue.music.workflows.writing import pause_after, to_its_end, trouble_of
    from segue.runtime.faults import from_failure
    from segue.runtime.gathering import gather_whole

BATCH = 50  # rows an activity: about 3 KB of history for 50 rows, a few seconds of work
LANES = 4  # batches at once: the worker never waits for the server between two batches
SONGS = 10  # rows a batch where each is a child workflow: some 15 events and 5 KB a row
BATCHES_PER_RUN = 250  # then continue as new: a history stays under about 2,000 events

# After a round in which some rows failed: a moment for a single failure, doubled up to a minute
# while nothing succeeds at all. Fifteen such rounds are about eight minutes.
BACKOFF = timedelta(milliseconds=250)
LONGEST_BACKOFF = timedelta(minutes=1)
FRUITLESS_ROUNDS = 15  # rounds without any progress until the rows, or the sync, are given up; but
# nothing is given up while the catalogue is away: an outage is waited for
CONFIRM_WITHIN = timedelta(hours=24)  # an unanswered question is a no


@workflow.defn(name=PLAYLIST_RESOLVE)
class PlaylistResolveWorkflow:
    """Find the playlist that a name, id or link means, or make it; once, whoever asks how often."""

    @workflow.run
    async def run(self, request: ResolveInput) -> PlaylistLink | None:
        """The playlist, or None for an unknown name that must not be created."""
        return await workflow.execute_activity_method(
            PlaylistActivities.resolve_playlist,
            request,
            **ANSWERED_CALL,
        )


@workflow.defn(name=PLAYLIST_SYNC)
class PlaylistSyncWorkflow:
    """Bring a stored import into a playlist: the right recordings, in order, once.

    Rows, verdicts and plans are in the database; the history holds batch numbers and counts. The
    playlist is changed only by edits that a plan made from reading it, and after anything unclear
    it is read again, so neither a lost answer nor a dead worker adds a track twice or loses one.
    """

    @workflow.init
    def __init__(self, sync: PlaylistSyncInput) -> None:
        state = sync.state or SyncState(
            started_at=workflow.info().start_time.timestamp(), confirmed=sync.request.confirmed
        )
        self._sync = sync
        self._started_at = state.started_at
        self._phase = SyncPhase.MATCHING
        self._gate = Gate(paused=state.paused)
        self._next_row = state.next_row
        self._counts = state.counts
        self._batches = 0
        self._added = state.added
        self._planned = state.planned
        self._removals = state.removals
        self._unsearched = state.unsearched
        self._present = 0  # wanted tracks that were there before; known with the first plan
        self._outages = 0  # writes in a row that an outage of the catalogue or database refused
        self._in_doubt = state.in_doubt
        self._confirmed = state.confirmed
        self._declined = False
        self._agents = RowAgents(sync, self._gate)
        self._use = state.agents

    @workflow.run
    async def run(self, sync: PlaylistSyncInput) -> PlaylistSyncResult:
        """Match, then plan and apply until a reading shows nothing left to do.

        Raises:
            CancelledError: The sync was cancelled; the playlist holds a prefix of what was planned.
        """
        try:
            await self._match_all()
            is_verified = await self._bring_about()
        except asyncio.CancelledError:
            # Without this last reading the report could not say which tracks made it.
            with contextlib.suppress(ActivityError):
                await self._plan()
            await announce_end(sync, "cancelled", self._statuses())
            raise
        except (SegueError, ActivityError) as failure:
            error = from_failure(failure).code
            await announce_end(sync, "failed", self._statuses(), error=error)
            raise
        self._phase = SyncPhase.DONE
        result = self._result(sync, verified=is_verified)
        await announce_end(sync, "completed", result.counts, verified=is_verified)
        if sync.shadow is not None:
            await run_shadow(sync, sync.shadow)
        await workflow.wait_condition(workflow.all_handlers_finished)
        return result

    @workflow.query
    def progress(self) -> SyncProgress:
        """Where the sync stands."""
        return SyncProgress(
            phase=self._phase,
            total=self._sync.rows,
            matched=self._counts.rows,
            accepted=self._counts.accepted,
            review=self._counts.review,
            not_found=self._counts.not_found,
            failed=self._counts.failed,
            to_add=self._planned,
            added=self._added,
            to_remove=self._removals,
            paused=self._gate.paused,
            waiting_seconds=self._gate.waiting_seconds,
            waiting_reason=self._gate.reason if self._gate.waiting_seconds else "",
            playlist_id=self._sync.playlist.id,
            playlist_name=self._sync.playlist.name,
        )

    @workflow.signal
    def pause(self) -> None:
        """Finish the steps under way and start no other."""
        self._gate.paused = True

    @workflow.signal
    def resume(self) -> None:
        """Go on after a pause."""
        self._gate.paused = False

    @workflow.update
    def confirm(self, agreed: bool) -> bool:  # noqa: FBT001 - the payload of an update
        """Answer whether a mirror may remove what it showed; the first answer counts."""
        if not self._confirmed and not self._declined:
            self._confirmed, self._declined = agreed, not agreed
        return self._confirmed

    # --- matching ---------------------------------------------------------------------------------

    async def _match_all(self) -> None:
        lanes = [asyncio.create_task(self._lane()) for _ in range(LANES)]
        try:
            await gather_whole(lanes)
        finally:  # of a sync that began when a gathering did not cancel the others
            for lane in lanes:
                lane.cancel()
        if self._next_row < self._sync.rows:
            await self._continue_as_new()

    async def _lane(self) -> None:
        while rows := self._take_batch():
            await self._decide(rows)

    async def _decide(self, rows: tuple[int, ...]) -> None:
        if self._agents.per_song:
            choices = await self._agents.choose(rows)
            self._take_over(choices)
            await self._match(choices.given_back)
            return
        await self._match(rows)
        if self._agents.for_doubts:
            self._take_over(await self._agents.settle(rows))

    def _take_over(self, choices: Chosen) -> None:
        self._counts = self._counts.plus(choices.counts)
        self._use = self._use.plus(choices.use)

    def _take_batch(self) -> tuple[int, ...]:
        if self._batches >= BATCHES_PER_RUN or workflow.info().is_continue_as_new_suggested():
            return ()
        start = self._next_row
        size = SONGS if self._agents.per_song else BATCH
        self._next_row = min(start + size, self._sync.rows)
        self._batches += 1
        return tuple(range(start, self._next_row))

    async def _match(self, rows: tuple[int, ...]) -> None:
        fruitless = 0
        while rows:
            await self._gate.wait_open()
            batch = await workflow.execute_activity_method(
                MatchingActivities.match_tracks,
                MatchTracksInput(
                    run_id=self._sync.run_id,
                    import_id=self._sync.request.import_id,
                    rows=rows,
                    give_up=fruitless >= FRUITLESS_ROUNDS,
                    refresh=self._sync.request.refresh,
                ),
                priority=priority_of(min(rows)),
                **SEARCH_CALL,
            )
            self._counts = self._counts.plus(batch.counts)
            is_fruitless = batch.reason and len(batch.pending) == len(rows)
            fruitless = fruitless + 1 if is_fruitless else 0
            rows = batch.pending
            # Without a reason they had no turn: they queue again. Runs that began before there were
            # turns wait a little.
            if rows and (batch.reason or not workflow.patched("no-turn")):
                wait = timedelta(seconds=batch.retry_after_seconds) or min(
                    BACKOFF * 2**fruitless, LONGEST_BACKOFF
                )
                self._gate.close_for(wait, batch.reason)

    # --- planning and applying --------------------------------------------------------------------

    async def _bring_about(self) -> bool:
        """Whether the playlist, read back, is as planned."""
        self._phase = SyncPhase.PLANNING
        plan = await self._plan()
        if self._sync.request.dry_run or not await self._agreed():
            return False
        fruitless = 0
        while plan.edits:
            trouble = await self._apply(plan.edits)
            before, plan = plan, await self._read_back(trouble)
            has_progress = plan.absent < before.absent or plan.edits < before.edits
            if has_progress:
                fruitless = 0
            elif not self._outages:  # else the catalogue has taken no write that could show
                fruitless += 1
            if plan.edits and fruitless > FRUITLESS_ROUNDS:
                raise trouble or PlaylistChangedError(
                    f"The playlist {self._sync.playlist.name!r} still differs from the plan after "
                    f"{fruitless} tries: {plan.absent} tracks are missing."
                )
        return True

    async def _agreed(self) -> bool:
        if self._sync.request.mode is not SyncMode.MIRROR or not self._removals:
            return True
        self._phase = SyncPhase.AWAITING_CONFIRMATION
        try:
            await workflow.wait_condition(
                lambda: self._confirmed or self._declined, timeout=CONFIRM_WITHIN
            )
        except TimeoutError:
            self._declined = True
        return self._confirmed

    async def _apply(self, edits: int) -> SegueError | None:
        """Send the plan's edits in order; stop at the first that got no clear answer."""
        self._phase = SyncPhase.APPLYING
        for index in range(edits):
            await self._gate.wait_open()
            if workflow.info().is_continue_as_new_suggested():
                await self._continue_as_new()
            try:
                edit = await to_its_end(self._send(index))
            except ActivityError as failure:
                return self._trouble(failure)
            self._outages = 0
            self._added += edit.inserted
        return None

    def _send(self, index: int) -> Awaitable[ApplyEditResult]:
        return workflow.start_activity_method(
            PlaylistActivities.apply_playlist_edit,
            ApplyEditInput(
                run_id=self._sync.run_id, playlist_id=self._sync.playlist.id or "", index=index
            ),
            **EDIT_CALL,
        )

    def _trouble(self, failure: ActivityError) -> SegueError:
        """What went wrong, where reading again and going on can help; else raise it."""
        trouble = trouble_of(failure)
        if not isinstance(trouble, RateLimitedError):
            self._in_doubt = True
        self._gate.close_for(pause_after(trouble, self._outages), trouble.message)
        # Runs that began before outages of writes were waited for give up after so many rounds.
        is_waited_for = trouble.is_outage and workflow.patched("outlast-writes")
        self._outages = self._outages + 1 if is_waited_for else 0
        return trouble

    async def _read_back(self, trouble: SegueError | None) -> PlanResult:
        self._phase = SyncPhase.VERIFYING
        if trouble is None:
            plan = await self._plan()
            if not plan.edits:
                return plan
            # A reader may lag behind a writer: only what is missing later, too, is missing.
            self._gate.close_for(SETTLE, "the catalogue has not shown the last change yet")
        await self._gate.wait_open()
        return await self._plan()

    async def _plan(self) -> PlanResult:
        plan = await workflow.execute_activity_method(
            PlaylistActivities.plan_playlist,
            PlanInput(
                run_id=self._sync.run_id,
                import_id=self._sync.request.import_id,
                playlist_id=self._sync.playlist.id,
                mode=self._sync.request.mode,
                repair=self._in_doubt,
            ),
            **LONG_CALL,
        )
        self._planned, self._removals = plan.planned, plan.removals
        self._added, self._unsearched = plan.planned - plan.absent, plan.unsearched
        self._present = self._counts.accepted - plan.planned
        return plan

    # --- endings ----------------------------------------------------------------------------------

    async def _continue_as_new(self) -> None:
        await workflow.wait_condition(workflow.all_handlers_finished)
        state = SyncState(
            next_row=self._next_row,
            counts=self._counts,
            added=self._added,
            planned=self._planned,
            removals=self._removals,
            unsearched=self._unsearched,
            confirmed=self._confirmed,
            in_doubt=self._in_doubt,
            paused=self._gate.paused,
            started_at=self._started_at,
            agents=self._use,
        )
        workflow.continue_as_new(self._sync.model_copy(update={"state": state}))

    def _result(self, sync: PlaylistSyncInput, *, verified: bool) -> PlaylistSyncResult:
        return PlaylistSyncResult(
            verified=verified,
            counts=self._statuses(),
            removed=self._removals,
            searches=self._counts.searches,
            seconds=workflow.now().timestamp() - self._started_at,
            message=self._message(sync),
            confirmed=not self._declined,
            agents=self._use if sync.strategy is not Strategy.PIPELINE else None,
        )

    def _statuses(self) -> dict[TrackStatus, int]:
        """Songs by status, as the report tells them: what was not added or not reached failed."""
        is_as_planned = self._phase is SyncPhase.DONE and not self._declined
        counts = {
            TrackStatus.ADDED: self._planned if is_as_planned else max(0, self._added),
            TrackStatus.ALREADY_PRESENT: max(0, self._present),
            TrackStatus.REVIEW: self._counts.review,
            TrackStatus.NOT_FOUND: self._counts.not_found,
        }
        return counts | {TrackStatus.FAILED: self._sync.rows - sum(counts.values())}

    def _message(self, sync: PlaylistSyncInput) -> str:
        if sync.request.dry_run:
            return (
                f"Would add {self._planned} tracks to {sync.playlist.name!r}; nothing was changed."
            )
        if self._declined:
            return "Nobody agreed to the removals; nothing was changed."
        if self._unsearched and sync.request.mode is SyncMode.MIRROR:
            return (
                f"Nothing was taken out of {sync.playlist.name!r}: {self._unsearched} songs could "
                "not be searched, and what it holds may be them."
            )
        return f"{sync.playlist.name!r} holds what was planned."
