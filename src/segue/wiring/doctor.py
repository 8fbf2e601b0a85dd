"""``segue doctor``: every setting and everything that Segue needs, looked at one by one."""

import shutil
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from pydantic import SecretStr

from segue.errors.base import SegueError
from segue.music.catalogues.open import http_client
from segue.music.catalogues.stored_login import StoredLogin
from segue.runtime.client import connect
from segue.runtime.embedded import check_disk, check_version, server_program, server_version
from segue.settings.load import Settings
from segue.storage.address import shown
from segue.wiring.agents import check_models, seal_of
from segue.wiring.database import open_database
from segue.wiring.local_catalogue import catalogue_stats
from segue.wiring.music import agent_flags, open_catalogue, token_file
from segue.wiring.stack import StackFiles

CONNECT_WITHIN = timedelta(seconds=5)
OLDEST_PYTHON = (3, 11)


@dataclass(frozen=True)
class Check:
    """One line of the examination.

    Attributes:
        ok: None where nothing is needed or wrong, but there is something to know.
        next_step: What to do; empty when nothing.
    """

    name: str
    ok: bool | None
    detail: str
    next_step: str = ""


async def examine(settings: Settings) -> AsyncIterator[Check]:
    """Look at everything; one check failing does not stop the others."""
    yield _python()
    for name, look in _looks(settings):
        yield await _checked(name, look)
    for check in settings_held(settings):
        yield check


def settings_held(settings: Settings) -> list[Check]:
    """Every setting as it is in force, secrets hidden."""
    return [Check(name, None, _shown(value)) for name, value in settings.values()]


def _python() -> Check:
    version = ".".join(str(part) for part in sys.version_info[:3])
    return Check("Python", sys.version_info >= OLDEST_PYTHON, version)


def _looks(settings: Settings) -> list[tuple[str, Callable[[], Awaitable[Check | str]]]]:
    async def data() -> str:
        folder = settings.data.directory.resolve()
        folder.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(folder).free
        check_disk(folder, free)
        return f"{folder}, {free // 2**30} GiB free"

    async def temporal() -> str:
        if settings.temporal.address is None:
            return await _embedded(settings)
        client = await connect(
            None,
            settings.temporal_environment,
            namespace=settings.temporal.namespace,
            wait=CONNECT_WITHIN,
        )
        return f"{settings.temporal.address}, namespace {client.namespace}"

    async def database() -> str:
        async with open_database(settings) as opened:
            return shown(opened.url)

    async def catalogue() -> Check | str:
        return await _catalogue(settings)

    async def models() -> str:
        return await check_models(settings)

    async def agents() -> Check:
        return _agents(settings)

    async def encryption() -> Check | str:
        if seal_of(settings) is None:
            return Check("Encryption", None, "off: conversations are stored as they are")
        return "on: conversations are encrypted at rest"

    return [
        ("Models", models),
        ("Agents", agents),
        ("Encryption", encryption),
        ("Data folder", data),
        ("Temporal", temporal),
        ("Database", database),
        ("Catalogue", catalogue),
    ]


def _agents(settings: Settings) -> Check:
    flags = agent_flags(settings)
    if not flags.allowed:
        return Check(
            "Agents",
            None,
            "off: Spotify's developer terms restrict giving its content to models",
            "Set USE_AGENT_SDK=true if your agreement with Spotify allows it.",
        )
    if settings.catalogue_name == "spotify":
        model = settings.agents.model or settings.llm.model or "the offline rules"
        told = (
            f"titles and candidates of Spotify are shown to {model}; Spotify's terms restrict that,"
            " and you have turned it on"
        )
    elif flags.new_path is None:
        told = "used where a sync asks for them; `auto` is the pipeline (USE_AGENT_SDK is off)"
    else:
        told = f"`auto` gives {flags.rollout_percentage:g} % of the syncs to `{flags.new_path}`"
    return Check("Agents", ok=True, detail=told)


async def _checked(name: str, look: Callable[[], Awaitable[Check | str]]) -> Check:
    try:
        found = await look()
    except SegueError as error:
        return Check(name, ok=False, detail=error.message, next_step=error.hint)
    except OSError as error:
        return Check(name, ok=False, detail=str(error), next_step="Check the path and its rights.")
    return found if isinstance(found, Check) else Check(name, ok=True, detail=found)


async def _embedded(settings: Settings) -> str:
    files = StackFiles(settings.data.directory.resolve())
    if running := files.running():
        return f"embedded, running at {running.temporal_address}, page {running.ui_url}"
    version = await server_version(server_program())
    folder = files.folder / "temporal"
    if folder.exists():
        check_version(folder, version)
    return f"embedded, server {version}, starts when needed"


async def _catalogue(settings: Settings) -> Check | str:
    if settings.catalogue_name == "local":
        return f"local: {catalogue_stats(settings)}"
    if not token_file(settings).exists() and settings.spotify.client_secret is None:
        return Check(
            "Catalogue",
            ok=False,
            detail="Spotify, not logged in",
            next_step="Run `segue login spotify`.",
        )
    catalogue = open_catalogue(settings, None)
    try:
        await catalogue.search("hello", limit=1)
    finally:
        await catalogue.aclose()
    return Check("Catalogue", ok=True, detail="Spotify answers", next_step=await _consent(settings))


async def _consent(settings: Settings) -> str:
    if not token_file(settings).exists():
        return "Search only: run `segue login spotify` to write playlists."
    login = StoredLogin(token_file(settings), client=http_client())
    try:
        return login.warning() or ""
    finally:
        await login.aclose()


def _shown(value: object) -> str:
    if isinstance(value, SecretStr):
        return "set (hidden)"
    return "not set" if value is None else str(value)
