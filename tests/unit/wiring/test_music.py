"""What the settings say about agents."""

from dataclasses import replace

import pytest

from segue.errors.model import ModelUnavailableError
from segue.music.agents.builders import song_agent
from segue.music.contracts.strategies import FlagSet, Strategy
from segue.music.register.values import agent_flags, agent_plan, agents_allowed
from segue.music.wire.agents import AgentPlan
from segue.settings.agents import AgentSettings
from segue.settings.catalogue import CatalogueSettings
from segue.settings.load import Settings, embedded_settings, load_settings
from segue.wiring.agents import open_agent_ports
from tests.fakes.doubles.models import request
from tests.fakes.programs.openai_server.faults import hang


@pytest.fixture
def settings(tmp_path):
    def made(catalogue="local", **agents) -> Settings:
        return replace(
            embedded_settings(tmp_path),
            catalogue=CatalogueSettings.model_construct(kind=catalogue),
            agents=AgentSettings.model_construct(**agents),
        )

    return made


def test_agents_see_the_local_catalogue_and_spotify_only_when_turned_on(settings):
    assert agents_allowed(settings())
    assert not agents_allowed(settings("spotify"))
    assert agents_allowed(settings("spotify", use_agent_sdk=True))


def test_without_a_word_about_agents_nothing_is_rolled_out(settings):
    assert agent_flags(settings()) == FlagSet()
    assert agent_flags(settings()).new_path is None
    assert agent_flags(settings("spotify")) == FlagSet(allowed=False)


def test_every_flag_arrives(settings):
    said = settings(
        "spotify",
        use_agent_sdk=True,
        use_multi_agent=True,
        use_mcp_provider=True,
        rollout_percentage=5,
        shadow_percentage=10,
        failure_bound=30,
    )

    assert agent_flags(said) == FlagSet(
        use_agent_sdk=True,
        use_multi_agent=True,
        use_mcp_provider=True,
        rollout_percentage=5,
        shadow_percentage=10,
        failure_bound_percent=30,
    )
    assert agent_flags(said).new_path is Strategy.MULTI_AGENT


def test_the_plan_of_a_worker_is_what_the_settings_say(settings):
    said = settings(model="gpt-x", temperature=0.2, max_iterations=4)

    assert agent_plan(said) == AgentPlan(
        enabled=True, model="gpt-x", temperature=0.2, max_turns=4, max_tokens=4_096
    )
    assert not agent_plan(settings("spotify")).enabled


def test_the_limits_of_agents_are_settings(monkeypatch):
    monkeypatch.setenv("SEGUE_ENV_FILE", "none")
    monkeypatch.setenv("SEGUE_AGENT_MAX_TOKENS", "500")
    monkeypatch.setenv("SEGUE_AGENT_SONGS_AT_ONCE", "2")
    settings = load_settings()
    plan = agent_plan(settings)

    assert plan.max_tokens == song_agent(plan, (), writes=False).model_settings.max_tokens == 500
    assert agent_flags(settings).songs_at_once == 2


async def test_a_silence_ends_a_try_when_the_settings_say(
    monkeypatch, scripted_openai, sqlite_database
):
    monkeypatch.setenv("SEGUE_ENV_FILE", "none")
    monkeypatch.setenv("SEGUE_MODEL_STALL_SECONDS", "1")
    monkeypatch.setenv("OPENAI_BASE_URL", scripted_openai.base_url)
    monkeypatch.setenv("LLM_MODEL", "gpt-x")
    await scripted_openai.script("gpt-x", [hang()])
    async with open_agent_ports(load_settings(), sqlite_database, None, ()) as ports:
        with pytest.raises(ModelUnavailableError, match="1 s of silence"):
            await ports.ask(request(), None)
