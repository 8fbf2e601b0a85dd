"""What agents did in a sync, and what it cost."""

from collections.abc import Iterable

from segue.music.contracts.base import Wire


class GivenBack(Wire):
    """Why rows were given back to the pipeline.

    Attributes:
        code: Of the error that ended their agents.
        hint: What can be done.
        count: Rows, > 0.
    """

    code: str
    hint: str = ""
    count: int = 1


def reasons_of(failures: Iterable[GivenBack]) -> tuple[GivenBack, ...]:
    """Reasons by code with their counts added up, the most frequent first."""
    by_code: dict[str, GivenBack] = {}
    for each in failures:
        before = by_code.get(each.code)
        total = each.count + (before.count if before else 0)
        by_code[each.code] = GivenBack(code=each.code, hint=each.hint, count=total)
    return tuple(sorted(by_code.values(), key=lambda reason: (-reason.count, reason.code)))


class AgentUse(Wire):
    """What agents did in a sync, and what it cost.

    Attributes:
        asked: Rows that were put before an agent.
        given_back: Rows of them where the agent failed and the pipeline's verdict stands.
        reasons: Why.
        model_calls: Answers of models.
        tokens: In and out together.
        cost_usd: Of the calls whose price is known.
        unpriced_calls: Calls whose price is not known; they are not in ``cost_usd``.
        offline: The offline rules answered at least once; their choices are no model's.
    """

    asked: int = 0
    given_back: int = 0
    reasons: tuple[GivenBack, ...] = ()
    model_calls: int = 0
    tokens: int = 0
    cost_usd: float = 0.0
    unpriced_calls: int = 0
    offline: bool = False

    def plus(self, other: "AgentUse") -> "AgentUse":
        """The sum of two uses."""
        return AgentUse(
            asked=self.asked + other.asked,
            given_back=self.given_back + other.given_back,
            reasons=reasons_of((*self.reasons, *other.reasons)),
            model_calls=self.model_calls + other.model_calls,
            tokens=self.tokens + other.tokens,
            cost_usd=self.cost_usd + other.cost_usd,
            unpriced_calls=self.unpriced_calls + other.unpriced_calls,
            offline=self.offline or other.offline,
        )


class PerThousand(Wire):
    """What a strategy uses for 1,000 tracks of its sources, doubtful or not."""

    asked: float
    model_calls: float
    tokens: float
    cost_usd: float


def per_thousand(use: AgentUse, rows: int) -> PerThousand:
    """What was used for ``rows`` tracks, as if they had been 1,000; all zero for none."""
    scale = 1000 / rows if rows else 0.0
    return PerThousand(
        asked=use.asked * scale,
        model_calls=use.model_calls * scale,
        tokens=use.tokens * scale,
        cost_usd=use.cost_usd * scale,
    )
