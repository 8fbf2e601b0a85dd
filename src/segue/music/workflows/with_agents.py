"""Every workflow of the music feature in which agents may run, for the worker to know."""

from segue.music.workflows.doubts import DoubtsWorkflow
from segue.music.workflows.mcp_integrated import MCPIntegratedWorkflow
from segue.music.workflows.multi_agent import EnhancedMusicSyncWorkflow, MultiAgentMusicSyncWorkflow
from segue.music.workflows.simple_agent import SimpleAgentWorkflow
from segue.music.workflows.simple_music_sync import SimpleMusicSyncWorkflow
from segue.music.workflows.song_match import SongMatchWorkflow

AGENT_WORKFLOWS: tuple[type, ...] = (
    SongMatchWorkflow,
    DoubtsWorkflow,
    SimpleAgentWorkflow,
    SimpleMusicSyncWorkflow,
    MultiAgentMusicSyncWorkflow,
    EnhancedMusicSyncWorkflow,
    MCPIntegratedWorkflow,
)
