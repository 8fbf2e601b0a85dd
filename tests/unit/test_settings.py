"""Settings come from the environment first, then .env; a bad one is named, a secret never shown."""

import os
from pathlib import Path
from typing import Annotated

import pytest
from pydantic import Field

from scripts.settings_docs import variables
from segue.errors.settings import SettingsError
from segue.settings.base import Room
from segue.settings.load import Settings, load_settings, rooms
from segue.wiring.agents import llm_config

NAMES = [variable.name for room in rooms() for variable in variables(room)]


@pytest.fixture(autouse=True)
def _empty_environment(  # pyright: ignore[reportUnusedFunction] - pytest calls it
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No .env and none of our variables, whatever the machine that runs the tests has set."""
    monkeypatch.chdir(tmp_path)
    for name in [*NAMES, *(name for name in os.environ if name.startswith("TEMPORAL_"))]:
        monkeypatch.delenv(name, raising=False)


def _write_env(text: str) -> None:
    Path(".env").write_text(text, encoding="utf-8")


def _shown(settings: Settings) -> str:
    return " ".join(repr(room) + str(room) for room in vars(settings).values())


def test_without_anything_the_embedded_defaults_hold() -> None:
    settings = load_settings()

    assert settings.data.directory == Path(".segue")
    assert settings.data.database_url is None
    assert settings.temporal.address is None
    assert settings.catalogue.kind == "auto"
    assert settings.spotify.client_id is None
    assert settings.temporal_environment == {}


def test_values_come_from_the_env_file() -> None:
    _write_env("SPOTIFY_CLIENT_ID=from-file\nSEGUE_SEARCH_CONCURRENCY=3\nTEMPORAL_ADDRESS=h:7233\n")

    settings = load_settings()

    assert settings.spotify.client_id == "from-file"
    assert settings.sync.search_concurrency == 3
    assert settings.temporal_environment == {"TEMPORAL_ADDRESS": "h:7233"}


def test_the_environment_wins_over_the_env_file(monkeypatch: pytest.MonkeyPatch) -> None:
    _write_env("SPOTIFY_CLIENT_ID=from-file\nTEMPORAL_ADDRESS=file:7233\n")
    monkeypatch.setenv("SPOTIFY_CLIENT_ID", "from-environment")
    monkeypatch.setenv("TEMPORAL_ADDRESS", "environment:7233")

    settings = load_settings()

    assert settings.spotify.client_id == "from-environment"
    assert settings.temporal.address == "environment:7233"
    assert settings.temporal_environment == {"TEMPORAL_ADDRESS": "environment:7233"}


def test_an_empty_value_means_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPOTIFY_CLIENT_ID", "")
    monkeypatch.setenv("SEGUE_SEARCH_CONCURRENCY", "")
    monkeypatch.setenv("DATABASE_URL", "")

    settings = load_settings()

    assert settings.spotify.client_id is None
    assert settings.sync.search_concurrency == 8
    assert settings.data.database_url is None


def test_an_empty_value_in_the_env_file_means_unset_for_temporal_too() -> None:
    _write_env("TEMPORAL_ADDRESS=\nTEMPORAL_API_KEY=\nTEMPORAL_NAMESPACE=music\n")

    settings = load_settings()

    assert settings.temporal.address is None
    assert settings.temporal_environment == {"TEMPORAL_NAMESPACE": "music"}


def test_every_temporal_variable_reaches_temporals_own_configuration(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TEMPORAL_TLS_SERVER_NAME", "cloud")

    assert load_settings().temporal_environment == {"TEMPORAL_TLS_SERVER_NAME": "cloud"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SEGUE_SEARCH_CONCURRENCY", "many"),
        ("SEGUE_SEARCH_CONCURRENCY", "0"),
        ("SEGUE_TEMPORAL_PORT", "70000"),
        ("SEGUE_CATALOGUE", "tape"),
        ("SEGUE_LOG_LEVEL", "loud"),
    ],
)
def test_a_bad_value_names_its_variable(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(SettingsError, match=name) as raised:
        load_settings()

    assert raised.value.__cause__ is None
    assert raised.value.hint


def test_a_bad_setting_does_not_give_away_what_stands_beside_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SPOTIFY_CLIENT_SECRET", "hush-hush")
    monkeypatch.setenv("DATABASE_URL", "postgresql://me:hush-hush@db/segue")
    monkeypatch.setenv("SEGUE_TEMPORAL_PORT", "hush-hush")

    with pytest.raises(SettingsError) as raised:
        load_settings()

    assert "hush-hush" not in f"{raised.value!r} {raised.value} {raised.value.hint}"


def test_secrets_are_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPOTIFY_CLIENT_SECRET", "hush-hush")
    monkeypatch.setenv("DATABASE_URL", "postgresql://me:hush-hush@db/segue")

    settings = load_settings()

    assert settings.spotify.client_secret is not None
    assert settings.spotify.client_secret.get_secret_value() == "hush-hush"
    assert "hush-hush" not in _shown(settings)


def test_rooms_lists_every_room_that_is_loaded() -> None:
    loaded = vars(load_settings()).values()

    assert {type(room) for room in loaded if isinstance(room, Room)} == set(rooms())


class ToyRoom(Room):
    """What a feature may bring."""

    most: Annotated[int, Field(alias="SEGUE_TOY_MOST", description="Of something.")] = 3


def test_a_feature_brings_a_room_of_its_own_and_children_read_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SEGUE_TOY_MOST", "7")

    settings = load_settings([ToyRoom])

    assert settings.of(ToyRoom).most == 7
    assert ("SEGUE_TOY_MOST", 7) in list(settings.values())
    assert settings.environment()["SEGUE_TOY_MOST"] == "7"


def test_a_value_of_a_brought_room_that_cannot_work_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SEGUE_TOY_MOST", "many")

    with pytest.raises(SettingsError, match="SEGUE_TOY_MOST"):
        load_settings([ToyRoom])


SERVICES = (
    '{"near": {"base_url": "http://127.0.0.1:8080/v1"},'
    ' "far": {"base_url": "https://models.example/v1", "key_variable": "FAR_KEY"}}'
)


def test_services_are_named_in_one_setting_and_their_keys_stand_in_variables(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _write_env(f"SEGUE_MODEL_SERVICES='{SERVICES}'\nFAR_KEY=hidden\n")
    settings = load_settings()
    config = llm_config(settings)

    assert config.services["far"].api_key == "hidden"
    assert config.services["near"].api_key is None
    assert {service.api for service in config.services.values()} == {"chat"}
    assert "hidden" not in f"{settings!r} {config!r} {list(settings.values())}"
    assert settings.environment()["FAR_KEY"] == "hidden"
    monkeypatch.setenv("FAR_KEY", "newer")
    assert llm_config(load_settings()).services["far"].api_key == "newer"


@pytest.mark.parametrize(
    "services",
    [
        "near=http://127.0.0.1",
        '{"near": {}}',
        '{"a/b": {"base_url": "http://here/v1"}}',
        '{"near": {"base_url": "here/v1"}}',
        '{"near": {"base_url": "http://secret:secret@here/v1"}}',
        '{"near": {"base_url": "http://here/v1?key=secret"}}',
        '{"near": {"base_url": "http://here/v1", "key_variable": "sk-secret"}}',
        '{"near": {"base_url": "http://here/v1", "key": "secret"}}',
    ],
)
def test_services_that_cannot_be_read_are_refused_and_not_repeated(
    monkeypatch: pytest.MonkeyPatch, services: str
) -> None:
    monkeypatch.setenv("SEGUE_MODEL_SERVICES", services)
    with pytest.raises(SettingsError, match="SEGUE_MODEL_SERVICES") as refused:
        load_settings()
    assert "secret" not in str(refused.value)
