"""All models of a worker process: their service, their key, and one set of connections."""

import logging
import time
from collections import Counter
from collections.abc import Callable, Set as AbstractSet
from importlib.util import find_spec
from urllib.parse import urlsplit

from agents import Model, ModelProvider
from openai import AsyncOpenAI, NotFoundError, OpenAIError

from segue.errors.settings import SettingsError
from segue.llm.config import LlmConfig, OpenAIService
from segue.llm.litellm_models import close_litellm, litellm_model
from segue.llm.names import (
    OFFLINE,
    Home,
    OtherModel,
    ServiceModel,
    home_of,
    openai_name,
    other_model,
    service_model,
)
from segue.llm.offline.rulebook import RuleBook
from segue.llm.openai_models import openai_client, openai_model
from segue.llm.verdict import model_error

_LOG = logging.getLogger(__name__)
_PACKAGES = {"litellm": "litellm", "any-llm": "any_llm"}
# What LiteLLM and any-llm reach on one's own machine, for nothing.
_LOCAL_SERVICES = frozenset({"ollama", "ollama_chat", "lm_studio", "lmstudio", "llamafile"})
_LIST_WITHIN_S = 10.0
_UNFIT_IN_A_ROW = 2  # one may be chance; a service that keeps to schemas gives none
_KEY_VARIABLES = {"anthropic": "ANTHROPIC_API_KEY", "gemini": "GOOGLE_API_KEY"}


