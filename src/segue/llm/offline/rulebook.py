"""The rules of all agents, and the models that answer by them."""

from collections.abc import Generator
from contextlib import contextmanager

from segue.errors.model import ModelRequestError
from segue.llm.offline.answers import OutputItem, output_items
from segue.llm.offline.model import OfflineModel
from segue.llm.offline.rules import AgentRules
from segue.llm.offline.situation import Situation

_HINT = "Set LLM_MODEL, and its provider's key, to have a real model answer."
_DEFECT_HINT = "It is a defect of the rule: asking again ends the same way. The cause says where."


class RuleBook:
    """Every feature's rules, one book for a worker process."""

    def __init__(self, *rules: AgentRules) -> None:
        """Bind the rules.

        Raises:
            ValueError: Two sets of rules are for the same agent and nothing tells them apart.
        """
        self._rules = rules
        always = [each.agent for each in rules if each.only is None]
        if twice := {agent for agent in always if always.count(agent) > 1}:
            raise ValueError(f"expected one set of rules each, got several for {sorted(twice)}")

    def model_for(self, agent: str = "") -> OfflineModel:
        """The offline model as that agent's model.

        Args:
            agent: The agent's name, which no call of a model carries. Empty: not known; such a
                model has no rules and says so.
        """
        return OfflineModel(agent, self.answer)

    def stands_in_for(self, agent: str) -> bool:
        """Whether the agent's rules answer where the model that it names cannot."""
        return any(each.stands_in for each in self._rules if each.agent == agent)

    def answer(self, situation: Situation) -> list[OutputItem]:
        """The answer of the agent's rules; without a rule, a text that says there is none.

        Raises:
            ModelRequestError: No rule and structured output is asked for, since data would have to
                be made up; or a defect of a rule. Asking again would end the same way.
        """
        where = f"the offline rules of the agent {situation.agent!r}"
        with _blaming(where):
            rules = self._rules_for(situation)
            rule = rules.rule_for(situation) if rules else None
        if rule is None:
            return _no_rule(situation, known=rules is not None)
        with _blaming(f"{where}, rule {rule.name}"):
            return output_items(rule.answer(situation), situation)

    def _rules_for(self, situation: Situation) -> AgentRules | None:
        candidates = [each for each in self._rules if each.agent == situation.agent]
        narrow = [each for each in candidates if each.only is not None and each.only(situation)]
        if len(narrow) > 1:
            raise ModelRequestError(f"expected `only` of one set to hold, got {len(narrow)}")
        return next(iter(narrow or [each for each in candidates if each.only is None]), None)


@contextmanager
def _blaming(where: str) -> Generator[None]:
    """Name the rule in the error of whatever fails inside.

    Raises:
        ModelRequestError: Whatever went wrong. Of a model's errors it is the one that is not tried
            again: a rule is a pure function, and would fail the same way every time.
    """
    try:
        yield
    except ModelRequestError as error:
        raise ModelRequestError(f"{where}: {error.message}", hint=_DEFECT_HINT) from error
    except Exception as error:
        # The kind of the error, not its text, which may hold the user's words: the cause has it.
        raise ModelRequestError(
            f"{where}: expected an answer, got {type(error).__name__}", hint=_DEFECT_HINT
        ) from error


def _no_rule(situation: Situation, *, known: bool) -> list[OutputItem]:
    lack = _lacking(situation, known=known)
    explanation = f"This is the offline model: it answers by rules, and {lack}."
    if situation.output is not None:
        raise ModelRequestError(
            f"{explanation} Data of type {situation.output.name} is asked for, "
            "and it makes none up.",
            hint=_HINT,
        )
    return output_items(f"{explanation} {_HINT}", situation)


def _lacking(situation: Situation, *, known: bool) -> str:
    if not situation.agent:
        return "was not told which agent asks"
    if not known:
        return f'has none for the agent "{situation.agent}"'
    return f'none of those for the agent "{situation.agent}" fits what it was sent'
