"""Follow a sync that runs in the background: show it, ask what it asks, leave it on Ctrl-C."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from segue.cli.progress import Display
from segue.cli.prompts import agrees
from segue.cli.screen import Screen
from segue.cli.tables import removal_view
from segue.errors.sync import ConfirmationNeededError
from segue.music.contracts.reports import StoredReport
from segue.music.contracts.syncs import SyncPhase, SyncProgress

if TYPE_CHECKING:  # loading it takes longer than most commands
    from segue.music.service.music import MusicService
    from segue.wiring.app import App

LOOK_EVERY = timedelta(seconds=0.25)  # smooth for an eye, four cheap queries a second for Temporal


def _nothing(_: SyncProgress | None) -> None:
    return None


async def follow(
    app: "App[MusicService]",
    workflow_id: str,
    screen: Screen,
    display: Display,
    *,
    on_progress: Callable[[SyncProgress | None], None] = _nothing,
    every: timedelta = LOOK_EVERY,
) -> StoredReport:
    """Show a sync until it ends; its report.

    Cancelling this (Ctrl-C) leaves the sync running in the background and says how to come back.

    Args:
        app: Where the sync runs.
        workflow_id: The sync.
        screen: For the question that a mirror asks.
        display: For progress; open.
        on_progress: Called with each progress after it was shown.
        every: Time between two looks.

    Raises:
        ConfirmationNeededError: The sync wants to remove tracks and nobody agreed.
        asyncio.CancelledError: Ctrl-C.
        SegueError: The sync failed; the narrowest class of the failure.
    """
    ending = asyncio.create_task(app.service.stored_report(workflow_id))
    has_consent = True
    try:
        while not ending.done():
            progress = await app.service.progress(workflow_id)
            display.show(progress)
            on_progress(progress)
            if has_consent and progress and progress.phase is SyncPhase.AWAITING_CONFIRMATION:
                has_consent = await _confirm(app.service, workflow_id, screen, display)
            await asyncio.wait({ending}, timeout=every.total_seconds())
        report = await ending
    except asyncio.CancelledError:
        app.detach()
        display.say(f"detached; the sync goes on. Attach again: segue runs attach {workflow_id}")
        raise
    finally:
        ending.cancel()
    if not has_consent:
        raise ConfirmationNeededError(
            "The sync would have removed tracks and nobody agreed to that."
        )
    return report


async def _confirm(
    music: "MusicService", workflow_id: str, screen: Screen, display: Display
) -> bool:
    """Whether a person agrees to what would go; the sync is told, and without a person it is no."""
    removals = await music.removals(workflow_id)
    has_consent = False
    with display.aside():
        if screen.can_ask:
            screen.err.print(removal_view(removals))
            has_consent = await agrees(screen, f"Remove {len(removals)} from the playlist?")
    await music.confirm(workflow_id, agreed=has_consent)
    return has_consent
