"""What ``segue doctor`` looks at in the models: they are there, and what they can do."""

from collections.abc import AsyncIterator, Collection, Iterator, Sequence

from segue.errors.base import SegueError
from segue.errors.model import ModelError
from segue.llm.config import LlmConfig
from segue.llm.names import OFFLINE
from segue.llm.offline.rules import AgentRules
from segue.llm.pool import ModelPool
from segue.llm.trials import Trial, trials
from segue.platform.feature import Check
from segue.settings.load import Settings
from segue.wiring.agents import llm_config, open_models

_MOST_NAMES = 5  # of a list of models; OpenAI's has a hundred
_ASK = "Ask it a few small questions: `segue doctor --ask`."


async def examine_models(
    settings: Settings, rules: Sequence[AgentRules], *, questions: bool
) -> AsyncIterator[Check]:
    """Who answers for agents, and whether each of them is there.

    Args:
        settings: As loaded.
        rules: What the offline model answers, of all features.
        questions: Whether models are asked; a few hundred tokens each.
    """
    config = llm_config(settings)
    async with open_models(settings, rules) as pool:
        try:
            pool.check()
        except SegueError as error:
            yield Check("Models", ok=False, detail=error.message, next_step=error.hint)
            return
        yield _who(config, pool)
        for name in pool.chain(None):
            if name != OFFLINE:
                async for check in _examine(pool, name, questions=questions):
                    yield check
        for check in _idle_services(config, pool):
            yield check


async def _examine(pool: ModelPool, name: str, *, questions: bool) -> AsyncIterator[Check]:
    there = await _is_there(pool, name)
    yield there
    if there.ok is False or not (questions or pool.is_on_this_machine(name)):
        return
    async for trial in trials(pool, name, tool_at_the_end=pool.answers_by_tool(name)):
        yield _trial_check(name, trial)
        if not questions:  # the first shows that it is there
            return


def _who(config: LlmConfig, pool: ModelPool) -> Check:
    if config.model is None and config.openai_base_url is not None:
        return Check(
            "Models",
            ok=False,
            detail="OPENAI_BASE_URL is set and LLM_MODEL is not: the offline model answers",
            next_step="Name the service's model in LLM_MODEL, or unset OPENAI_BASE_URL.",
        )
    return Check("Models", ok=True, detail=", then ".join(pool.chain(None)))


def _idle_services(config: LlmConfig, pool: ModelPool) -> Iterator[Check]:
    for name in config.services:
        if not any(model.startswith(f"{name}/") for model in pool.chain(None)):
            yield Check(
                f"Model service {name}",
                ok=None,
                detail="no model of it is named",
                next_step=f"Name `{name}/MODEL` in LLM_MODEL or LLM_FALLBACK_MODELS.",
            )


async def _is_there(pool: ModelPool, name: str) -> Check:
    title = f"Model {name}"
    try:
        names = await pool.listing(name)
    except ModelError as error:
        service = pool.openai_service(name)
        where = "OpenAI" if service.is_openai else service.address
        return Check(title, ok=False, detail=f"{where}: {error.message}", next_step=_next(error))
    if names is None:
        return Check(title, ok=None, detail="its service has no list to look at", next_step=_ASK)
    if names & {name, name.removeprefix("openai/")}:
        return Check(title, ok=True, detail="its service answers and lists it")
    detail = f"its service answers, and does not list it; it lists {_some(names)}"
    if pool.openai_service(name).is_openai:
        return Check(title, ok=False, detail=detail, next_step="Name one of its models.")
    return Check(title, ok=None, detail=detail, next_step=f"Some take any name. {_ASK}")


def _trial_check(name: str, trial: Trial) -> Check:
    title = f"Model {name}: {trial.ability}"
    if trial.failure is None:
        return Check(title, ok=True, detail="works")
    return Check(title, ok=False, detail=trial.failure.message, next_step=_next(trial.failure))


def _next(error: ModelError) -> str:
    return error.hint or "Look whether the model's service runs, and at its address and key."


def _some(names: Collection[str]) -> str:
    in_order = sorted(names)
    more = f" and {len(in_order) - _MOST_NAMES} more" if len(in_order) > _MOST_NAMES else ""
    return (", ".join(in_order[:_MOST_NAMES]) + more) or "none"
