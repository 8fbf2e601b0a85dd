"""The only reader of the environment.

Names that users know from other tools keep them (``SPOTIFY_CLIENT_ID``, ``TEMPORAL_ADDRESS``, …);
our own start with ``SEGUE_``. Values come from the process environment, then from ``.env`` in the
working directory. Every field stands in ``.env.example`` and docs/reference/settings.md; tests keep
it so.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from dotenv import dotenv_values
from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from segue.errors.settings import SettingsError

ENV_FILE = ".env"
ENV_FILE_VARIABLE = "SEGUE_ENV_FILE"


class _Room(BaseSettings):
    model_config = SettingsConfigDict(
        env_file_encoding="utf-8",
        extra="ignore",
        frozen=True,
        env_ignore_empty=True,
        populate_by_name=True,
    )


class DataSettings(_Room):
    """Where Segue keeps what it must not lose."""

    directory: Annotated[
        Path, Field(alias="SEGUE_DATA_DIR", description="Folder for databases, logs and tokens.")
    ] = Path(".segue")
    database_url: Annotated[
        SecretStr | None,
        Field(
            alias="DATABASE_URL",
            description="SQL database, `postgresql://…` or `sqlite:///…`; unset: a file.",
        ),
    ] = None


class TemporalSettings(_Room):
    """How to reach Temporal; all other ``TEMPORAL_*`` names go to Temporal's own configuration."""

    address: Annotated[
        str | None,
        Field(
            alias="TEMPORAL_ADDRESS",
            description="`host:port` of a Temporal server; unset: the embedded one.",
        ),
    ] = None
    namespace: Annotated[
        str | None,
        Field(
            alias="TEMPORAL_NAMESPACE",
            description="Namespace of the music workflows; unset: the profile's, or `default`.",
        ),
    ] = None
    port: Annotated[
        int,
        Field(
            alias="SEGUE_TEMPORAL_PORT",
            ge=0,
            le=65535,
            description="Port of the embedded server; 0: any free one.",
        ),
    ] = 0
    ui_port: Annotated[
        int,
        Field(
            alias="SEGUE_TEMPORAL_UI_PORT",
            ge=0,
            le=65535,
            description="Port of the embedded server's web page; 0: any free one.",
        ),
    ] = 0


class CatalogueSettings(_Room):
    """Which catalogue answers."""

    kind: Annotated[
        Literal["auto", "local", "spotify"],
        Field(
            alias="SEGUE_CATALOGUE",
            description="`auto`: Spotify when SPOTIFY_CLIENT_ID is set, else the local catalogue.",
        ),
    ] = "auto"
    local_port: Annotated[
        int,
        Field(
            alias="SEGUE_LOCAL_CATALOGUE_PORT",
            ge=0,
            le=65535,
            description="Port of the local catalogue service; 0: any free one.",
        ),
    ] = 0
    local_url: Annotated[
        str | None,
        Field(
            alias="SEGUE_LOCAL_CATALOGUE_URL",
            description="Use the local catalogue service that runs there; unset: start one.",
        ),
    ] = None
    mapping_file: Annotated[
        Path | None,
        Field(
            alias="SEGUE_MAPPING_FILE",
            description="CSV of your own matches; unset: `mapping.csv` in the data folder.",
        ),
    ] = None


class SpotifySettings(_Room):
    """Your own Spotify application (Spotify allows five users and one Premium owner each)."""

    client_id: Annotated[
        str | None,
        Field(alias="SPOTIFY_CLIENT_ID", description="Client id of your Spotify application."),
    ] = None
    client_secret: Annotated[
        SecretStr | None,
        Field(
            alias="SPOTIFY_CLIENT_SECRET",
            description="Its secret; needed only for search without login. PKCE login needs none.",
        ),
    ] = None
    redirect_uri: Annotated[
        str,
        Field(
            alias="SPOTIFY_REDIRECT_URI",
            description="Loopback address registered with Spotify for the login.",
        ),
    ] = "http://127.0.0.1:8898/callback"
    api_url: Annotated[
        str,
        Field(alias="SPOTIFY_API_URL", description="Base of the Web API."),
    ] = "https://api.spotify.com/v1"
    accounts_url: Annotated[
        str, Field(alias="SPOTIFY_ACCOUNTS_URL", description="Base of the accounts service.")
    ] = "https://accounts.spotify.com"


