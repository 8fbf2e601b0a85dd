"""The music feature, for the routes."""

from segue.music.service.music import MusicService
from segue.web.services import Services


def music_of(services: Services) -> MusicService:
    """The music feature's service."""
    return services.service("music", MusicService)
