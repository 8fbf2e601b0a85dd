"""What a worker must know to serve the music feature."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from segue.music.activities.matching import MatchingActivities
from segue.music.activities.playlists import PlaylistActivities
from segue.music.activities.tracks import TrackActivities
from segue.music.catalogues.port import Catalogue
from segue.music.store.music_store import MusicStore
from segue.music.workflows.music_sync import MusicSyncWorkflow
from segue.music.workflows.playlist_sync import PlaylistResolveWorkflow, PlaylistSyncWorkflow
from segue.music.workflows.policies import MUSIC_QUEUE, SETTLE
from segue.runtime.worker import WorkerParts

MUSIC_WORKFLOWS: tuple[type, ...] = (
    MusicSyncWorkflow,
    PlaylistSyncWorkflow,
    PlaylistResolveWorkflow,
)


def music_parts(
    catalogue: Catalogue,
    store: MusicStore,
    *,
    search_concurrency: int,
    settle: timedelta = SETTLE,
) -> WorkerParts:
    """The music feature's share of a worker.

    Args:
        catalogue: Shared by all activities of the worker.
        store: Likewise.
        search_concurrency: Searches in flight at once in this worker, > 0.
        settle: How long a write may stay invisible to readers.
    """
    tracks = TrackActivities(catalogue, store, settle)
    matching = MatchingActivities(catalogue, store, search_concurrency)
    playlists = PlaylistActivities(catalogue, store, settle)
    activities: list[Callable[..., Any]] = [
        tracks.spotify_search,
        tracks.fuzzy_match,
        tracks.ai_disambiguate,
        tracks.add_to_playlist,
        tracks.verify_track_added,
        matching.match_tracks,
        playlists.resolve_playlist,
        playlists.plan_playlist,
        playlists.apply_playlist_edit,
    ]
    return WorkerParts(task_queue=MUSIC_QUEUE, workflows=MUSIC_WORKFLOWS, activities=activities)
