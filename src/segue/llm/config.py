"""The configuration of models; wiring takes it from the settings."""

from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit


@dataclass(frozen=True, kw_only=True)
class LlmConfig:
    """Who answers for agents, and with which keys.

    Attributes:
        model: Asked when an agent names none. None: the offline model answers.
        fallback_models: Asked in this order when the first is out.
        openai_base_url: Another service with OpenAI's API; every model is then asked there.
        openai_api: OpenAI's API to speak: Responses, or Chat Completions.
        structured_output: How an agent with tools gives a typed answer: by the service's schema, or
            by a last tool; ``auto``: by the schema at OpenAI, and by Responses elsewhere.
        backend: Package that reaches the models which do not speak OpenAI's API.
    """

    model: str | None = None
    fallback_models: tuple[str, ...] = ()
    openai_api_key: str | None = field(default=None, repr=False)
    openai_base_url: str | None = None
    anthropic_api_key: str | None = field(default=None, repr=False)
    google_api_key: str | None = field(default=None, repr=False)
    openai_api: Literal["responses", "chat"] = "responses"
    structured_output: Literal["auto", "schema", "tool"] = "auto"
    backend: Literal["litellm", "any-llm"] = "litellm"

    @property
    def is_at_openai(self) -> bool:
        """Whether models that speak OpenAI's API are OpenAI's own."""
        return is_openai(self.openai_base_url)


def is_openai(base_url: str | None) -> bool:
    """Whether this address is OpenAI's; None: it is."""
    return base_url is None or urlsplit(base_url).hostname == "api.openai.com"
