import subprocess
import sys
from types import SimpleNamespace

import pytest
from agents import OpenAIChatCompletionsModel, OpenAIResponsesModel
from any_llm import AnyLLM
from any_llm.exceptions import UnsupportedParameterError

from segue.errors.settings import SettingsError
from segue.llm.any_llm_models import any_llm_model
from segue.llm.config import LlmConfig, OpenAIService
from segue.llm.names import OtherModel
from segue.llm.offline.model import OfflineModel
from segue.llm.offline.rulebook import RuleBook
from segue.llm.offline.rules import AgentRules
from segue.llm.pool import ModelPool
from segue.settings.load import load_settings
from segue.wiring.agents import llm_config

KEY = "sk-test-secret"


def pool(**settings):
    return ModelPool(LlmConfig(**settings), rules=RuleBook())


@pytest.mark.parametrize(
    ("settings", "variable"),
    [
        ({"model": "gpt-5"}, "OPENAI_API_KEY"),
        ({"model": "claude-opus-5"}, "ANTHROPIC_API_KEY"),
        ({"model": "gemini/gemini-2.5-pro"}, "GOOGLE_API_KEY"),
        ({"model": "claude-opus-5", "backend": "any-llm"}, "ANTHROPIC_API_KEY"),
        (
            {"model": "gpt-5", "openai_api_key": KEY, "fallback_models": ("claude-opus-5",)},
            "ANTHROPIC_API_KEY",
        ),
        ({"fallback_models": ("gpt-5",), "openai_api_key": KEY}, "LLM_MODEL"),
        ({"model": "mistral-large"}, "LLM_MODEL"),
    ],
)
def test_what_is_missing_is_named_at_start_up(settings, variable):
    with pytest.raises(SettingsError, match=variable) as failure:
        pool(**settings).check()
    assert KEY not in str(failure.value)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"model": "offline"},
        {"model": "gpt-5", "openai_api_key": KEY},
        {"model": "anything", "openai_base_url": "http://127.0.0.1:1/v1"},
        {"model": "ollama/qwen3"},
        {"model": "claude-opus-5", "anthropic_api_key": KEY, "fallback_models": ("ollama/x",)},
        {"model": "gemini/gemini-2.5-pro", "google_api_key": KEY, "backend": "any-llm"},
    ],
)
def test_settings_that_suffice_are_accepted(settings):
    pool(**settings).check()


def test_a_missing_package_is_named_with_how_to_install_it(monkeypatch):
    monkeypatch.setattr("segue.llm.pool.find_spec", lambda _: None)
    with pytest.raises(SettingsError, match="litellm") as failure:
        pool(model="ollama/qwen3").check()
    assert "segue[litellm]" in failure.value.hint


def test_a_model_without_its_key_is_not_made():
    with pytest.raises(SettingsError, match="OPENAI_API_KEY"):
        pool().get_model("gpt-5")


async def test_openai_is_spoken_to_by_responses_unless_chat_is_set():
    by_default = pool(model="gpt-5", openai_api_key=KEY)
    by_chat = pool(model="gpt-5", openai_api_key=KEY, openai_api="chat")
    assert isinstance(by_default.get_model(None), OpenAIResponsesModel)
    assert isinstance(by_chat.get_model(None), OpenAIChatCompletionsModel)
    await by_default.aclose()
    await by_chat.aclose()


async def test_models_are_made_once_and_share_their_connections():
    models = pool(model="gpt-5", openai_api_key=KEY)
    first, other = models.get_model("gpt-5"), models.get_model("gpt-5-mini")
    assert models.get_model(None) is first
    assert isinstance(first, OpenAIResponsesModel)
    assert isinstance(other, OpenAIResponsesModel)
    assert first._client is other._client
    assert first._client.max_retries == 0
    await models.aclose()
    assert first._client.is_closed()


async def test_a_closed_pool_makes_its_models_anew():
    models = pool(model="gpt-5", openai_api_key=KEY)
    first = models.get_model(None)
    await models.aclose()
    assert models.get_model(None) is not first
    await models.aclose()


