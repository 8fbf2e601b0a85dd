"""What ``segue doctor`` says of agents, Spotify's terms first."""

from dataclasses import replace

import pytest

from segue.music.register.checks import agents_check
from segue.settings.agents import AgentSettings
from segue.settings.catalogue import CatalogueSettings
from segue.settings.llm import LlmSettings
from segue.settings.load import embedded_settings
from segue.settings.spotify import SpotifySettings


def settings(tmp_path, *, spotify, model=None, **flags):
    return replace(
        embedded_settings(tmp_path),
        catalogue=CatalogueSettings.model_construct(kind="spotify" if spotify else "local"),
        spotify=SpotifySettings.model_construct(client_id="an-app"),
        llm=LlmSettings.model_construct(model=model),
        agents=AgentSettings.model_construct(**flags),
    )


def test_with_spotify_agents_are_off_until_they_are_turned_on(tmp_path):
    told = agents_check(settings(tmp_path, spotify=True))

    assert told.ok is None
    assert "Spotify's developer terms restrict" in told.detail
    assert "USE_AGENT_SDK" in told.next_step


@pytest.mark.parametrize(("model", "named"), [("gpt-5", "gpt-5"), (None, "the offline rules")])
def test_with_spotify_turned_on_it_says_who_is_shown_what(tmp_path, model, named):
    told = agents_check(settings(tmp_path, spotify=True, model=model, use_agent_sdk=True))

    assert told.ok
    assert f"shown to {named}; Spotify's terms restrict that" in told.detail


def test_with_the_local_catalogue_it_says_what_auto_means(tmp_path):
    off = agents_check(settings(tmp_path, spotify=False))
    on = agents_check(
        settings(
            tmp_path,
            spotify=False,
            use_agent_sdk=True,
            use_multi_agent=True,
            rollout_percentage=25,
        )
    )

    assert (off.ok, on.ok) == (True, True)
    assert "`auto` is the pipeline" in off.detail
    assert on.detail == "`auto` gives 25 % of the syncs to `multi-agent`"
