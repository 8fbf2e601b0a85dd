"""What a playlist sync's memo says of it, for those who list, join or report it."""

from temporalio.client import WorkflowExecution
from temporalio.exceptions import ApplicationError

from segue.errors.conversation import ConversationUnreadableError
from segue.errors.sync import RunNotFoundError
from segue.music.contracts.base import Wire
from segue.music.contracts.playlists import PlaylistLink
from segue.music.contracts.strategies import Strategy
from segue.music.contracts.syncs import SyncMode


class SyncMemo(Wire):
    """Written when a sync starts; lives as long as its history.

    Attributes:
        run_id: Ours, under which the database knows the sync.
        strategy: Of a sync that says nothing of it: it began before there was a choice.
        rollout_bucket: 0 to 99.99 where roll-out decided.
    """

    run_id: str
    import_id: str
    mode: SyncMode
    dry_run: bool
    playlist: PlaylistLink
    strategy: Strategy = Strategy.PIPELINE
    strategy_reason: str = ""
    rollout_bucket: float | None = None


async def sync_memo(execution: WorkflowExecution) -> SyncMemo | None:
    """The memo of a listed or described run; None: it has none, as one of a song.

    Raises:
        ConversationUnreadableError: It is encrypted, and its key is not configured.
    """
    try:
        memo = await execution.memo()
    except (KeyError, ApplicationError) as failure:  # without any key, and with others
        raise ConversationUnreadableError(
            f"What the sync {execution.id!r} says of itself is encrypted, and its key is not"
            " configured."
        ) from failure
    return SyncMemo.model_validate(memo) if memo else None


async def memo_of_sync(execution: WorkflowExecution) -> SyncMemo:
    """The memo of a sync of a playlist, which has one.

    Raises:
        ConversationUnreadableError: It is encrypted, and its key is not configured.
        RunNotFoundError: The run is no such sync.
    """
    memo = await sync_memo(execution)
    if memo is None:
        raise RunNotFoundError(f"{execution.id!r} is no sync of a playlist.")
    return memo
