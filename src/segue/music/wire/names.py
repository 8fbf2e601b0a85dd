"""Names of music's task queues, workflows and activities; frozen, because histories hold them.

Workflows with agents are started by name: whoever only starts syncs and asks after them, as
commands do, needs none of the agents' packages, which take longer to import than all the rest.
"""

MUSIC_QUEUE = "music-sync"
SEARCH_QUEUE = "music-search"  # so that what waits to search holds up nothing else

# --- workflows ------------------------------------------------------------------------------------

PLAYLIST_RESOLVE = "PlaylistResolveWorkflow"
PLAYLIST_SYNC = "PlaylistSyncWorkflow"
SHADOW_SYNC = "ShadowSyncWorkflow"
DOUBTS = "DoubtsWorkflow"
SONG_MATCH = "SongMatchWorkflow"

SONG_SYNC = "MusicSyncWorkflow"
SIMPLE_AGENT = "SimpleAgentWorkflow"
SIMPLE_SONG_SYNC = "SimpleMusicSyncWorkflow"
MULTI_AGENT_SONG_SYNC = "MultiAgentMusicSyncWorkflow"
ENHANCED_SONG_SYNC = "EnhancedMusicSyncWorkflow"
MCP_SONG_SYNC = "MCPIntegratedWorkflow"

# --- activities -----------------------------------------------------------------------------------

SPOTIFY_SEARCH = "spotify-search"
FUZZY_MATCH = "fuzzy-match"
AI_DISAMBIGUATE = "ai-disambiguate"
ADD_TO_PLAYLIST = "add-to-playlist"
VERIFY_TRACK_ADDED = "verify-track-added"

MATCH_TRACKS = "match-tracks"
RESOLVE_PLAYLIST = "resolve-playlist"
PLAN_PLAYLIST = "plan-playlist"
APPLY_PLAYLIST_EDIT = "apply-playlist-edit"

OPEN_ROWS = "open-rows"
OPEN_DOUBTS = "open-doubts"
SHADOW_ROWS = "shadow-rows"
RECORD_VERDICTS = "record-verdicts"
RECORD_SHADOW = "record-shadow"

ANNOUNCE_SYNC_END = "announce-sync-end"

AGENT_PLAN = "music-agent-plan"
AGENT_SEARCH = "agent-search"
AGENT_MATCH = "agent-match"
