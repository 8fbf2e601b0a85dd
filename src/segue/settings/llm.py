"""Who answers for agents."""

from typing import Annotated, Literal

from pydantic import Field, SecretStr

from segue.settings.base import Room
from segue.settings.model_services import ServicesText


class LlmSettings(Room):
    """Who answers for agents."""

    model: Annotated[
        str | None,
        Field(
            alias="LLM_MODEL",
            description="Model of the agents, `gpt-…`, `claude-…`, `ollama/…`; unset: offline.",
        ),
    ] = None
    fallback_models: Annotated[
        str,
        Field(
            alias="LLM_FALLBACK_MODELS",
            description="Models to ask in this order when the first is out; separated by commas.",
        ),
    ] = ""
    services: Annotated[
        ServicesText,
        Field(
            alias="SEGUE_MODEL_SERVICES",
            description=(
                "More services with OpenAI's API, as JSON: `{name: {base_url, key_variable, api}}`;"
                " their models are `name/model`."
            ),
        ),
    ] = ""
    openai_api: Annotated[
        Literal["responses", "chat"] | None,
        Field(
            alias="SEGUE_OPENAI_API",
            description="OpenAI's API to speak: unset, `responses` at OpenAI and `chat` elsewhere.",
        ),
    ] = None
    structured_output: Annotated[
        Literal["auto", "schema", "tool"],
        Field(
            alias="SEGUE_STRUCTURED_OUTPUT",
            description="Typed answers of agents with tools: by `schema`, a last `tool`, `auto`.",
        ),
    ] = "auto"
    stall_seconds: Annotated[
        float,
        Field(
            alias="SEGUE_MODEL_STALL_SECONDS",
            ge=1,
            le=540,
            description="Silence of a model that ends a try; its first word may take as long.",
        ),
    ] = 60.0
    concurrency: Annotated[
        int | None,
        Field(
            alias="SEGUE_MODEL_CONCURRENCY",
            ge=1,
            le=10_000,
            description="Calls of models at once, per worker; unset: as of other activities.",
        ),
    ] = None
    backend: Annotated[
        Literal["litellm", "any-llm"],
        Field(
            alias="SEGUE_LLM_BACKEND",
            description="Package that reaches all other models: extra `litellm` or `any-llm`.",
        ),
    ] = "litellm"
    openai_api_key: Annotated[
        SecretStr | None, Field(alias="OPENAI_API_KEY", description="Key for OpenAI's API.")
    ] = None
    openai_base_url: Annotated[
        str | None,
        Field(alias="OPENAI_BASE_URL", description="Base of another service with OpenAI's API."),
    ] = None
    anthropic_api_key: Annotated[
        SecretStr | None, Field(alias="ANTHROPIC_API_KEY", description="Key for Claude models.")
    ] = None
    google_api_key: Annotated[
        SecretStr | None, Field(alias="GOOGLE_API_KEY", description="Key for Gemini models.")
    ] = None
