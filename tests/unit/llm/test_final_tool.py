from agents import ModelResponse, Usage
from openai.types.responses import ResponseFunctionToolCall

from segue.llm.answers import response_text
from segue.llm.final_tool import FINAL_TOOL, with_final_answer, with_final_tool
from tests.fakes.doubles.models import message, request


def call(name, arguments="{}"):
    return ResponseFunctionToolCall(
        type="function_call", call_id=f"call-{name}", name=name, arguments=arguments
    )


def response(*output):
    return ModelResponse(output=list(output), usage=Usage(), response_id=None)


def test_a_request_without_tools_or_without_a_type_stays_as_it_is():
    plain = request()

    assert with_final_tool(plain) is plain


def test_the_last_call_becomes_the_answer_and_words_beside_it_go():
    final = call(FINAL_TOOL, '{"city":"Bergen"}')
    answer = with_final_answer(response(message("Here it is."), final))

    assert [item.type for item in answer.output] == ["message"]
    assert response_text(answer) == '{"city":"Bergen"}'


def test_other_calls_go_first():
    search = call("search")

    assert with_final_answer(response(search, call(FINAL_TOOL))).output == [search]


def test_an_answer_without_it_stays_as_it_is():
    words = response(message("Bergen"))

    assert with_final_answer(words) is words
