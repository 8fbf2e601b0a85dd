"""What the guard before the MCP server says for itself."""

import pytest

from segue.errors.run import MCPServerError
from segue.music.contracts.songs import SongMetadata
from segue.music.wire.agents import AgentPlan
from segue.music.workflows.song_case import SongCase
from segue.music.workflows.spotify_guard import GuardedSpotify


@pytest.fixture
def guard():
    return GuardedSpotify(SongCase(SongMetadata(title="x"), AgentPlan()))


async def test_it_has_the_servers_name_and_holds_no_connection(guard):
    await guard.connect()
    await guard.cleanup()

    assert guard.name == "spotify"


async def test_no_prompt_of_the_server_is_used(guard):
    assert (await guard.list_prompts()).prompts == []
    with pytest.raises(MCPServerError, match="greet"):
        await guard.get_prompt("greet")
