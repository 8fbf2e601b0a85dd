"""The tools of the toy's agent; read in workflows."""

from agents import Tool

from segue.runs.workflow.tools import Adapter, ToolArguments, activity_tool
from tests.fakes.toy_feature.activities import TallyActivities
from tests.fakes.toy_feature.wire import TallyRequest


class CountWords(ToolArguments):
    """What the model says to ``count_words``."""

    text: str


def tally_tools() -> list[Tool]:
    """All of them."""
    adapter = Adapter[CountWords, TallyRequest, int](
        arguments=CountWords, request=lambda said: TallyRequest(text=said.text), answer=str
    )
    return [
        activity_tool(TallyActivities.count_words, description="Count the words.", adapter=adapter)
    ]
