"""Which answers end their run, and what is written down then."""

import pytest

from segue.runs.contracts import Ending, Item, Kept, Log, ModelAnswer, ModelCall, Spent
from segue.runs.limits import KEPT_CHARACTERS
from segue.runs.worker.endings import closing_by, is_last_word

LOG = Log(id="talk", kind="thread")
ENDING = Ending(
    operation="flow/1/end", models=("m1",), spent=Spent(model_calls=1, attempts=2), seconds=1.5
)
CALL = ModelCall(log=LOG, operation="flow/1/2", agent="Clerk", card="", prompt=(), ending=ENDING)


def message(*texts: str) -> Item:
    parts = [{"type": "output_text", "text": text} for text in texts]
    return {"type": "message", "role": "assistant", "content": parts}


REFUSAL: Item = {
    "type": "message",
    "role": "assistant",
    "content": [{"type": "refusal", "refusal": "No."}],
}
REASONING: Item = {"type": "reasoning", "id": "r", "summary": []}
TOOL_CALL: Item = {"type": "function_call", "call_id": "c", "name": "pay", "arguments": "{}"}


@pytest.mark.parametrize(
    "said",
    [[message("Done.")], [REASONING, message("Do", "ne.")], [message(""), message("Done.")]],
    ids=["text", "reasoned", "text at last"],
)
def test_text_with_nothing_to_do_is_the_last_word(said):
    assert is_last_word(CALL, said)


@pytest.mark.parametrize(
    "said",
    [
        [],
        [REASONING],
        [message("")],
        [message(" \n")],
        [message("Done."), message("")],
        [message(" " * KEPT_CHARACTERS + "Done.")],
        [REFUSAL],
        [message("I pay."), TOOL_CALL],
        [message("I search."), {"type": "web_search_call", "id": "w", "status": "completed"}],
        [{"type": "mcp_approval_request", "id": "a"}, message("May I?")],
    ],
    ids=repr,
)
def test_whatever_else_is_said_the_workflow_decides(said):
    assert not is_last_word(CALL, said)


def test_a_call_that_may_not_end_its_run_does_not():
    assert not is_last_word(CALL.model_copy(update={"ending": None}), [message("Done.")])


def test_the_end_holds_the_turn_in_order_and_all_that_was_spent():
    answer = ModelAnswer(
        items=(), first=9, model="m2", spent=Spent(model_calls=1, attempts=1), offline=True
    )

    closing = closing_by(CALL, answer, [REASONING, message("Done.")], [(3, 4), (7, 7)], 0.5)

    assert closing.transcript == (Kept(span=(3, 4)), Kept(span=(7, 7)), Kept(span=(9, 10)))
    assert closing.text_at == 4
    assert (closing.models, closing.offline, closing.seconds) == (("m1", "m2"), True, 2.0)
    assert closing.spent == Spent(model_calls=2, attempts=3)
    assert (closing.operation, closing.agent, closing.started_with) == (
        "flow/1/end",
        "Clerk",
        "Clerk",
    )
