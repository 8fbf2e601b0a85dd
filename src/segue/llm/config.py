"""The configuration of models; wiring takes it from the settings."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

OPENAI_URL = "https://api.openai.com/v1"


@dataclass(frozen=True, kw_only=True)
class OpenAIService:
    """A service that speaks OpenAI's API.

    Attributes:
        base_url: Its address.
        key_variable: Name of the variable that holds its key; None: it wants none.
        api: OpenAI's API to speak: Responses, or Chat Completions.
    """

    base_url: str = OPENAI_URL
    key_variable: str | None = None
    api_key: str | None = field(default=None, repr=False)
    api: Literal["responses", "chat"] = "responses"

    @property
    def is_openai(self) -> bool:
        """Whether it is OpenAI's own."""
        return is_openai(self.base_url)

    @property
    def address(self) -> str:
        """Its address without what may be secret in it."""
        where = urlsplit(self.base_url)
        port = f":{where.port}" if where.port else ""
        return f"{where.scheme}://{where.hostname}{port}{where.path}"


@dataclass(frozen=True, kw_only=True)
class LlmConfig:
    """Who answers for agents, and with which keys.

    Attributes:
        model: Asked when an agent names none. None: the offline model answers.
        fallback_models: Asked in this order when the first is out.
        openai_base_url: Another service with OpenAI's API; every model that names no service is
            then asked there.
        openai_api: OpenAI's API to speak there: Responses, or Chat Completions.
        services: More services with OpenAI's API by name; their models are ``name/model``.
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
    services: Mapping[str, OpenAIService] = field(default_factory=dict[str, OpenAIService])
    structured_output: Literal["auto", "schema", "tool"] = "auto"
    backend: Literal["litellm", "any-llm"] = "litellm"

    @property
    def own_service(self) -> OpenAIService:
        """Whom models are asked at that speak OpenAI's API and name no service."""
        return OpenAIService(
            base_url=self.openai_base_url or OPENAI_URL,
            key_variable=None if self.openai_base_url else "OPENAI_API_KEY",
            api_key=self.openai_api_key,
            api=self.openai_api,
        )


def is_openai(base_url: str | None) -> bool:
    """Whether this address is OpenAI's; None: it is."""
    return base_url is None or urlsplit(base_url).hostname == "api.openai.com"
