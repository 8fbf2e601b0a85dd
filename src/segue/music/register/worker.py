"""What a worker must know to serve the music feature."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from segue.music.activities.agent_plan import AgentPlanActivities
from segue.music.activities.agent_tools import AgentToolActivities
from segue.music.activities.choosing import ChoosingActivities
from segue.music.activities.ending import EndingActivities
from segue.music.activities.matching import MatchingActivities
from segue.music.activities.playlist_writer import PlaylistWriter
from segue.music.activities.playlists import PlaylistActivities
from segue.music.activities.searching import PacedSearches
from segue.music.activities.tracks import TrackActivities
from segue.music.catalogues.port import Catalogue
from segue.music.store.music_store import MusicStore
from segue.music.wire.agents import AgentPlan
from segue.music.wire.names import MUSIC_QUEUE, SEARCH_QUEUE
from segue.music.wire.options import SETTLE
from segue.music.workflows.music_sync import MusicSyncWorkflow
from segue.music.workflows.playlist_sync import PlaylistResolveWorkflow, PlaylistSyncWorkflow
from segue.music.workflows.shadow_sync import ShadowSyncWorkflow
from segue.music.workflows.with_agents import AGENT_WORKFLOWS
from segue.runs.events import Announce, announce_nothing
from segue.runtime.worker import WorkerParts

MUSIC_WORKFLOWS: tuple[type, ...] = (
    MusicSyncWorkflow,
    PlaylistSyncWorkflow,
    PlaylistResolveWorkflow,
    ShadowSyncWorkflow,
    *AGENT_WORKFLOWS,
)
AGENTS_OFF = AgentPlan()

# Calls that a worker takes for each search that it may have in flight. So many wait for their turn
# in the process: enough for a fair order, and few enough that none waits out its time.
CALLS_A_SEARCH = 25


def music_parts(
    catalogue: Catalogue,
    store: MusicStore,
    *,
    search_concurrency: int,
    settle: timedelta = SETTLE,
    agent_plan: AgentPlan = AGENTS_OFF,
    announce: Announce = announce_nothing,
) -> tuple[WorkerParts, ...]:
    """The music feature's share of a worker: its queue, and that of searches.

    Args:
        catalogue: Shared by all activities of the worker.
        store: Shared by all activities of the worker.
        search_concurrency: Searches in flight at once in this worker, > 0.
        settle: How long a write may stay invisible to readers.
        agent_plan: Whether and how agents are used. Where it is enabled, the worker's client needs
            the plugins of agents, and some worker serves their models.
        announce: Whom to tell that a sync ended.
    """
    searches = PacedSearches(catalogue, search_concurrency)
    writer = PlaylistWriter(catalogue, store.writes, store.locks, settle)
    tracks = TrackActivities(catalogue, searches, store, writer)
    matching = MatchingActivities(searches, store)
    tools = AgentToolActivities(searches)
    choosing = ChoosingActivities(store)
    playlists = PlaylistActivities(catalogue, store, writer, settle)
    searching: list[Callable[..., Any]] = [
        matching.match_tracks,
        tracks.spotify_search,
        tools.agent_search,
    ]
    others: list[Callable[..., Any]] = [
        tracks.fuzzy_match,
        tracks.ai_disambiguate,
        tracks.add_to_playlist,
        tracks.verify_track_added,
        playlists.resolve_playlist,
        playlists.plan_playlist,
        playlists.apply_playlist_edit,
        choosing.open_rows,
        choosing.open_doubts,
        choosing.shadow_rows,
        choosing.record_verdicts,
        choosing.record_shadow,
        tools.agent_match,
        AgentPlanActivities(agent_plan).agent_plan,
        EndingActivities(store.outcomes, announce).announce_sync_end,
    ]
    return (
        WorkerParts(
            task_queue=MUSIC_QUEUE,
            workflows=MUSIC_WORKFLOWS,
            # Runs that began before searches had a queue ask for them here until they end.
            activities=[*others, *searching],
        ),
        WorkerParts(
            task_queue=SEARCH_QUEUE,
            activities=searching,
            max_concurrent_activities=search_concurrency * CALLS_A_SEARCH,
        ),
    )
