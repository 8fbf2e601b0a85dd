"""``segue ask``: the answer to standard output, what it took beside it."""

import json


def test_the_answer_comes_as_it_is_said_and_steers_no_terminal(segue):
    result = segue("ask", "How deep is the sea?")

    assert result.exit_code == 0
    assert result.stdout == "The \N{REPLACEMENT CHARACTER}[31msea is\ndeep.\n"
    assert "gpt-9, 7 tokens in, 5 out, 1.2 s, $0.000100" in result.stderr
    assert "gpt-8 did not answer: model.unavailable" in result.stderr


def test_as_json_it_is_one_value(segue):
    result = segue("ask", "How deep is the sea?", "--model", "gpt-9", "--json")

    reply = json.loads(result.stdout)
    assert (reply["text"], reply["model"], reply["cost_usd"]) == (
        "The sea is\ndeep.",
        "gpt-9",
        "0.0001",
    )
    assert reply["passed_over"] == [{"model": "gpt-8", "code": "model.unavailable"}]
