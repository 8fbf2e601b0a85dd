"""Segue with one set of settings: all that commands reach of the rest of it.

What a method needs is imported when it is called: loading the engine takes longer than all of
``segue --help``. Tests put a class of their own, derived from this one, in its place.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from segue.platform.feature import Check, Feature
from segue.wiring.features import FEATURES

if TYPE_CHECKING:
    from segue.gallery.contracts import PatternView
    from segue.llm.answers import Listener
    from segue.music.contracts.mcp_server import McpServerOptions
    from segue.music.contracts.songs import Track
    from segue.platform.mcp.options import ClientCommand, ServingOptions
    from segue.runs.service.stored_records import KeptRecords
    from segue.runs.service.views import RewrappedKeys
    from segue.runtime.roles import Role
    from segue.settings.load import Settings
    from segue.storage.migrating import Schema
    from segue.storage.pruning import PrunedRows
    from segue.web.keys import ApiKeys
    from segue.web.serve import Serving
    from segue.wiring.app import Agents, App
    from segue.wiring.asking import ModelReply
    from segue.wiring.stack import StackInfo


class Installation:
    """Settings, and what they lead to.

    Args:
        settings: Of this process.
        features: All there are.
    """

    def __init__(self, settings: "Settings", features: Sequence[Feature] = FEATURES) -> None:
        self._settings = settings
        self._features = features

    @classmethod
    def from_environment(cls, features: Sequence[Feature] = FEATURES) -> "Installation":
        """Read the settings and configure the logs.

        Raises:
            SettingsError: A variable has a value that cannot work.
        """
        from segue.observability.logs import configure
        from segue.wiring.features import features_named, read_settings

        settings = read_settings(features)
        configure(
            settings.log.level,
            json=settings.log.form == "json",
            sealed=settings.conversations.encryption_keys is not None,
        )
        return cls(settings, features_named(features, settings.installation.feature_names))

    def for_demo(self, folder: Path, *, search_delay: float) -> "Installation":
        """One on embedded defaults, with all its data in ``folder``.

        Args:
            folder: Made when something is stored.
            search_delay: Seconds that each search takes longer.
        """
        from segue.settings.load import embedded_settings

        rooms = [room for feature in self._features for room in feature.settings]
        settings = embedded_settings(folder, rooms)
        catalogue = settings.catalogue.model_copy(update={"local_search_delay": search_delay})
        return Installation(replace(settings, catalogue=catalogue), self._features)

    # --- what a command opens ---------------------------------------------------------------------

    def open_app(self, feature: str) -> "AbstractAsyncContextManager[App[Any]]":
        """Join or start Segue, for the service of one feature."""
        from segue.wiring.app import open_app

        return open_app(self._settings, feature, self._features)

    def open_records(self) -> "AbstractAsyncContextManager[KeptRecords]":
        """What agents left in the database; nothing is started."""
        from segue.wiring.app import open_records

        return open_records(self._settings)

    def open_agents(self) -> "AbstractAsyncContextManager[Agents]":
        """Join or start Segue, for what agents wait for."""
        from segue.wiring.app import open_agents

        return open_agents(self._settings)

    def open_keys(self) -> "AbstractAsyncContextManager[ApiKeys]":
        """The API's keys; nothing is started."""
        from segue.web.open_keys import open_keys

        return open_keys(self._settings)

    # --- the database -----------------------------------------------------------------------------

    async def database_schema(self) -> "Schema":
        """The revisions of the database and of this Segue."""
        from segue.wiring.database import schema_of

        return await schema_of(self._settings)

    async def upgrade_database(self) -> "Schema":
        """Bring the schema up to date; how it is then."""
        from segue.wiring.database import upgrade_schema

        return await upgrade_schema(self._settings)

    async def rewrap_keys(self) -> "RewrappedKeys":
        """Bring all keys under the first master key."""
        from segue.wiring.rewrapping import rewrap

        return await rewrap(self._settings)

    async def adopt_database(self) -> str:
        """Let the database stand with Temporal's namespace; which with which, in words."""
        from segue.wiring.database import adopt_database

        return await adopt_database(self._settings)

    async def prune(self, *, older_than: timedelta | None, dry_run: bool) -> "list[PrunedRows]":
        """Delete what ended long ago and nobody needs, or count it."""
        from segue.wiring.pruning import prune_old

        return await prune_old(
            self._settings, older_than=older_than, dry_run=dry_run, features=self._features
        )

    # --- what a command runs ----------------------------------------------------------------------

    async def run_stack(
        self, announce: "Callable[[StackInfo], None]", *, temporal_port: int | None = None
    ) -> None:
        """Run everything until a signal; None: Temporal's port is as the settings say."""
        from segue.wiring.stack import run_stack

        settings = self._settings
        if temporal_port is not None:
            temporal = settings.temporal.model_copy(update={"port": temporal_port})
            settings = replace(settings, temporal=temporal)
        await run_stack(settings, announce=announce, features=self._features)

    async def run_worker(
        self, role: "Role", only: Sequence[str], announce: Callable[[str | None], None]
    ) -> None:
        """Run a worker until a signal; ``announce`` gets the URL of its probes, or None."""
        from segue.wiring.worker import run_worker

        await run_worker(self._settings, role, announce, self._features, only=only)

    def kill_worker(self) -> int | None:
        """SIGKILL the worker; its process id, or None when there is none."""
        from segue.wiring.stack import kill_worker

        return kill_worker(self._settings)

    async def serve_api(
        self, host: str | None, port: int | None, announce: "Callable[[Serving], None]"
    ) -> None:
        """Serve the HTTP API until a signal; None: as the settings say."""
        from segue.web.serve import serve_api

        host = self._settings.api.host if host is None else host
        port = self._settings.api.port if port is None else port
        await serve_api(
            self._settings, host=host, port=port, announce=announce, features=self._features
        )

    async def ask_model(
        self, question: str, model: str | None, listener: "Listener | None"
    ) -> "ModelReply":
        """Ask a model one question; None: the configured one."""
        from segue.wiring.asking import ask_model

        return await ask_model(self._settings, question, model=model, listener=listener)

    def examine(self, *, questions: bool) -> AsyncIterator[Check]:
        """Check settings and what they point to; by ``questions``, also what models can do."""
        from segue.wiring.doctor import examine

        return examine(self._settings, self._features, questions=questions)

    # --- the gallery ------------------------------------------------------------------------------

    def patterns(self) -> "list[PatternView]":
        """Every pattern of agents; nothing is started."""
        from segue.gallery.service.gallery import all_patterns

        return all_patterns()

    # --- what is music's alone --------------------------------------------------------------------

    async def login_spotify(self, open_browser: Callable[[str], None]) -> str:
        """Log in through the browser; who it is."""
        from segue.music.register.spotify_login import login_spotify

        return await login_spotify(self._settings, open_browser)

    def logout_spotify(self) -> bool:
        """Forget the login; whether there was one."""
        from segue.music.register.spotify_login import logout_spotify

        return logout_spotify(self._settings)

    def import_formats(self) -> Sequence[tuple[str, str]]:
        """Name and summary of every format that can be imported."""
        from segue.music.service.formats import import_formats

        return import_formats()

    def catalogue_import(self, path: Path, progress: Callable[[int], None]) -> int:
        """Add the tracks of a CSV to the local catalogue; how many."""
        from segue.music.register.local_catalogue import catalogue_import

        return catalogue_import(self._settings, path, progress)

    def catalogue_search(self, query: str, limit: int) -> "list[Track]":
        """Search the local catalogue."""
        from segue.music.register.local_catalogue import catalogue_search

        return catalogue_search(self._settings, query, limit)

    def catalogue_stats(self) -> Mapping[str, object]:
        """What the local catalogue holds."""
        from segue.music.register.local_catalogue import catalogue_stats

        return catalogue_stats(self._settings)

    def serve_catalogue(
        self, host: str, port: int, ready_file: Path | None, announce: Callable[[str], None]
    ) -> None:
        """Serve the local catalogue until a signal; tells its address once it answers."""
        from segue.music.register.local_catalogue import serve_catalogue

        serve_catalogue(self._settings, host, port, ready_file, announce)

    async def serve_spotify_mcp(
        self, how: "McpServerOptions", announce: Callable[[str], None]
    ) -> None:
        """Serve MCP clients; ``announce`` gets the address, over HTTP."""
        from segue.wiring.spotify_mcp import serve_spotify_mcp

        await serve_spotify_mcp(self._settings, how, announce)

    # --- MCP servers ------------------------------------------------------------------------------

    async def serve_tool_server(
        self, name: str, how: "ServingOptions", announce: Callable[[str], None]
    ) -> None:
        """Serve a feature's MCP clients; ``announce`` gets the address, over HTTP."""
        from segue.wiring.mcp_serving import serve_tool_server
        from segue.wiring.tool_servers import tool_server_named

        server = tool_server_named(name, self._features)
        await serve_tool_server(server, self._settings, how, announce, self._features)

    def mcp_commands(self) -> "Mapping[str, ClientCommand]":
        """How an MCP client starts each server, by the name that the client shows."""
        from segue.wiring.tool_servers import client_commands

        return client_commands(self._settings, self._features)
