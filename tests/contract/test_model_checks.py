"""What ``segue doctor`` finds of models, by asking real servers over HTTP."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from segue.errors.settings import SettingsError
from segue.platform.feature import Check
from segue.runtime.ports import free_ports
from segue.settings.llm import LlmSettings
from segue.settings.load import Settings, embedded_settings
from segue.wiring.asking import ask_model
from segue.wiring.model_checks import examine_models
from tests.fakes.doubles.models import Heard
from tests.fakes.doubles.scripted_http import Reply, scripted_server
from tests.fakes.programs.openai_server.faults import overloaded
from tests.fakes.programs.openai_server.steps import structured, text, tool_calls

LISTING = {"object": "list", "data": [{"id": "smol", "object": "model"}]}


def settings_of(folder: Path, **llm: Any) -> Settings:
    return replace(embedded_settings(folder), llm=LlmSettings.model_construct(**llm))


@pytest.fixture
def checked(tmp_path):
    """Examine the models of some settings."""

    async def checked(*, questions: bool = False, **llm: Any) -> list[Check]:
        settings = settings_of(tmp_path, **llm)
        return [check async for check in examine_models(settings, (), questions=questions)]

    return checked


async def test_a_service_that_lists_the_model_is_fine(checked):
    async with scripted_server(Reply(body=LISTING)) as server:
        found = await checked(model="smol", openai_base_url=f"{server.url}/v1")

    assert [(check.name, check.ok) for check in found] == [("Models", True), ("Model smol", True)]
    assert [request.target for request in server.received] == ["/v1/models"]


async def test_nobody_at_the_address_is_told(checked):
    (port,) = free_ports(1)
    (_, model) = await checked(model="smol", openai_base_url=f"http://127.0.0.1:{port}/v1")

    assert model.ok is False
    assert f"127.0.0.1:{port}" in model.detail
    assert model.next_step


async def test_a_refused_key_is_told_with_what_to_do(checked):
    async with scripted_server(Reply(401, {"error": {"message": "no"}})) as server:
        (_, model) = await checked(model="smol", openai_base_url=f"{server.url}/v1")

    assert model.ok is False
    assert "key" in model.next_step


async def test_a_list_without_the_model_is_told_and_so_is_no_list(checked):
    async with scripted_server(Reply(body=LISTING), Reply(404, {})) as server:
        (_, unlisted) = await checked(model="llama", openai_base_url=f"{server.url}/v1")
        (_, listless) = await checked(model="llama", openai_base_url=f"{server.url}/v1")

    assert (unlisted.ok, listless.ok) == (None, None)
    assert "it lists smol" in unlisted.detail
    assert "--ask" in unlisted.next_step
    assert "--ask" in listless.next_step


async def test_each_service_is_looked_at_by_itself_and_an_idle_one_is_told(checked):
    (port,) = free_ports(1)
    async with scripted_server(Reply(body=LISTING)) as server:
        services = {
            "near": {"base_url": f"http://127.0.0.1:{port}/v1"},
            "far": {"base_url": f"{server.url}/v1"},
            "idle": {"base_url": "http://127.0.0.1:1/v1"},
        }
        (_, near, far, idle) = await checked(
            model="near/smol", fallback_models="far/smol", services=json.dumps(services)
        )

    assert [each.name for each in (near, far, idle)] == [
        "Model near/smol",
        "Model far/smol",
        "Model service idle",
    ]
    assert (near.ok, far.ok, idle.ok) == (False, True, None)
    assert f"127.0.0.1:{port}" in near.detail


async def test_each_service_is_asked_questions_of_its_own(checked, scripted_openai):
    add = tool_calls([("add", {"a": 2, "b": 3})])
    await scripted_openai.script("here", [text("Hello."), add, structured({"sum": 5}), add])
    await scripted_openai.script("there", [text("Hello.", times=None)])
    service = {"base_url": scripted_openai.base_url}
    found = await checked(
        questions=True,
        model="near/gpt-scripted:here",
        fallback_models="far/gpt-scripted:there",
        services=json.dumps({"near": service, "far": {**service, "api": "responses"}}),
    )
    trials = [check for check in found if ": " in check.name]

    assert [check.ok for check in trials] == [True] * 4 + [True, False, False, False]
    assert {check.name.partition(": ")[0] for check in trials} == {
        "Model near/gpt-scripted:here",
        "Model far/gpt-scripted:there",
    }


@pytest.mark.parametrize("address", ["127.0.0.1:8080/v1", "ftp://host/v1", "http://", "localhost"])
async def test_an_address_that_is_none_is_refused(checked, address):
    (models,) = await checked(model="smol", openai_base_url=address)

    assert models.ok is False
    assert "OPENAI_BASE_URL" in models.detail


async def test_an_address_without_a_model_is_told(checked):
    (models,) = await checked(openai_base_url="http://127.0.0.1:8080/v1")

    assert models.ok is False
    assert "LLM_MODEL" in models.next_step


async def test_the_offline_model_needs_nobody(checked):
    (models,) = await checked(questions=True)

    assert (models.ok, models.detail) == (True, "offline")


async def test_asked_models_show_what_they_can_do(checked, scripted_openai):
    add = tool_calls([("add", {"a": 2, "b": 3})])
    await scripted_openai.script("clever", [text("Hello."), add, structured({"sum": 5}), add])
    await scripted_openai.script("simple", [text("Hello.", times=None)])
    for name, fine in (("clever", [True] * 4), ("simple", [True, False, False, False])):
        found = await checked(
            questions=True,
            model=f"gpt-scripted:{name}",
            openai_base_url=scripted_openai.base_url,
        )

        assert [check.ok for check in found[2:]] == fine
        assert "a typed answer" in found[4].name


async def test_a_model_that_fails_at_a_text_is_asked_no_more(checked, scripted_openai):
    found = await checked(
        questions=True, model="gpt-scripted:nobody", openai_base_url=scripted_openai.base_url
    )

    (trial,) = found[2:]
    assert trial.ok is False
    assert trial.name.endswith("a text")


async def test_a_question_is_answered_as_it_comes_and_by_the_next_model_where_one_is_out(
    tmp_path, scripted_openai
):
    await scripted_openai.script("out", [overloaded()])
    await scripted_openai.script("well", [text("Deep.")])
    heard = Heard()
    reply = await ask_model(
        settings_of(
            tmp_path,
            model="gpt-scripted:out",
            fallback_models="gpt-scripted:well",
            openai_base_url=scripted_openai.base_url,
        ),
        "How deep is the sea?",
        model=None,
        listener=heard,
    )

    assert (heard.events[-1], reply.text) == ("Deep.", "Deep.")
    assert reply.model == "gpt-scripted:well"
    assert reply.passed_over == (("gpt-scripted:out", "model.unavailable"),)
    assert reply.output_tokens > 0


async def test_without_a_model_a_question_is_refused_with_what_to_set(tmp_path):
    with pytest.raises(SettingsError, match="LLM_MODEL"):
        await ask_model(settings_of(tmp_path), "Hello?", model=None, listener=None)
