"""What a playlist sync's memo says of it, for those who list, join or report it."""

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
