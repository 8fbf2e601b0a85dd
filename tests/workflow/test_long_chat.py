"""A chat of 300 turns: it goes on in new runs of its workflow, and remembers its first turn."""

from segue.runs.outcomes import OK
from segue.sessions.store import ConversationStore
from segue.sessions.turns import Item, TurnRecord
from tests.fakes.worlds.agents import AgentWorld
from tests.fakes.worlds.chats import ANN, chat_service, chat_world, new_thread, told

TURNS = 300
LETTERS = "z" * 90_000
FILLING = 8  # messages of so many letters fill the history of a run


def item(role: str, text: str) -> Item:
    kind = "output_text" if role == "assistant" else "input_text"
    return {"type": "message", "role": role, "content": [{"type": kind, "text": text}]}


async def talk(store: ConversationStore, thread: str, turns: int) -> None:
    """Store what a chat of so many turns leaves behind."""
    for number in range(1, turns + 1):
        said = [item("user", f"This is turn {number}."), item("assistant", f"Turn {number}.")]
        place = await store.append(thread, f"said {number}", said)
        turn = TurnRecord(spans=((place.first, place.last),), status=OK, text_seq=place.last)
        await store.close_turn(thread, f"end {number}", turn)


async def runs(world: AgentWorld, thread: str) -> set[str]:
    info = (await world.client.get_workflow_handle(thread).describe()).raw_description
    return {
        info.workflow_execution_info.first_run_id,
        info.workflow_execution_info.execution.run_id,
    }


async def test_a_chat_of_300_turns_goes_on_as_a_new_run_and_remembers_the_first(
    temporal_server, scripted_openai, sqlite_database
):
    async with (
        chat_world(temporal_server, scripted_openai, sqlite_database) as world,
        chat_service(world, most_characters=100_000) as chats,
    ):
        thread = (await chats.open(ANN, new_thread())).id
        await talk(world.ports.conversations, thread, TURNS - FILLING - 2)
        for _ in range(FILLING):
            await told(chats, thread, LETTERS)
        before = await runs(world, thread)
        result = await told(chats, thread, "Calculate 15 * 23")
        after = await runs(world, thread)
        first = await told(chats, thread, "What did I say first?")

    assert (len(before), len(after)) == (1, 2)
    assert (result.text, result.turn) == ("The result is 345.", TURNS - 1)
    assert (first.text, first.turn) == ("You said first: This is turn 1.", TURNS)