def test_without_a_model_the_rules_answer():
    models = pool()
    assert isinstance(models.get_model(None), OfflineModel)
    assert isinstance(models.offline_model("Guide"), OfflineModel)
    assert models.chain(None) == ("offline",)


def test_a_chain_is_the_model_asked_for_and_then_the_fallbacks_without_repeats():
    models = pool(model="gpt-5", fallback_models=("claude-opus-5", "gpt-5-mini"))
    assert models.chain(None) == ("gpt-5", "claude-opus-5", "gpt-5-mini")
    assert models.chain("gpt-5-mini") == ("gpt-5-mini", "claude-opus-5")
    assert models.chain("offline") == ("offline",)


STANDING_IN = AgentRules("Local agent", stands_in=True)


def test_rules_that_stand_in_answer_where_an_agents_own_model_cannot_be_asked():
    near = {"near": OpenAIService(base_url="http://127.0.0.1:1/v1")}
    models = ModelPool(LlmConfig(services=near), rules=RuleBook(STANDING_IN, AgentRules("Guide")))

    assert models.chain("gpt-5", agent="Local agent") == ("offline",)
    assert models.chain("anthropic/claude-opus-5", agent="Local agent") == ("offline",)
    assert models.chain("of-no-service", agent="Local agent") == ("offline",)
    assert models.chain("near/small", agent="Local agent") == ("near/small", "offline")
    assert models.chain("gpt-5", agent="Guide") == ("gpt-5",)


def test_rules_never_stand_in_where_a_model_is_configured():
    models = ModelPool(LlmConfig(model="gpt-5"), rules=RuleBook(STANDING_IN))

    assert models.chain("claude-opus-5", agent="Local agent") == ("claude-opus-5",)


@pytest.mark.parametrize("backend", ["litellm", "any-llm"])
async def test_other_models_are_reached_by_the_package_that_is_set(backend):
    models = pool(model="claude-opus-5", anthropic_api_key=KEY, backend=backend)
    model = models.get_model(None)
    assert backend.replace("-", "") in type(model).__name__.lower()
    assert getattr(model, "model", None) == "anthropic/claude-opus-5"
    await models.aclose()


async def test_any_llm_makes_clients_that_never_try_again():
    model = any_llm_model(OtherModel("anthropic", "claude-opus-5"), api_key=KEY)
    provider = model._get_provider()
    assert provider.client.max_retries == 0
    assert model._get_provider() is provider
    await model.close()


async def test_any_llm_reaches_services_whose_clients_know_no_retries(monkeypatch):
    asked = []

    def create(*_, **named):
        asked.append(named)
        if "max_retries" in named:
            raise UnsupportedParameterError("max_retries", "gemini")
        return SimpleNamespace(client=None)

    monkeypatch.setattr(AnyLLM, "create", create)
    model = any_llm_model(OtherModel("gemini", "gemini-2.5-pro"), api_key=KEY)
    assert model._get_provider().client is None
    assert ["max_retries" in named for named in asked] == [True, False]
    assert {named["api_key"] for named in asked} == {KEY}


def test_each_service_has_its_own_address_key_and_api():
    near = OpenAIService(base_url="http://here:1/v1", api="chat")
    far = OpenAIService(base_url="https://far.example/v1", key_variable="FAR_KEY", api_key=KEY)
    both = pool(
        model="near/m",
        fallback_models=("far/m", "m"),
        services={"near": near, "far": far},
        openai_base_url="http://third:3/v1",
    )
    both.check()
    models = [both.get_model(name) for name in both.chain(None)]

    assert [both.service_of(name) for name in both.chain(None)] == [
        "http://here:1/v1 by chat, tool",
        "https://far.example/v1 by responses, schema",
        "http://third:3/v1 by responses, schema",
    ]
    assert [type(model).__mro__[1] for model in models] == [
        OpenAIChatCompletionsModel,
        OpenAIResponsesModel,
        OpenAIResponsesModel,
    ]
    assert [vars(model)["_client"].api_key for model in models] == ["none", KEY, "none"]
    assert {vars(model)["model"] for model in models} == {"m"}


def test_a_named_services_missing_key_is_told_by_its_variable():
    far = OpenAIService(base_url="https://far.example/v1", key_variable="FAR_KEY")
    with pytest.raises(SettingsError, match="FAR_KEY is not set"):
        pool(model="far/m", services={"far": far}).check()


