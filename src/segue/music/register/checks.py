"""What ``segue doctor`` looks at for the music feature, and what its user should know first."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from segue.errors.catalogue import CatalogueUnavailableError
from segue.music.catalogues.local.serve import local_address
from segue.music.catalogues.open import http_client
from segue.music.catalogues.stored_login import StoredLogin
from segue.music.register.local_catalogue import catalogue_stats
from segue.music.register.values import agent_flags, open_catalogue, token_file
from segue.platform.feature import Check
from segue.runtime.http_host import is_answered
from segue.settings.load import Settings


def music_checks(settings: Settings) -> Mapping[str, Callable[[], Awaitable[Check | str]]]:
    """Who may see the catalogue's content, and whether the catalogue answers."""

    async def agents() -> Check:
        return agents_check(settings)

    async def catalogue() -> Check | str:
        return await _catalogue(settings)

    return {"Agents": agents, "Catalogue": catalogue}


async def consent_warnings(settings: Settings) -> Sequence[str]:
    """That the login of Spotify ends soon, where it does."""
    if settings.catalogue_name != "spotify" or not token_file(settings).exists():
        return ()
    warning = await _login_warning(settings)
    return (warning,) if warning else ()


def agents_check(settings: Settings) -> Check:
    """Whether models may see the catalogue's content, and what they are shown."""
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
        detail = (
            f"titles and candidates of Spotify are shown to {model}; Spotify's terms restrict that,"
            " and you have turned it on"
        )
    elif flags.new_path is None:
        detail = "used where a sync asks for them; `auto` is the pipeline (USE_AGENT_SDK is off)"
    else:
        detail = f"`auto` gives {flags.rollout_percentage:g} % of the syncs to `{flags.new_path}`"
    return Check("Agents", ok=True, detail=detail)


async def _catalogue(settings: Settings) -> Check | str:
    if settings.catalogue_name == "local":
        return await _local_catalogue(settings)
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


async def _local_catalogue(settings: Settings) -> Check | str:
    url = settings.catalogue.local_url
    if url is None and settings.temporal.address is None:
        port = settings.catalogue.local_port
        if port and await is_answered(local_address(port), "/healthz"):
            return f"local, answers on port {port}"
        return f"local, {catalogue_stats(settings)['tracks']} tracks, starts when needed"
    catalogue = open_catalogue(settings, url)
    try:
        await catalogue.search("hello", limit=1)
    except CatalogueUnavailableError as error:
        return Check(
            "Catalogue",
            ok=False,
            detail=f"local, at {url}: {error.message}",
            next_step="Start it (`segue catalogue serve`), or correct SEGUE_LOCAL_CATALOGUE_URL.",
        )
    finally:
        await catalogue.aclose()
    return f"local, answers at {url}"


async def _consent(settings: Settings) -> str:
    if not token_file(settings).exists():
        return "Search only: run `segue login spotify` to write playlists."
    return await _login_warning(settings)


async def _login_warning(settings: Settings) -> str:
    login = StoredLogin(token_file(settings), client=http_client())
    try:
        return login.warning() or ""
    finally:
        await login.aclose()
