"""What an answer of a model came to, for the accounts."""

from segue.errors.run import BudgetExceededError
from segue.llm.answers import Answer
from segue.runs.store.usage import ModelUse


def use_of(answer: Answer, seconds: float) -> ModelUse:
    """What an answer came to, for the accounts."""
    usage = answer.response.usage
    return ModelUse(
        model=answer.model,
        passed_over=tuple(
            (each.model, each.reason)
            for each in answer.passed_over
            if each.reason != BudgetExceededError.code  # never asked
        ),
        input_tokens=usage.input_tokens,
        cached_tokens=usage.input_tokens_details.cached_tokens or 0,
        output_tokens=usage.output_tokens,
        cost_usd=answer.cost_usd,
        duration_s=seconds,
        offline=answer.offline,
        from_cache=answer.from_cache,
    )