class SyncSettings(_Room):
    """How hard a sync works."""

    search_concurrency: Annotated[
        int,
        Field(
            alias="SEGUE_SEARCH_CONCURRENCY",
            ge=1,
            le=32,
            description="Searches in flight at once, per worker.",
        ),
    ] = 8


class LlmSettings(_Room):
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
    openai_api: Annotated[
        Literal["responses", "chat"],
        Field(
            alias="SEGUE_OPENAI_API",
            description="OpenAI's API to speak: `responses`, or `chat` (Chat Completions).",
        ),
    ] = "responses"
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


class ConversationSettings(_Room):
    """What is kept of conversations, and how."""

    encryption_keys: Annotated[
        SecretStr | None,
        Field(
            alias="SEGUE_ENCRYPTION_KEYS",
            description="`id:key` pairs (32 bytes, base64) with commas; the first encrypts.",
        ),
    ] = None
    max_items: Annotated[
        int,
        Field(
            alias="SEGUE_CONVERSATION_MAX_ITEMS",
            ge=100,
            le=10_000_000,
            description="Items that one conversation may hold.",
        ),
    ] = 100_000
    compact_after_tokens: Annotated[
        int | None,
        Field(
            alias="SEGUE_COMPACT_AFTER_TOKENS",
            ge=1_000,
            description="Summarise older turns beyond so many tokens (estimated); unset: never.",
        ),
    ] = None


class PayloadSettings(_Room):
    """Where single payloads go that are too large for a workflow history."""

    store: Annotated[
        Literal["sql", "s3", "off"],
        Field(
            alias="SEGUE_PAYLOAD_STORE",
            description="`sql`: the database; `s3`: a bucket (extra `s3`); `off`: the history.",
        ),
    ] = "sql"
    s3_bucket: Annotated[
        str | None, Field(alias="SEGUE_S3_BUCKET", description="Bucket of the payloads.")
    ] = None
    s3_endpoint: Annotated[
        str | None,
        Field(alias="SEGUE_S3_ENDPOINT", description="Another service with S3's API; unset: AWS."),
    ] = None


class TracingSettings(_Room):
    """Who is told what agents do, step by step."""

    exporter: Annotated[
        Literal["auto", "openai", "otlp", "off"],
        Field(
            alias="SEGUE_TRACING",
            description="`auto`: OpenTelemetry when OTEL_EXPORTER_OTLP_ENDPOINT is set, else none.",
        ),
    ] = "auto"
    with_content: Annotated[
        bool,
        Field(
            alias="SEGUE_TRACING_CONTENT",
            description="Put prompts, answers and tool data into the traces.",
        ),
    ] = False
    otlp_endpoint: Annotated[
        str | None,
        Field(
            alias="OTEL_EXPORTER_OTLP_ENDPOINT",
            description="Where OpenTelemetry sends; its other standard variables work as well.",
        ),
    ] = None
    otlp_traces_endpoint: Annotated[
        str | None,
        Field(
            alias="OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
            description="Where it sends traces, where that is another place.",
        ),
    ] = None

    @property
    def kind(self) -> Literal["off", "openai", "otlp"]:
        """Who is told, with ``auto`` resolved."""
        if self.exporter != "auto":
            return self.exporter
        return "otlp" if self.otlp_endpoint or self.otlp_traces_endpoint else "off"


