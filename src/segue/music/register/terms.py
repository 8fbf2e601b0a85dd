"""Whether models may be given what the catalogue says."""

from segue.errors.settings import SettingsError
from segue.settings.load import Settings

_NOT_AGREED = (
    "MCP clients give what they read to models, and Spotify's terms restrict that for its"
    " content; with Spotify's catalogue the server stays off until you turn agents on."
)


def mcp_refusal(settings: Settings) -> str:
    """Why the Spotify MCP server must not run until the user has decided; empty: it may."""
    is_theirs = settings.catalogue_name == "spotify" and not settings.agents.use_agent_sdk
    return _NOT_AGREED if is_theirs else ""


def check_terms(settings: Settings) -> None:
    """Keep Spotify's content from models until the user has decided that they may see it.

    Raises:
        SettingsError: The catalogue is Spotify's and agents are not turned on.
    """
    if refusal := mcp_refusal(settings):
        raise SettingsError(
            refusal,
            hint="Read the terms, then set USE_AGENT_SDK=true; or use SEGUE_CATALOGUE=local.",
        )
