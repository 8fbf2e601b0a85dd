"""A chat with the assistant whose worker gets SIGKILL in the middle of a turn."""

from pathlib import Path

import pytest

from segue.assistant.wire.names import SEND_MESSAGE
from tests.fakes.programs.agent_worker import ANSWER_STORED, EFFECT_RECORDED, agent_workers
from tests.fakes.worlds.agents import AgentWorld
from tests.fakes.worlds.chats import begin

pytestmark = pytest.mark.timeout(120)


@pytest.mark.parametrize("moment", [ANSWER_STORED, EFFECT_RECORDED])
async def test_a_killed_worker_costs_no_message_no_memory_and_no_second_tool_call(
    agents: AgentWorld, tmp_path: Path, moment: str
):
    folder = tmp_path / "workers"
    folder.mkdir()
    async with agent_workers(agents, folder, restarted=True) as workers:
        workers.trap(moment)
        await workers.start("worker")
        chat = await begin(agents)
        reply = await chat.execute_update(SEND_MESSAGE, "Calculate 15 * 23", result_type=str)
        memory = await chat.execute_update(SEND_MESSAGE, "What did I say first?", result_type=str)
        is_sprung = workers.sprung(moment)
    spent = await agents.ports.accounts.spent_by(conversation=chat.id)

    assert is_sprung
    assert reply.startswith("The result is 345.")
    assert memory.startswith("You said first: Calculate 15 * 23")
    assert spent.tool_calls == 1
    assert len(await agents.ports.conversations.turns(chat.id)) == 2
