"""What the offline model answers for the toy's agent."""

from segue.llm.offline.replies import Reply, call
from segue.llm.offline.rules import AgentRules
from segue.llm.offline.situation import Situation
from tests.fakes.toy_feature.agents import COUNTER


def tally_rules() -> tuple[AgentRules, ...]:
    """All sets of rules."""
    rules = AgentRules(COUNTER)
    rules.when()(_count)
    rules.after("count_words")(_tell)
    return (rules,)


def _count(situation: Situation) -> Reply:
    return call("count_words", text=situation.text)


def _tell(situation: Situation) -> Reply:
    return f"It has {situation.output_of('count_words').text} words."
