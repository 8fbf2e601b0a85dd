"""Tools that a model's provider runs: what it is asked for, and what is made of its answer."""

import pytest

from segue.gallery.patterns.code_interpreter import coding_agent, expression_in
from segue.gallery.patterns.file_search import SAMPLE_STORE, file_agent
from segue.gallery.patterns.hosted_mcp import reading_agent
from segue.gallery.patterns.hosted_mcp_approval import asking_agent
from segue.gallery.patterns.image_generator import LARGEST, drawing_agent, result_of
from segue.gallery.patterns.web_search import searching_agent
from segue.gallery.tools.repositories import CODEX
from segue.runs.workflow.cards import agent_card, tools_of

AGENTS = [
    coding_agent(),
    file_agent(SAMPLE_STORE),
    drawing_agent(),
    searching_agent("Oslo"),
    reading_agent(CODEX),
    asking_agent(CODEX),
]


@pytest.mark.parametrize("agent", AGENTS, ids=lambda agent: agent.name)
def test_a_provider_is_offered_the_tool_with_its_settings(agent):
    assert tools_of(agent_card(None, agent.tools, [], None)) == agent.tools


def test_a_picture_that_is_too_large_for_a_result_is_left_out_and_told_of():
    fitting, large = result_of("Here.", "A" * LARGEST), result_of("Here.", "A" * (LARGEST + 1))

    assert (fitting.final_output, fitting.image_data) == ("Here.", "A" * LARGEST)
    assert large.image_data is None
    assert large.final_output == (
        "Here.\nThe picture is left out: 262,145 characters, at most 262,144 are sent."
    )
    assert result_of("No.", None).image_data is None


@pytest.mark.parametrize(
    ("question", "expression"),
    [
        ("What is the square root of273 * 312821 plus 1782?", "sqrt(273 * 312821 + 1782)"),
        ("Take the square root of 2.", "sqrt(2)"),
        ("8 divided by (4 minus 2), please", "8 / (4 - 2)"),
        ("Is 7 a prime?", "7"),
        ("Who are you?", ""),
    ],
)
def test_the_arithmetic_of_a_question_is_found(question, expression):
    assert expression_in(question) == expression
