"""The backend in earnest: every call goes to ``segue.wiring``."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from segue.cli.backend import Agents, App, Check, Keys, Records, ServedApi, StackInfo
from segue.music.contracts.mcp_serving import ClientCommand, Serving
from segue.music.contracts.songs import Track
from segue.music.files.importers.formats import FORMATS
from segue.music.register.local_catalogue import (
    catalogue_import,
    catalogue_search,
    catalogue_stats,
    serve_catalogue,
)
from segue.music.register.spotify_login import login_spotify, logout_spotify
from segue.observability.logs import configure
from segue.platform.feature import Feature
from segue.runtime.roles import Role
from segue.settings.load import Settings, embedded_settings
from segue.web.opening import open_keys
from segue.wiring.app import Opened, open_agents, open_app, open_records, open_service
from segue.wiring.doctor import examine
from segue.wiring.features import FEATURES, read_settings
from segue.wiring.stack import kill_worker, run_stack
from segue.wiring.worker import run_worker


class Wired:
    """Segue with the given settings.

    Args:
        settings: Of this process.
        features: All there are.
    """

    def __init__(self, settings: Settings, features: Sequence[Feature] = FEATURES) -> None:
        self._settings = settings
        self._features = features

    @classmethod
    def from_environment(cls, features: Sequence[Feature] = FEATURES) -> "Wired":
        """Read the settings and configure the logs.

        Raises:
            SettingsError: A variable has a value that cannot work.
        """
        settings = read_settings(features)
        configure(settings.log.level, sealed=settings.conversations.encryption_keys is not None)
        return cls(settings, features)

    def for_demo(self, folder: Path) -> "Wired":
        """Embedded defaults, whatever the environment says."""
        return Wired(embedded_settings(folder), self._features)

    def open_app(self) -> AbstractAsyncContextManager[App]:
        """Join or start Segue."""
        return open_app(self._settings)

    def open_service(self, feature: str) -> AbstractAsyncContextManager[Opened]:
        """Join or start Segue, for one feature."""
        return open_service(self._settings, feature, self._features)

    def open_records(self) -> AbstractAsyncContextManager[Records]:
        """What agents left in the database."""
        return open_records(self._settings)

    def open_agents(self) -> AbstractAsyncContextManager[Agents]:
        """Join or start Segue, for what agents wait for."""
        return open_agents(self._settings)

    def kill_worker(self) -> int | None:
        """SIGKILL the worker."""
        return kill_worker(self._settings)

    async def run_stack(self, announce: Callable[[StackInfo], None]) -> None:
        """Run everything until a signal."""
        await run_stack(self._settings, announce=announce, features=self._features)

    async def run_worker(self, role: Role, announce: Callable[[str | None], None]) -> None:
        """Run a worker until a signal."""
        await run_worker(self._settings, role, announce, self._features)

    async def serve_api(
        self, host: str | None, port: int | None, announce: Callable[[ServedApi], None]
    ) -> None:
        """Serve the HTTP API until a signal."""
        # Not at the top: it loads the web framework, which no other command needs.
        from segue.web.serve import serve_api  # noqa: PLC0415

        host = self._settings.api.host if host is None else host
        port = self._settings.api.port if port is None else port
        await serve_api(
            self._settings, host=host, port=port, announce=announce, features=self._features
        )

    def open_keys(self) -> AbstractAsyncContextManager[Keys]:
        """The API's keys."""
        return open_keys(self._settings)

    async def login_spotify(self, open_browser: Callable[[str], None]) -> str:
        """Log in through the browser."""
        return await login_spotify(self._settings, open_browser)

    def logout_spotify(self) -> bool:
        """Forget the login."""
        return logout_spotify(self._settings)

    def examine(self) -> AsyncIterator[Check]:
        """Check settings and what they point to."""
        return examine(self._settings, self._features)

    def import_formats(self) -> Sequence[tuple[str, str]]:
        """Name and summary of every format that can be imported."""
        return [(known.name, known.summary) for known in FORMATS.values()]

    def catalogue_import(self, path: Path, progress: Callable[[int], None]) -> int:
        """Add tracks from a CSV."""
        return catalogue_import(self._settings, path, progress)

    def catalogue_search(self, query: str, limit: int) -> list[Track]:
        """Search the local catalogue."""
        return catalogue_search(self._settings, query, limit)

    def catalogue_stats(self) -> Mapping[str, object]:
        """What the local catalogue holds."""
        return catalogue_stats(self._settings)

    def serve_catalogue(self, host: str, port: int, ready_file: Path | None) -> None:
        """Serve the local catalogue until a signal."""
        serve_catalogue(self._settings, host, port, ready_file)

    async def serve_spotify_mcp(self, how: Serving, announce: Callable[[str], None]) -> None:
        """Serve MCP clients until they hang up or a signal comes."""
        # Not at the top: it loads the protocol's package, which no other command needs.
        from segue.wiring.spotify_mcp import serve_spotify_mcp  # noqa: PLC0415

        await serve_spotify_mcp(self._settings, how, announce)

    def mcp_command(self) -> ClientCommand:
        """How an MCP client starts the server."""
        from segue.wiring.spotify_mcp import client_command  # noqa: PLC0415 - as above

        return client_command(self._settings)
