"""All settings, read once: the only reader of the environment."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar, get_type_hints

from dotenv import dotenv_values
from pydantic import SecretStr, ValidationError
from pydantic_settings import BaseSettings

from segue.errors.settings import SettingsError
from segue.settings.agents import AgentSettings
from segue.settings.api import ApiSettings
from segue.settings.base import ENV_FILE, ENV_FILE_VARIABLE, Room
from segue.settings.catalogue import CatalogueSettings
from segue.settings.conversations import ConversationSettings
from segue.settings.data import DataSettings
from segue.settings.installation import InstallationSettings
from segue.settings.llm import LlmSettings
from segue.settings.log import LogSettings
from segue.settings.mcp import McpSettings
from segue.settings.model_services import model_services
from segue.settings.payloads import PayloadSettings
from segue.settings.spotify import SpotifySettings
from segue.settings.sync import SyncSettings
from segue.settings.temporal import TemporalSettings
from segue.settings.tracing import TracingSettings
from segue.settings.worker import WorkerSettings

_Room = TypeVar("_Room", bound=Room)


@dataclass(frozen=True)
class Settings:
    """All rooms' settings, read once.

    Attributes:
        temporal_environment: Every ``TEMPORAL_*`` variable, for Temporal's own configuration.
        service_keys: The keys of ``SEGUE_MODEL_SERVICES``, by the variables that hold them.
        brought: Rooms that features bring beside these.
    """

    data: DataSettings
    temporal: TemporalSettings
    catalogue: CatalogueSettings
    spotify: SpotifySettings
    sync: SyncSettings
    llm: LlmSettings
    conversations: ConversationSettings
    payloads: PayloadSettings
    tracing: TracingSettings
    agents: AgentSettings
    worker: WorkerSettings
    api: ApiSettings
    mcp: McpSettings
    log: LogSettings
    installation: InstallationSettings
    temporal_environment: Mapping[str, str] = field(default_factory=dict[str, str])
    service_keys: Mapping[str, SecretStr] = field(default_factory=dict[str, SecretStr])
    brought: tuple[Room, ...] = ()

    def of(self, room: type[_Room]) -> _Room:
        """The values of a room that a feature brings; its defaults where it was not read."""
        values = (each for each in self.brought if isinstance(each, room))
        return next(values, room.model_construct())

    @property
    def catalogue_name(self) -> str:
        """``spotify`` or ``local``, with ``auto`` resolved."""
        if self.catalogue.kind != "auto":
            return self.catalogue.kind
        return "spotify" if self.spotify.client_id else "local"

    def values(self) -> Iterator[tuple[str, object]]:
        """Every variable's name and the value in force, room by room; secrets stay wrapped."""
        own = [value for value in vars(self).values() if isinstance(value, BaseSettings)]
        for room in (*own, *self.brought):
            for name, setting in type(room).model_fields.items():
                yield str(setting.alias), getattr(room, name)

    def environment(self) -> dict[str, str]:
        """The environment in which a child process reads exactly these settings."""
        names = {name for name, _ in self.values()}
        base = {
            name: value
            for name, value in os.environ.items()  # noqa: TID251 - this is the one reader
            if name not in names and not name.startswith("TEMPORAL_")
        }
        ours = {name: _text(value) for name, value in self.values() if value is not None}
        keys = {name: _text(key) for name, key in self.service_keys.items()}
        return {**base, **self.temporal_environment, **keys, **ours, ENV_FILE_VARIABLE: os.devnull}


def rooms() -> tuple[type[BaseSettings], ...]:
    """Every settings class in the order of :class:`Settings`, for documentation and `doctor`."""
    hints = get_type_hints(Settings)
    return tuple(
        hint for hint in hints.values() if isinstance(hint, type) and issubclass(hint, BaseSettings)
    )


def load_settings(feature_rooms: Sequence[type[Room]] = ()) -> Settings:
    """Read the environment and ``.env`` (or the file that SEGUE_ENV_FILE names).

    Args:
        feature_rooms: Rooms that features bring.

    Raises:
        SettingsError: A variable has a value that cannot work; the message names it.
    """
    file = os.environ.get(ENV_FILE_VARIABLE, ENV_FILE)  # noqa: TID251 - this is the one reader
    try:
        settings = Settings(
            *(room(_env_file=file) for room in rooms()),  # pyright: ignore[reportArgumentType, reportCallIssue] - _env_file is pydantic-settings' own, unknown to the type
            temporal_environment=_temporal_environment(file),
            brought=tuple(room(_env_file=file) for room in feature_rooms),  # pyright: ignore[reportCallIssue] - _env_file is pydantic-settings' own
        )
    except ValidationError as invalid:
        problems = "; ".join(
            f"{'.'.join(str(part) for part in error['loc'])}: {error['msg']}"
            for error in invalid.errors(include_input=False, include_url=False)
        )
        raise SettingsError(f"Settings are not usable: {problems}.") from None
    return replace(settings, service_keys=_service_keys(settings.llm, file))


def embedded_settings(folder: Path, feature_rooms: Sequence[type[Room]] = ()) -> Settings:
    """Settings of nothing but defaults, whatever the environment says: all data in ``folder``.

    Args:
        folder: Made when something is stored.
        feature_rooms: Rooms that features bring.
    """
    overrides: dict[type[BaseSettings], dict[str, object]] = {
        DataSettings: {"directory": folder},
        CatalogueSettings: {"kind": "local"},
    }
    return Settings(
        *(room.model_construct(**overrides.get(room, {})) for room in rooms()),  # pyright: ignore[reportArgumentType, reportCallIssue] - one value a room, in order
        brought=tuple(room.model_construct() for room in feature_rooms),
    )


def _text(value: object) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)


def _variables(file: str) -> dict[str, str]:
    from_file = {key: value for key, value in dotenv_values(file).items() if value is not None}
    return {**from_file, **os.environ}  # noqa: TID251 - this is the one reader


def _service_keys(llm: LlmSettings, file: str) -> dict[str, SecretStr]:
    services = model_services(llm.services).values()
    variables = _variables(file) if services else {}
    names = [service.key_variable for service in services if service.key_variable]
    return {name: SecretStr(variables[name]) for name in names if variables.get(name)}


def _temporal_environment(file: str) -> dict[str, str]:
    variables = _variables(file)
    # Temporal takes an empty value for a value; here, as for every other setting, it means unset.
    return {key: value for key, value in variables.items() if value and key.startswith("TEMPORAL_")}
