"""One question to the configured model, for a person who wants to see it answer."""

import time
from dataclasses import dataclass
from decimal import Decimal

from agents import ModelSettings

from segue.errors.settings import SettingsError
from segue.llm.answers import Listener, ModelRequest, response_text
from segue.llm.asking import ask
from segue.llm.names import OFFLINE
from segue.settings.load import Settings
from segue.wiring.agents import open_models

AGENT = "ask"


@dataclass(frozen=True)
class ModelReply:
    """What a model said, and what it took.

    Attributes:
        model: Which one of the chain answered.
        seconds: From the question to the end of the answer.
        cost_usd: None: its price is not known.
        passed_over: Models before it that were out, with the code of the failure.
    """

    text: str
    model: str
    input_tokens: int
    output_tokens: int
    seconds: float
    cost_usd: Decimal | None
    passed_over: tuple[tuple[str, str], ...]


async def ask_model(
    settings: Settings, question: str, *, model: str | None, listener: Listener | None
) -> ModelReply:
    """Ask the configured model, then its fallbacks, exactly as agents do; nothing is stored.

    Args:
        settings: As loaded.
        question: What the user says.
        model: Another one than the settings name.
        listener: Hears the text while it comes.

    Raises:
        SettingsError: No model is named, or its key, package or address is missing.
        ModelError: No model answered.
    """
    request = ModelRequest(
        agent=AGENT,
        model=model,
        system_instructions=None,
        input=[{"role": "user", "content": question}],
        model_settings=ModelSettings(),
        tools=[],
        output_schema=None,
        handoffs=[],
    )
    async with open_models(settings) as pool:
        if pool.chain(model) == (OFFLINE,):
            raise SettingsError(
                "LLM_MODEL is not set; the offline rules answer agents, and no questions.",
                hint="Set LLM_MODEL and what its service needs: docs/models.md has recipes.",
            )
        pool.check()
        began = time.monotonic()
        answer = await ask(pool, request, listener=listener)
        seconds = time.monotonic() - began
    usage = answer.response.usage
    return ModelReply(
        text=response_text(answer.response),
        model=answer.model,
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        seconds=seconds,
        cost_usd=answer.cost_usd,
        passed_over=tuple((model, code) for model, code in answer.passed_over),
    )
