"""Which messages a thread has answered, however long ago."""

from segue.runs.contracts import RunOutcome
from segue.runs.workflow.records import ReplySearch, find_reply
from segue.runs.workflow.thread_state import Reply, ThreadState

REPLIES_KEPT = 50
ANSWERED_KEPT = 2_000  # ids of messages whose replies the database alone has


class AnsweredMessages:
    """The last replies themselves, the ids of those before, and the database for the rest.

    Args:
        state: Where the thread stood before.
        most_replies: So many replies are kept, > 0.
        most_ids: Ids of so many messages before those, > 0.
    """

    def __init__(self, state: ThreadState, *, most_replies: int, most_ids: int) -> None:
        self._replies = {reply.message_id: reply for reply in state.replies}
        self._ids = dict.fromkeys(state.answered)
        self._most_replies = most_replies
        self._most_ids = most_ids
        self.forgets = state.forgets

    @property
    def replies(self) -> tuple[Reply, ...]:
        """Those that are kept, in order."""
        return tuple(self._replies.values())

    @property
    def ids(self) -> tuple[str, ...]:
        """Of messages whose replies the database alone has, in order."""
        return tuple(self._ids)

    def __contains__(self, message_id: str) -> bool:
        return message_id in self._replies or message_id in self._ids

    def reply(self, message_id: str) -> Reply | None:
        """What came of a message; None: it is not kept, or there is none."""
        return self._replies.get(message_id)

    def add(self, message_id: str, outcome: RunOutcome) -> None:
        """Keep what came of a message, and let go of the oldest."""
        self._replies[message_id] = Reply(message_id=message_id, outcome=outcome)
        for old in list(self._replies)[: -self._most_replies]:
            del self._replies[old]
            self._ids[old] = None
        for old in list(self._ids)[: -self._most_ids]:
            del self._ids[old]
            self.forgets = True

    async def find(self, message_id: str, search: ReplySearch) -> RunOutcome | None:
        """What came of a message whose reply is not kept; None: it was not answered.

        The database is asked, where it can know more; else nobody.
        """
        if not self.forgets and message_id not in self._ids:
            return None
        reply = await find_reply(search)
        self.forgets = self.forgets and not reply.is_new_thread
        return reply.outcome
