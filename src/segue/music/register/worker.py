"""What a worker must know to serve the music feature."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from segue.music.activities.agent_tools import agent_activities
from segue.music.activities.choosing import ChoosingActivities
from segue.music.activities.matching import MatchingActivities
from segue.music.activities.playlists import PlaylistActivities
from segue.music.activities.tracks import TrackActivities
from segue.music.catalogues.port import Catalogue
from segue.music.store.music_store import MusicStore
from segue.music.wire.agents import AgentPlan
from segue.music.wire.names import MUSIC_QUEUE
from segue.music.wire.options import SETTLE
from segue.music.workflows.music_sync import MusicSyncWorkflow
from segue.music.workflows.playlist_sync import PlaylistResolveWorkflow, PlaylistSyncWorkflow
from segue.music.workflows.shadow_sync import ShadowSyncWorkflow
from segue.music.workflows.with_agents import AGENT_WORKFLOWS
from segue.runtime.worker import WorkerParts

MUSIC_WORKFLOWS: tuple[type, ...] = (
    MusicSyncWorkflow,
    PlaylistSyncWorkflow,
    PlaylistResolveWorkflow,
    ShadowSyncWorkflow,
    *AGENT_WORKFLOWS,
)
AGENTS_OFF = AgentPlan()


def music_parts(
    catalogue: Catalogue,
    store: MusicStore,
    *,
    search_concurrency: int,
    settle: timedelta = SETTLE,
    agent_plan: AgentPlan = AGENTS_OFF,
) -> WorkerParts:
    """The music feature's share of a worker.

    Args:
        catalogue: Shared by all activities of the worker.
        store: Shared by all activities of the worker.
        search_concurrency: Searches in flight at once in this worker, > 0.
        settle: How long a write may stay invisible to readers.
        agent_plan: Whether and how agents are used. Where it is enabled, the worker's client needs
            the plugins of agents, and some worker serves their models.
    """
    tracks = TrackActivities(catalogue, store, settle)
    matching = MatchingActivities(catalogue, store, search_concurrency)
    choosing = ChoosingActivities(store)
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
        choosing.open_rows,
        choosing.open_doubts,
        choosing.shadow_rows,
        choosing.record_verdicts,
        choosing.record_shadow,
        *agent_activities(catalogue, agent_plan),
    ]
    return WorkerParts(task_queue=MUSIC_QUEUE, workflows=MUSIC_WORKFLOWS, activities=activities)
