"""Names of the workflows that sync; frozen."""

PLAYLIST_SYNC = "PlaylistSyncWorkflow"
SONG_SYNC = "MusicSyncWorkflow"
SIMPLE_SONG_SYNC = "SimpleMusicSyncWorkflow"
MULTI_AGENT_SONG_SYNC = "MultiAgentMusicSyncWorkflow"
ENHANCED_SONG_SYNC = "EnhancedMusicSyncWorkflow"
MCP_SONG_SYNC = "MCPIntegratedWorkflow"
