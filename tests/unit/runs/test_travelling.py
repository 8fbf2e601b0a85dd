"""What of a message travels."""

from segue.runs.contracts import Beginning, Log, ModelCall, New, RunOutcome, Spent
from segue.runs.travelling import lean

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
