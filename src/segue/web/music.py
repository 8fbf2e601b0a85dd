"""The music feature, for the routes."""

from typing import cast

from segue.music.service import MusicService
from segue.web.services import Services


def music_of(services: Services) -> MusicService:
    """Its service."""
    return cast("MusicService", services.parts.services["music"])