class AgentSettings(_Room):
    """Which way a sync decides."""

    use_agent_sdk: Annotated[
        bool, Field(alias="USE_AGENT_SDK", description="Let an agent sync songs.")
    ] = False
    use_mcp_provider: Annotated[
        bool, Field(alias="USE_MCP_PROVIDER", description="Let it use the Spotify MCP server.")
    ] = False
    use_multi_agent: Annotated[
        bool, Field(alias="USE_MULTI_AGENT", description="Let several agents share the work.")
    ] = False
    model: Annotated[
        str | None, Field(alias="AGENT_MODEL", description="Their model; unset: LLM_MODEL.")
    ] = None
    temperature: Annotated[
        float | None,
        Field(alias="AGENT_TEMPERATURE", ge=0, le=2, description="Its temperature, 0 to 2."),
    ] = None
    max_iterations: Annotated[
        int,
        Field(alias="MAX_AGENT_ITERATIONS", ge=1, le=100, description="Turns of one run, at most."),
    ] = 10
    rollout_percentage: Annotated[
        int,
        Field(
            alias="AGENT_ROLLOUT_PERCENTAGE",
            ge=0,
            le=100,
            description="Share of the syncs that agents get, in percent.",
        ),
    ] = 0
    shadow_percentage: Annotated[
        int,
        Field(
            alias="SEGUE_AGENT_SHADOW_PERCENTAGE",
            ge=0,
            le=100,
            description="Share of the pipeline's syncs that agents repeat without writing.",
        ),
    ] = 0
    failure_bound: Annotated[
        int,
        Field(
            alias="SEGUE_AGENT_FAILURE_BOUND",
            ge=1,
            le=100,
            description="Failed agent syncs, in percent of the last 20, that end the roll-out.",
        ),
    ] = 20


class WorkerSettings(_Room):
    """How much a worker takes on, and where it says how it is."""

    max_concurrent_workflow_tasks: Annotated[
        int,
        Field(
            alias="SEGUE_MAX_CONCURRENT_WORKFLOW_TASKS",
            ge=2,
            le=10_000,
            description="Workflow tasks at once, per worker.",
        ),
    ] = 100
    max_concurrent_activities: Annotated[
        int,
        Field(
            alias="SEGUE_MAX_CONCURRENT_ACTIVITIES",
            ge=1,
            le=10_000,
            description="Activities at once, per worker and queue.",
        ),
    ] = 200
    probe_host: Annotated[
        str,
        Field(alias="SEGUE_PROBE_HOST", description="Address of probes and metrics of a worker."),
    ] = "127.0.0.1"
    probe_port: Annotated[
        int | None,
        Field(
            alias="SEGUE_PROBE_PORT",
            ge=0,
            le=65535,
            description="Their port; 0: any free one; unset: none.",
        ),
    ] = None


class ApiSettings(_Room):
    """The HTTP API."""

    host: Annotated[
        str, Field(alias="SEGUE_API_HOST", description="Address that the HTTP API listens on.")
    ] = "127.0.0.1"
    port: Annotated[
        int,
        Field(alias="SEGUE_API_PORT", ge=0, le=65535, description="Its port; 0: any free one."),
    ] = 8000
    upload_limit_mb: Annotated[
        int,
        Field(
            alias="SEGUE_UPLOAD_LIMIT_MB",
            ge=1,
            le=1024,
            description="Largest playlist file that is taken, in MB.",
        ),
    ] = 20
    requests_per_minute: Annotated[
        int,
        Field(
            alias="SEGUE_REQUESTS_PER_MINUTE",
            ge=1,
            le=100_000,
            description="Requests of one API key in a minute.",
        ),
    ] = 120


class McpSettings(_Room):
    """The Spotify MCP server."""

    host: Annotated[
        str,
        Field(alias="SEGUE_MCP_HOST", description="Address that MCP servers listen on over HTTP."),
    ] = "127.0.0.1"
    spotify_port: Annotated[
        int,
        Field(
            alias="SEGUE_SPOTIFY_MCP_PORT",
            ge=0,
            le=65535,
            description="Port of the Spotify MCP server over HTTP; 0: any free one.",
        ),
    ] = 8003
    token: Annotated[
        SecretStr | None,
        Field(
            alias="SEGUE_MCP_TOKEN",
            description="Bearer token that MCP clients send; needed beyond loopback.",
        ),
    ] = None
    allowed_hosts: Annotated[
        str,
        Field(
            alias="SEGUE_MCP_ALLOWED_HOSTS",
            description="Host names under which clients reach MCP servers; with commas.",
        ),
    ] = ""
    allow_removals: Annotated[
        bool,
        Field(
            alias="SEGUE_MCP_ALLOW_REMOVALS",
            description="Offer MCP clients the tool that takes tracks out of playlists.",
        ),
    ] = False


