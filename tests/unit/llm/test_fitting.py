import pytest
from agents import AgentOutputSchema, ModelResponse, Usage
from openai.types.responses import (
    ResponseFunctionToolCall,
    ResponseOutputMessage,
    ResponseOutputRefusal,
)
from pydantic import BaseModel, ValidationError

from segue.llm.fitting import is_fit, is_typed
from tests.fakes.doubles.models import message


class Part(BaseModel):
    name: str


class Whole(BaseModel):
    index: int | None
    sure: bool
    share: float
    parts: list[Part]


GOOD = '{"index": null, "sure": true, "share": 1, "parts": [{"name": "a"}]}'
SCHEMA = AgentOutputSchema(Whole)


def answer(*output):
    return ModelResponse(output=list(output), usage=Usage(), response_id=None)


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        GOOD.replace("null", "3"),
        "no JSON",
        "[]",
        "null",
        "{}",
        GOOD.replace("null", '"three"'),
        GOOD.replace("null", "[]"),
        GOOD.replace("true", "[]"),
        GOOD.replace('"a"', "3"),
        GOOD.replace('{"name": "a"}', '"a"'),
        GOOD[:-1],
    ],
)
def test_an_answer_fits_where_its_type_takes_it(text):
    try:
        Whole.model_validate_json(text)
    except ValidationError:
        expected = False
    else:
        expected = True

    assert is_fit(answer(message(text)), SCHEMA) is expected


def test_a_truth_is_no_number():
    assert not is_fit(answer(message(GOOD.replace('"share": 1', '"share": true'))), SCHEMA)


def test_words_and_calls_of_tools_are_no_typed_answers():
    call = ResponseFunctionToolCall(type="function_call", call_id="c", name="t", arguments="{}")

    assert is_fit(answer(message("Hello.")), None)
    assert is_fit(answer(message("Hello.")), AgentOutputSchema(str))
    assert is_fit(answer(call), SCHEMA)


def test_a_call_a_refusal_or_an_answer_without_a_type_says_nothing_of_schemas():
    call = ResponseFunctionToolCall(type="function_call", call_id="1", name="add", arguments="{}")
    refusal = ResponseOutputMessage(
        id="m1",
        type="message",
        role="assistant",
        status="completed",
        content=[ResponseOutputRefusal(type="refusal", refusal="No.")],
    )

    assert is_typed(answer(message("no JSON")), SCHEMA)
    for response in (answer(call), answer(refusal), answer()):
        assert not is_typed(response, SCHEMA)
    assert not is_typed(answer(message("Hello.")), None)
