"""The rules of one agent: written beside the agent, tried from the top."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from segue.llm.offline.conditions import Predicate
from segue.llm.offline.replies import Reply
from segue.llm.offline.situation import Situation

AnswerFunction = Callable[[Situation], Reply]
_Answer = TypeVar("_Answer", bound=AnswerFunction)


@dataclass(frozen=True)
class Rule:
    """One rule: when it holds, what it says.

    Attributes:
        name: Where a message about the rule sends its author: number and function.
    """

    name: str
    holds: Predicate
    answer: AnswerFunction


class AgentRules:
    """What the offline model says for one agent. The first rule that holds answers.

    A rule is a pure function: the same situation gets the same reply, in every process.
    """

    def __init__(
        self, agent: str, *, only: Predicate | None = None, stands_in: bool = False
    ) -> None:
        """Rules for an agent.

        Args:
            agent: The agent's name, exactly.
            only: Tells agents of the same name apart, by ``offers`` for instance.
            stands_in: The agent names a model of its own; where ``LLM_MODEL`` is not set, the
                rules answer when that one has no key or no server.
        """
        self.agent = agent
        self.only = only
        self.stands_in = stands_in
        self._rules: list[Rule] = []
        self._complete = False

    def when(self, *conditions: Predicate) -> "Clause":
        """The agent has been spoken to, by its user or by a handoff, and all conditions hold."""
        return Clause(self, lambda s: not s.latest and all(holds(s) for holds in conditions))

    def after(self, *tools: str, where: Predicate | None = None) -> "Clause":
        """One of these tools has just answered; no name: whichever.

        What a user said stays said while tools answer. That is why ``when`` and ``after`` are two
        things: no rule of the first kind can call its tool again and again.
        """
        return Clause(
            self,
            lambda s: (
                any(not tools or answer.tool in tools for answer in s.latest)
                and (where is None or where(s))
            ),
        )

    def otherwise(self) -> "Clause":
        """None of the rules above holds. It is the last one."""
        return Clause(self, lambda _: True, last=True)

    def rule_for(self, situation: Situation) -> Rule | None:
        """The first rule that holds.

        Raises:
            Exception: Whatever a condition raised.
        """
        return next((rule for rule in self._rules if rule.holds(situation)), None)

    def add(self, holds: Predicate, answer: AnswerFunction, *, last: bool) -> None:
        """Put a rule under the others.

        Raises:
            ValueError: There is an ``otherwise`` already: the rule could never answer.
        """
        if self._complete:
            raise ValueError(f"a rule of {self.agent!r} stands below otherwise() and cannot answer")
        name = f"{len(self._rules) + 1} ({getattr(answer, '__name__', type(answer).__name__)})"
        self._rules.append(Rule(name, holds, answer))
        self._complete = last


class Clause:
    """A rule without its answer: decorate a function with it, or give it a fixed reply."""

    def __init__(self, rules: AgentRules, holds: Predicate, *, last: bool = False) -> None:
        self._rules = rules
        self._holds = holds
        self._last = last

    def __call__(self, answer: _Answer) -> _Answer:
        """Have the function answer; it stays callable as it was."""
        self._rules.add(self._holds, answer, last=self._last)
        return answer

    def reply(self, reply: Reply) -> None:
        """Answer the same every time."""

        def fixed(_: Situation) -> Reply:
            return reply

        self._rules.add(self._holds, fixed, last=self._last)