class LogSettings(_Room):
    """What is logged."""

    level: Annotated[
        Literal["debug", "info", "warning", "error"],
        Field(alias="SEGUE_LOG_LEVEL", description="Least severe level that is logged."),
    ] = "warning"


@dataclass(frozen=True)
class Settings:
    """All rooms' settings, read once.

    Attributes:
        temporal_environment: Every ``TEMPORAL_*`` variable, for Temporal's own configuration.
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
    temporal_environment: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def catalogue_name(self) -> str:
        """``spotify`` or ``local``, with ``auto`` resolved."""
        if self.catalogue.kind != "auto":
            return self.catalogue.kind
        return "spotify" if self.spotify.client_id else "local"

    def values(self) -> Iterator[tuple[str, object]]:
        """Every variable's name and the value in force, room by room; secrets stay wrapped."""
        for room in rooms():
            held = next(value for value in vars(self).values() if isinstance(value, room))
            for name, described in room.model_fields.items():
                yield str(described.alias), getattr(held, name)

    def environment(self) -> dict[str, str]:
        """The environment in which a child process reads exactly these settings."""
        base = {
            name: value
            for name, value in os.environ.items()  # noqa: TID251 - this is the one reader
            if name not in _names() and not name.startswith("TEMPORAL_")
        }
        ours = {name: _text(value) for name, value in self.values() if value is not None}
        return {**base, **self.temporal_environment, **ours, ENV_FILE_VARIABLE: os.devnull}


def rooms() -> tuple[type[BaseSettings], ...]:
    """Every settings class, for documentation and ``segue doctor``."""
    return (
        DataSettings,
        TemporalSettings,
        CatalogueSettings,
        SpotifySettings,
        SyncSettings,
        LlmSettings,
        ConversationSettings,
        PayloadSettings,
        TracingSettings,
        AgentSettings,
        WorkerSettings,
        ApiSettings,
        McpSettings,
        LogSettings,
    )


def load_settings() -> Settings:
    """Read the environment and ``.env`` (or the file that SEGUE_ENV_FILE names).

    Raises:
        SettingsError: A variable has a value that cannot work; the message names it.
    """
    file = os.environ.get(ENV_FILE_VARIABLE, ENV_FILE)  # noqa: TID251 - this is the one reader
    try:
        return Settings(
            *(room(_env_file=file) for room in rooms()),  # pyright: ignore[reportArgumentType, reportCallIssue] - _env_file is pydantic-settings' own, unknown to the type
            temporal_environment=_temporal_environment(file),
        )
    except ValidationError as invalid:
        problems = "; ".join(
            f"{'.'.join(str(part) for part in error['loc'])}: {error['msg']}"
            for error in invalid.errors(include_input=False, include_url=False)
        )
        raise SettingsError(f"Settings are not usable: {problems}.") from None


def embedded_settings(folder: Path) -> Settings:
    """Nothing but defaults, whatever the environment says: all data in ``folder``."""
    return Settings(
        data=DataSettings.model_construct(directory=folder),
        temporal=TemporalSettings.model_construct(),
        catalogue=CatalogueSettings.model_construct(kind="local"),
        spotify=SpotifySettings.model_construct(),
        sync=SyncSettings.model_construct(),
        llm=LlmSettings.model_construct(),
        conversations=ConversationSettings.model_construct(),
        payloads=PayloadSettings.model_construct(),
        tracing=TracingSettings.model_construct(),
        agents=AgentSettings.model_construct(),
        worker=WorkerSettings.model_construct(),
        api=ApiSettings.model_construct(),
        mcp=McpSettings.model_construct(),
        log=LogSettings.model_construct(),
    )


def _names() -> set[str]:
    return {str(described.alias) for room in rooms() for described in room.model_fields.values()}


def _text(value: object) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)


def _temporal_environment(file: str) -> dict[str, str]:
    from_file = {key: value for key, value in dotenv_values(file).items() if value is not None}
    merged = {**from_file, **os.environ}  # noqa: TID251 - this is the one reader
    # Temporal takes an empty value for a value; here, as for every other setting, it means unset.
    return {key: value for key, value in merged.items() if value and key.startswith("TEMPORAL_")}