class ModelPool(ModelProvider):
    """The models of a worker. One for each process; close it when done.

    Attributes:
        clock: Returns epoch seconds.
    """

    def __init__(
        self, config: LlmConfig, *, rules: RuleBook, clock: Callable[[], float] = time.time
    ) -> None:
        self.clock = clock
        self._config = config
        self._rules = rules
        self._models: dict[str, Model] = {}
        self._clients: dict[str, AsyncOpenAI] = {}
        self._unfit = Counter[str]()

    def check(self) -> None:
        """Look that every configured model can be asked, without asking; for the start-up.

        Raises:
            SettingsError: A key, a package or a main model is missing; it names the variable.
        """
        if self._config.fallback_models and self._config.model is None:
            raise SettingsError("LLM_FALLBACK_MODELS is set; expected LLM_MODEL to be set as well.")
        self._check_base_url()
        for name in self.chain(None):
            self._check(name)

    def get_model(self, model_name: str | None) -> Model:
        """The model of this name; None: the configured one, or the offline model.

        Raises:
            SettingsError: Its key or its package is missing, or the name says no service.
        """
        name = model_name or self._config.model or OFFLINE
        if name not in self._models:
            self._check(name)
            self._models[name] = self._make(name)
        return self._models[name]

    async def listing(self, name: str) -> AbstractSet[str] | None:
        """Names of the models that the service of this one lists; it costs nothing.

        A service's name stands before them where the settings name it.

        Returns:
            None where the service keeps no list, or is one that an extra package reaches.

        Raises:
            ModelError: The service does not answer, or not with a list.
        """
        if self._home(name) is not Home.OPENAI:
            return None
        self._check(name)
        try:
            models = await self._openai_client(name).models.list(timeout=_LIST_WITHIN_S)
        except NotFoundError:
            return None
        except OpenAIError as error:
            raise model_error(error, now=self.clock()) or error from error
        place = self._service_model(name)
        prefix = f"{place.service}/" if place else ""
        return {f"{prefix}{model.id}" for model in models.data}

    def is_on_this_machine(self, name: str) -> bool:
        """Whether a question to this model costs nothing: its service runs here."""
        home = self._home(name)
        return home is Home.OTHER and other_model(name).service in _LOCAL_SERVICES

    def offline_model(self, agent: str) -> Model:
        """The offline model with the rules of this agent."""
        return self._rules.model_for(agent)

    def service_of(self, model_name: str) -> str:
        """Where the model is asked, and how: an address without what may be secret in it."""
        by_tool = self.answers_by_tool(model_name) or self.ignores_schemas(model_name)
        form = "tool" if by_tool else "schema"
        match self._home(model_name):
            case Home.OPENAI:
                service = self.openai_service(model_name)
                return f"{service.address} by {service.api}, {form}"
            case Home.OTHER:
                return f"{other_model(model_name).service} by {self._config.backend}, {form}"
            case Home.OFFLINE:
                return OFFLINE

    def answers_by_tool(self, model_name: str) -> bool:
        """Whether the model's service cannot do tools and a schema of the answer together."""
        home, config = self._home(model_name), self._config
        if home is Home.OFFLINE or config.structured_output != "auto":
            return config.structured_output == "tool" and home is not Home.OFFLINE
        if home is Home.OTHER:
            return True
        service = self.openai_service(model_name)
        return not service.is_openai and service.api == "chat"

    def ignores_schemas(self, model_name: str) -> bool:
        """Whether the model's service takes schemas of answers and does not keep to them.

        Some say nothing of it: it shows in what they answer. From then on their typed answers come
        by a last tool, unless the settings say otherwise.
        """
        return self._unfit[model_name] >= _UNFIT_IN_A_ROW

    def note_fit(self, model_name: str, *, fits: bool) -> None:
        """Note whether a typed answer that was asked for by its schema has fitted."""
        home = self._home(model_name)
        keeps_to_them = home is Home.OPENAI and self.openai_service(model_name).is_openai
        if keeps_to_them or home is Home.OFFLINE or self._config.structured_output != "auto":
            return
        if not self.ignores_schemas(model_name):
            self._unfit[model_name] = 0 if fits else self._unfit[model_name] + 1

    def openai_service(self, model_name: str) -> OpenAIService:
        """The service of a model that is reached by OpenAI's API."""
        place = self._service_model(model_name)
        return self._config.services[place.service] if place else self._config.own_service

    def chain(self, model_name: str | None, *, agent: str = "") -> tuple[str, ...]:
        """The names to ask in order: this one (None: the configured one), then the fallbacks.

        Args:
            model_name: Of the agent, or of whoever asks.
            agent: Who asks. Where no model is configured, rules that stand in answer for it when
                the model that it names is out or cannot be asked.
        """
        first = model_name or self._config.model or OFFLINE
        if first == OFFLINE:  # it is never out
            return (OFFLINE,)
        if self._config.model is None and self._rules.stands_in_for(agent):
            return (first, OFFLINE) if self._can_ask(first) else (OFFLINE,)
        return tuple(dict.fromkeys((first, *self._config.fallback_models)))

    def _can_ask(self, name: str) -> bool:
        """Whether a model's key and package are there."""
        try:
            self._check(name)
        except SettingsError as lack:
            _LOG.info("The offline rules answer for %s: %s", name, lack.message)
            return False
        return True

    async def aclose(self) -> None:
        """Close all connections; models made before are of no use afterwards."""
        models, self._models = self._models, {}
        for model in models.values():
            await model.close()
        clients, self._clients = self._clients, {}
        for client in clients.values():
            await client.close()
        if any(self._is_by_litellm(name) for name in models):
            await close_litellm()

    def _make(self, name: str) -> Model:
        match self._home(name):
            case Home.OFFLINE:
                return self._rules.model_for()
            case Home.OPENAI:
                return self._openai(name)
            case Home.OTHER:
                return self._other(other_model(name))

    def _openai(self, name: str) -> Model:
        place, api = self._service_model(name), self.openai_service(name).api
        own_service = self._config.openai_base_url is not None
        api_name = place.model if place else openai_name(name, own_service=own_service)
        return openai_model(self._openai_client(name), api_name, api=api)

    def _openai_client(self, name: str) -> AsyncOpenAI:
        place = self._service_model(name)
        key = place.service if place else ""
        if key not in self._clients:
            self._clients[key] = openai_client(self.openai_service(name))
        return self._clients[key]

    def _service_model(self, name: str) -> ServiceModel | None:
        return service_model(name, self._config.services)

    def _other(self, model: OtherModel) -> Model:
        key = self._key(model)
        if self._config.backend == "litellm":
            return litellm_model(model, api_key=key)
        from segue.llm.any_llm_models import any_llm_model  # noqa: PLC0415 - an extra, for its users

        return any_llm_model(model, api_key=key)

    def _check_base_url(self) -> None:
        url = self._config.openai_base_url
        if url is None or self._config.model is None:  # an address that nobody goes to
            return
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise SettingsError(
                f"OPENAI_BASE_URL: expected http://… or https://…, not {url!r}.",
                hint="It looks like http://127.0.0.1:8080/v1.",
            )

    def _check(self, name: str) -> None:
        home = self._home(name)
        if home is Home.OPENAI:
            service = self.openai_service(name)
            if service.key_variable and not service.api_key:
                raise SettingsError(
                    f"{service.key_variable} is not set; expected a key for {name!r}."
                )
        elif home is Home.OTHER:
            self._check_other(name, other_model(name))

    def _check_other(self, name: str, model: OtherModel) -> None:
        extra = self._config.backend
        if find_spec(_PACKAGES[extra]) is None:
            raise SettingsError(
                f"LLM_MODEL: {name!r} needs a package that is not installed; expected {extra}.",
                hint=f"Install it: pip install 'segue[{extra}]'.",
            )
        variable = _KEY_VARIABLES.get(model.service)
        if variable is not None and self._key(model) is None:
            raise SettingsError(f"{variable} is not set; expected a key for {name!r}.")

    def _key(self, model: OtherModel) -> str | None:
        """The service's key; None also where it needs none or its package reads a variable."""
        config = self._config
        keys = {"anthropic": config.anthropic_api_key, "gemini": config.google_api_key}
        return keys.get(model.service)

    def _home(self, name: str) -> Home:
        config = self._config
        own_service = config.openai_base_url is not None
        return home_of(name, own_service=own_service, services=config.services)

    def _is_by_litellm(self, name: str) -> bool:
        return self._home(name) is Home.OTHER and self._config.backend == "litellm"
