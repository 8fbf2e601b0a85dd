"""Which service a model's name stands for, and what that service is called elsewhere."""

import re
from collections.abc import Collection
from enum import Enum
from typing import NamedTuple

from segue.errors.settings import SettingsError

OFFLINE = "offline"
_OPENAI = re.compile(r"(openai/|gpt-|chatgpt-|codex-|ft:|o\d)")
_FAMILIES = {"claude-": "anthropic", "gemini-": "gemini"}
# The services whose names the two packages spell differently; the first spelling is the user's.
_LITELLM = {"ollama": "ollama_chat"}  # LiteLLM's route to Ollama that knows tools
_ANY_LLM = {"vertex_ai": "vertexai", "together_ai": "together", "fireworks_ai": "fireworks"}


class Home(Enum):
    """Who is asked for a model."""

    OFFLINE = "offline"
    OPENAI = "openai"
    OTHER = "other"


class OtherModel(NamedTuple):
    """A model that an extra package reaches.

    Attributes:
        service: As the user writes it: ``anthropic``, ``gemini``, ``ollama``.
        model: The name within that service.
    """

    service: str
    model: str

    @property
    def for_litellm(self) -> str:
        """The name that LiteLLM knows it by."""
        return f"{_LITELLM.get(self.service, self.service)}/{self.model}"

    @property
    def for_any_llm(self) -> str:
        """The name that any-llm knows it by."""
        return f"{_ANY_LLM.get(self.service, self.service)}/{self.model}"


class ServiceModel(NamedTuple):
    """A model of a service that the settings name.

    Attributes:
        service: As the settings call it.
        model: The name within that service.
    """

    service: str
    model: str


def service_model(name: str, services: Collection[str]) -> ServiceModel | None:
    """The service that a name begins with, and the model in it; None: it is none of these.

    Args:
        name: As the user wrote it.
        services: Their names.
    """
    service, _, model = name.partition("/")
    return ServiceModel(service, model) if service in services and model else None


def home_of(name: str, *, own_service: bool, services: Collection[str] = ()) -> Home:
    """Who is asked for the model ``name``.

    Args:
        name: As the user wrote it.
        own_service: A base address is set; all models but ``offline`` are then asked there, and
            those of named services.
        services: Names of services with OpenAI's API.
    """
    if name == OFFLINE:
        return Home.OFFLINE
    if service_model(name, services):
        return Home.OPENAI
    return Home.OPENAI if own_service or _OPENAI.match(name) else Home.OTHER


def openai_name(name: str, *, own_service: bool) -> str:
    """The name to send: OpenAI knows no ``openai/``, other services may use it in their names."""
    return name if own_service else name.removeprefix("openai/")


def other_model(name: str) -> OtherModel:
    """The service and the model in it.

    Raises:
        SettingsError: The name says no service and belongs to no family that is known.
    """
    service, slash, model = name.partition("/")
    if slash and service and model:
        return OtherModel(service, model)
    for beginning, family in _FAMILIES.items():
        if name.startswith(beginning):
            return OtherModel(family, name)
    raise SettingsError(
        f"LLM_MODEL: {name!r} names no service; expected `gpt-…`, `claude-…`, `gemini/…`, "
        "`ollama/…` or another `service/model`."
    )
