"""Waiting for replies: one question at a time for each thread, however many wait."""

import asyncio
from collections.abc import Awaitable, Callable

from segue.assistant.wire.payloads import Replies
from segue.errors.temporal import TemporalUnreachableError
from segue.runs.workflow.thread_state import Reply

AskThread = Callable[[str, list[str]], Awaitable[Replies]]

LIVELY_S = 0.03
QUIET_S = 1.0
_SLOWER = 1.5


class ReplyWaits:
    """Who waits for which reply in this process; close it at the end.

    Args:
        ask: What a thread knows of some messages.
    """

    def __init__(self, ask: AskThread) -> None:
        self._ask = ask
        self._waits: dict[str, dict[str, asyncio.Future[Reply | None]]] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def reply(self, thread: str, message_id: str) -> Reply | None:
        """The reply once there is one; None: the thread does not hold it.

        Raises:
            SegueError: The thread cannot be asked, and waiting does not help.
        """
        waits = self._waits.setdefault(thread, {})
        if message_id not in waits:
            waits[message_id] = asyncio.get_running_loop().create_future()
        future = waits[message_id]
        if thread not in self._tasks:
            self._tasks[thread] = asyncio.create_task(self._watch(thread))
        return await asyncio.shield(future)

    async def aclose(self) -> None:
        """Stop asking; who still waits is cancelled."""
        for task in list(self._tasks.values()):
            task.cancel()
            await asyncio.wait({task})
        for future in [each for waits in self._waits.values() for each in waits.values()]:
            future.cancel()

    async def _watch(self, thread: str) -> None:
        waits, pause = self._waits[thread], LIVELY_S
        try:
            while waits:
                pause = LIVELY_S if await self._look(thread) else min(pause * _SLOWER, QUIET_S)
                if waits:
                    await asyncio.sleep(pause)
        except Exception as failure:  # noqa: BLE001 - told to everybody who waits
            for future in waits.values():
                future.set_exception(failure)
                future.exception()  # one that nobody waits for any more is no news
            waits.clear()
        finally:
            del self._tasks[thread]

    async def _look(self, thread: str) -> bool:
        """Ask once; whether something was learnt."""
        waits = self._waits[thread]
        message_ids = list(waits)
        try:
            answer = await self._ask(thread, message_ids)
        except TemporalUnreachableError:
            return False  # it will be back
        replies = {reply.message_id: reply for reply in answer.replies}
        ready = [each for each in message_ids if each not in answer.waiting]
        for message_id in ready:
            waits.pop(message_id).set_result(replies.get(message_id))
        return bool(ready)
