import pytest

from segue.errors.settings import SettingsError
from segue.llm.names import (
    Home,
    OtherModel,
    ServiceModel,
    home_of,
    openai_name,
    other_model,
    service_model,
)


@pytest.mark.parametrize(
    "name",
    ["gpt-5", "chatgpt-4o-latest", "o1", "o3-mini", "o4-mini", "openai/gpt-5", "ft:gpt-4o:us::1"],
)
def test_openais_models_are_asked_at_openai(name):
    assert home_of(name, own_service=False) is Home.OPENAI


@pytest.mark.parametrize(
    "name", ["claude-opus-5", "anthropic/claude-opus-5", "gemini/gemini-2.5-pro", "ollama/qwen3"]
)
def test_other_models_are_asked_elsewhere(name):
    assert home_of(name, own_service=False) is Home.OTHER


@pytest.mark.parametrize("name", ["claude-opus-5", "ollama/qwen3", "mistral-large"])
def test_every_model_is_asked_at_the_address_that_is_set(name):
    assert home_of(name, own_service=True) is Home.OPENAI


def test_offline_stays_offline_whatever_address_is_set():
    assert home_of("offline", own_service=True) is Home.OFFLINE


def test_only_openai_itself_is_sent_the_name_without_its_service():
    assert openai_name("openai/gpt-5", own_service=False) == "gpt-5"
    assert openai_name("openai/gpt-oss-20b", own_service=True) == "openai/gpt-oss-20b"


@pytest.mark.parametrize(
    ("name", "litellm", "any_llm"),
    [
        ("claude-opus-5", "anthropic/claude-opus-5", "anthropic/claude-opus-5"),
        ("anthropic/claude-opus-5", "anthropic/claude-opus-5", "anthropic/claude-opus-5"),
        ("gemini-2.5-pro", "gemini/gemini-2.5-pro", "gemini/gemini-2.5-pro"),
        ("ollama/qwen3:8b", "ollama_chat/qwen3:8b", "ollama/qwen3:8b"),
        ("vertex_ai/gemini-2.5-pro", "vertex_ai/gemini-2.5-pro", "vertexai/gemini-2.5-pro"),
        ("openrouter/a/b", "openrouter/a/b", "openrouter/a/b"),
    ],
)
def test_one_name_reaches_the_same_model_by_either_package(name, litellm, any_llm):
    model = other_model(name)
    assert (model.for_litellm, model.for_any_llm) == (litellm, any_llm)


@pytest.mark.parametrize("name", ["mistral-large", "/x", "anthropic/"])
def test_a_name_that_says_no_service_is_refused_by_the_variable(name):
    with pytest.raises(SettingsError, match=r"LLM_MODEL.*names no service"):
        other_model(name)


def test_a_service_is_what_stands_before_the_first_slash():
    assert other_model("groq/meta/llama") == OtherModel("groq", "meta/llama")


def test_a_model_of_a_named_service_is_asked_there():
    services = {"near", "openai"}

    assert service_model("near/org/llama", services) == ServiceModel("near", "org/llama")
    assert home_of("near/llama", own_service=False, services=services) is Home.OPENAI
    for name in ("near/", "near", "far/llama", "gpt-5", "offline"):
        assert service_model(name, services) is None
