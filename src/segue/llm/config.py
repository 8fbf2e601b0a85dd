"""The configuration of models; wiring takes it from the settings."""

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class LlmConfig:
    """Who answers for agents, and with which keys.

    Attributes:
        model: Asked when an agent names none. None: the offline model answers.
        fallback_models: Asked in this order when the first is out.
        openai_base_url: Another service with OpenAI's API; every model is then asked there.
        openai_api: OpenAI's API to speak: Responses, or Chat Completions.
        backend: Package that reaches the models which do not speak OpenAI's API.
    """

    model: str | None = None
    fallback_models: tuple[str, ...] = ()
    openai_api_key: str | None = field(default=None, repr=False)
    openai_base_url: str | None = None
    anthropic_api_key: str | None = field(default=None, repr=False)
    google_api_key: str | None = field(default=None, repr=False)
    openai_api: Literal["responses", "chat"] = "responses"
    backend: Literal["litellm", "any-llm"] = "litellm"
