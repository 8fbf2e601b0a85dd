"""Where access tokens come from."""

import asyncio
from datetime import timedelta
from typing import Protocol

import httpx2

from segue.music.catalogues.accounts import EXPIRY_MARGIN, request_token
from segue.music.catalogues.clock import Clock, utc_now


class TokenSource(Protocol):
    """Gives access tokens and renews them; safe to use from concurrent calls."""

    async def access_token(self) -> str:
        """A token that is valid as far as we know."""
        ...

    async def refresh(self, stale: str) -> str:
        """Another token than ``stale``, which the catalogue refused.

        Raises:
            LoginRequiredError: None can be had without the user.
        """
        ...

    async def aclose(self) -> None:
        """Close connections."""
        ...


class ClientCredentials:
    """Tokens of the application itself: enough to search, no user's playlists on Spotify.

    On the local catalogue, where there are no accounts, the application is the user.

    Source: Spotify, authorization guide, client credentials flow.
    """

    def __init__(
        self,
        *,
        client_id: str,
        client_secret: str,
        accounts_url: str,
        client: httpx2.AsyncClient,
        now: Clock = utc_now,
    ) -> None:
        self._application = (client_id, client_secret)
        self._accounts_url = accounts_url
        self._client = client
        self._now = now
        self._token = ""
        self._ends = now()
        self._renewing = asyncio.Lock()

    async def access_token(self) -> str:
        """The token in use, renewed when it is about to end."""
        if self._token and self._now() < self._ends - EXPIRY_MARGIN:
            return self._token
        return await self.refresh(self._token)

    async def refresh(self, stale: str) -> str:
        """A new token, asked for once however many calls want it at the same time."""
        async with self._renewing:
            if self._token == stale:
                await self._renew()
            return self._token

    async def aclose(self) -> None:
        """Close connections."""
        await self._client.aclose()

    async def _renew(self) -> None:
        answer = await request_token(
            self._client,
            self._accounts_url,
            {"grant_type": "client_credentials"},
            basic=self._application,
        )
        self._token = answer.access_token
        self._ends = self._now() + timedelta(seconds=answer.expires_in)