HERE = {"openai_base_url": "http://here:1/v1"}


@pytest.mark.parametrize(
    ("settings", "answers", "ignores"),
    [
        (HERE, [False], False),
        (HERE, [False, False], True),
        (HERE, [False, True, False], False),
        (HERE, [False, False, True], True),
        ({**HERE, "structured_output": "schema"}, [False, False], False),
        ({"openai_api_key": KEY}, [False, False], False),
        ({"model": "offline"}, [False, False], False),
    ],
)
def test_two_answers_in_a_row_that_do_not_fit_show_a_service_that_ignores_schemas(
    settings, answers, ignores
):
    models = pool(**{"model": "gpt-5", **settings})
    (name,) = models.chain(None)
    for fits in answers:
        models.note_fit(name, fits=fits)

    assert models.ignores_schemas(name) is ignores
    assert models.service_of(name).endswith("tool") is ignores


def test_keys_are_not_shown():
    near = OpenAIService(api_key=KEY)
    shown = repr(
        LlmConfig(
            openai_api_key=KEY, anthropic_api_key=KEY, google_api_key=KEY, services={"near": near}
        )
    )
    assert KEY not in shown


UNUSED = """
import sys
from segue.llm.config import LlmConfig
from segue.llm.offline.rulebook import RuleBook
from segue.llm.pool import ModelPool
from segue.settings.load import load_settings
from segue.wiring.agents import llm_config
import segue.llm.asking
pool = ModelPool(LlmConfig(model="gpt-5", openai_api_key="k"), rules=RuleBook())
pool.check()
pool.get_model(None)
print({"litellm", "any_llm"} & set(sys.modules) or "neither")
"""


def test_packages_that_are_not_used_are_not_imported():
    ran = subprocess.run(
        [sys.executable, "-c", UNUSED], capture_output=True, text=True, check=True, timeout=60
    )
    assert ran.stdout == "neither\n"


QUIET = """
import socket
def nobody(*_, **__):
    raise AssertionError("it went online")
socket.getaddrinfo = socket.socket.connect = nobody
from segue.llm.config import LlmConfig
from segue.llm.offline.rulebook import RuleBook
from segue.llm.pool import ModelPool
from segue.settings.load import load_settings
from segue.wiring.agents import llm_config
pool = ModelPool(LlmConfig(model="claude-opus-5", anthropic_api_key="k"), rules=RuleBook())
pool.check()
print(pool.get_model(None).model)
"""


def test_litellm_makes_no_call_and_no_noise_when_it_is_imported(tmp_path):
    (tmp_path / ".env").write_text("ANTHROPIC_API_KEY=from-a-file\n", encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, "-c", QUIET],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        cwd=tmp_path,
    )
    assert (ran.stdout, ran.stderr) == ("anthropic/claude-opus-5\n", "")


@pytest.mark.parametrize(
    ("environment", "api", "service"),
    [
        ({}, "responses", "https://api.openai.com/v1 by responses, schema"),
        ({"OPENAI_BASE_URL": "https://api.openai.com/v1"}, "responses", None),
        ({"OPENAI_BASE_URL": "http://127.0.0.1:8080/v1"}, "chat", None),
        (
            {"OPENAI_BASE_URL": "http://u:secret@here:1/v1?key=secret", "SEGUE_OPENAI_API": "chat"},
            "chat",
            "http://here:1/v1 by chat, tool",
        ),
        (
            {"OPENAI_BASE_URL": "http://here:1/v1", "SEGUE_OPENAI_API": "responses"},
            "responses",
            "http://here:1/v1 by responses, schema",
        ),
    ],
)
def test_chat_is_spoken_where_the_service_is_not_openais(monkeypatch, environment, api, service):
    monkeypatch.setenv("SEGUE_ENV_FILE", "none")
    for name in ("OPENAI_BASE_URL", "SEGUE_OPENAI_API"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    config = llm_config(load_settings())

    assert config.openai_api == api
    if service is not None:
        assert ModelPool(config, rules=RuleBook()).service_of("gpt-5") == service
