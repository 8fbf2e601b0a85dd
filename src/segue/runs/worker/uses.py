"""What an answer of a model came to, for the accounts."""

from segue.errors.base import SegueError
from segue.errors.model import ModelError
from segue.errors.run import BudgetExceededError
from segue.llm.answers import Answer, sums_of
from segue.runs.contracts import Spent
from segue.runs.store.usage import ModelUse


def use_of(answer: Answer, seconds: float) -> ModelUse:
    """What an answer came to, for the accounts."""
    usage = answer.response.usage
    lost_in, lost_out, lost_usd = sums_of(answer.failures)
    cost = (
        answer.cost_usd
        if lost_usd is None or answer.cost_usd is None
        else answer.cost_usd + lost_usd
    )
    return ModelUse(
        model=answer.model,
        passed_over=tuple(
            (each.model, each.reason)
            for each in answer.passed_over
            if each.reason != BudgetExceededError.code  # never asked
        ),
        input_tokens=usage.input_tokens + lost_in,
        cached_tokens=usage.input_tokens_details.cached_tokens or 0,
        output_tokens=usage.output_tokens + lost_out,
        cost_usd=cost,
        duration_s=seconds,
        offline=answer.offline,
        from_cache=answer.from_cache,
    )


def use_of_failure(error: SegueError, model: str, seconds: float) -> ModelUse:
    """What a call came to that gave no answer, for the accounts: what was counted is owed."""
    if not isinstance(error, ModelError):
        return ModelUse(model=model, status=error.code, duration_s=seconds)
    return ModelUse(
        model=model,
        status=error.code,
        input_tokens=error.input_tokens,
        output_tokens=error.output_tokens,
        cost_usd=error.cost_usd,
        duration_s=seconds,
    )


def note_cost(error: SegueError, account: Spent) -> None:
    """Note on an error what all attempts of its call have used, for the run that ends with it."""
    if isinstance(error, ModelError) and account.tokens:
        error.input_tokens, error.output_tokens = account.input_tokens, account.output_tokens
        error.cost_usd = account.cost_usd
