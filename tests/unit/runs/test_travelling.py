"""What of a message travels."""

from segue.runs.contracts import Beginning, Log, ModelAnswer, ModelCall, New, RunOutcome, Spent
from segue.runs.travelling import PACKED_FROM, lean, pack, unpack

PROMPT = (Beginning(items=({"role": "user"},), operation="o"), New(items=({"role": "user"},)))


def test_only_what_differs_from_the_defaults_travels_and_all_arrives():
    outcome = RunOutcome(output="Hi.", log=Log(id="c"), turn=2, spent=Spent(model_calls=1))

    text = lean(outcome).model_dump_json(exclude_unset=True)

    assert text == '{"output":"Hi.","log":{"id":"c"},"turn":2,"spent":{"model_calls":1}}'
    assert RunOutcome.model_validate_json(text) == outcome


def test_the_parts_of_a_prompt_are_told_apart_by_their_fields():
    call = lean(ModelCall(log=Log(id="c"), operation="o", agent="A", card="", prompt=PROMPT))

    read = ModelCall.model_validate_json(call.model_dump_json(exclude_unset=True))

    assert read.prompt == PROMPT
    assert [type(part) for part in read.prompt] == [Beginning, New]


def test_a_long_message_is_packed_into_fewer_bytes_and_arrives_whole():
    words = " ".join(f"word {number}" for number in range(1_000))
    answer = lean(ModelAnswer(items=({"type": "message", "content": words},), first=7))

    data = pack(answer)

    assert isinstance(data, bytes)
    assert len(data) < len(words) / 2
    assert unpack(ModelAnswer, data) == answer
    assert unpack(ModelAnswer, data).model_fields_set == {"items", "first"}


def test_a_short_message_stays_readable_in_the_history():
    answer = ModelAnswer(items=({"content": "a" * (PACKED_FROM // 2)},), first=7)

    assert pack(answer) is answer
    assert unpack(ModelAnswer, answer) is answer


def test_answers_that_histories_hold_are_read_for_ever():
    stored = "78bb2e0692ee430e4168c024268dc251380a47e1d080c865ad792d00c33dd3f0"

    answer = unpack(ModelAnswer, bytes.fromhex(stored))

    assert answer == ModelAnswer(items=({"text": "ab" * 600},), first=7)
