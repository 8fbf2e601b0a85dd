"""When a sync may go on: not while it is paused, and not before the catalogue allows it."""

from datetime import timedelta

from temporalio import workflow


class Gate:
    """Every step of a sync passes here first; waiting is a durable timer and holds no worker."""

    def __init__(self, *, paused: bool) -> None:
        self.paused = paused
        self.reason = ""
        self._opens_at = 0.0

    @property
    def waiting_seconds(self) -> float:
        """Seconds until the gate opens by itself; 0 when it is open."""
        return max(0.0, self._opens_at - workflow.time())

    def close_for(self, wait: timedelta, reason: str) -> None:
        """Let nobody pass for ``wait``; of several waits the longest counts."""
        opens_at = workflow.time() + wait.total_seconds()
        if opens_at > self._opens_at:
            self._opens_at = opens_at
            self.reason = reason

    async def wait_open(self) -> None:
        """Return when the sync may go on."""
        while self.paused or self.waiting_seconds:
            if self.paused:
                await workflow.wait_condition(lambda: not self.paused)
            else:
                await workflow.sleep(self.waiting_seconds)
