"""Messages whose senders wait in the workflow's run for what comes of them."""

import asyncio

from segue.runs.contracts import RunOutcome
from tests.fakes.programs.openai_server.steps import echo
from tests.fakes.workflows.threads import TOOLS, Chat, chat_setup, say
from tests.fakes.worlds.agents import AgentWorld


async def test_who_holds_a_message_gets_its_outcome_however_often_the_thread_moves(
    agents: AgentWorld,
):
    await agents.openai.script("a", [echo(times=None)])
    async with agents.worker([Chat], TOOLS):
        chat = await agents.start(Chat.run, chat_setup("a", renewal_turns=2))

        async def client(name: str) -> list[str]:
            return [
                (
                    await chat.execute_update(
                        "hold_message", say(f"{name}{number}"), result_type=RunOutcome
                    )
                ).output
                for number in range(4)
            ]

        spoken = await asyncio.gather(client("a"), client("b"))
        alone = await client("c")
        runs = (await chat.describe()).raw_description.workflow_execution_info
    assert spoken == [[f"{name}{number}" for number in range(4)] for name in "ab"]
    assert alone == [f"c{number}" for number in range(4)]
    assert runs.first_run_id != runs.execution.run_id
