"""A user's login, kept in a file and shared by all workers on the machine."""

import asyncio
import calendar
import contextlib
import fcntl
import os
import tempfile
from collections.abc import AsyncGenerator
from datetime import datetime, timedelta
from pathlib import Path

import httpx2
from pydantic import AwareDatetime, Field, ValidationError

from segue.errors.catalogue import CatalogueUnavailableError, LoginRequiredError
from segue.music.catalogues.accounts import EXPIRY_MARGIN, request_token
from segue.music.catalogues.clock import Clock, utc_now
from segue.music.catalogues.wire import TokenJson
from segue.music.contracts.base import Wire

# Source: Spotify, refresh token expiration, June 2026: six months after the user's consent, and
# refreshing does not extend it.
CONSENT_MONTHS = 6
WARNING_MONTHS = 5
LOCK_POLL = timedelta(milliseconds=20)
# The holder makes one token request, which its own timeouts end well within this.
LOCK_WAIT = timedelta(seconds=90)


class Login(Wire):
    """What the token file holds.

    Attributes:
        expires_at: End of the access token.
        consented_at: When the user agreed in the browser.
    """

    client_id: str
    accounts_url: str
    access_token: str = Field(repr=False, min_length=1)
    refresh_token: str = Field(repr=False, min_length=1)
    scope: str = ""
    expires_at: AwareDatetime
    consented_at: AwareDatetime

    def with_token(self, answer: TokenJson, now: datetime) -> "Login":
        """This login with a new access token; the old refresh token stays unless replaced."""
        return self.model_copy(
            update={
                "access_token": answer.access_token,
                "refresh_token": answer.refresh_token or self.refresh_token,
                "scope": answer.scope or self.scope,
                "expires_at": now + timedelta(seconds=answer.expires_in),
            }
        )


class StoredLogin:
    """Tokens of a user who logged in; the file is read at every use, so a new login counts at once.

    Workers in one or several processes renew the token once between them: the one that holds the
    file's lock asks, the others then read what it wrote. Spotify may replace the refresh token at
    each renewal, so two requests with the same one would end the login.
    """

    def __init__(self, path: Path, *, client: httpx2.AsyncClient, now: Clock = utc_now) -> None:
        self._path = path
        self._client = client
        self._now = now

    async def access_token(self) -> str:
        """The token in use, renewed when it is about to end.

        Raises:
            LoginRequiredError: Nobody logged in, or the consent has ended.
        """
        login = read_login(self._path)
        if self._now() < login.expires_at - EXPIRY_MARGIN:
            return login.access_token
        return await self.refresh(login.access_token)

    async def refresh(self, stale: str) -> str:
        """Another token than ``stale``.

        Raises:
            LoginRequiredError: Nobody logged in, or the consent has ended.
        """
        async with _lock_file(self._path):
            login = read_login(self._path)
            if login.access_token == stale:
                login = await self._renew(login)
                write_login(self._path, login)
            return login.access_token

    def warning(self) -> str | None:
        """What to tell the user about the consent's end, from five months on; else None.

        Raises:
            LoginRequiredError: Nobody logged in.
        """
        consented_at = read_login(self._path).consented_at
        if self._now() < months_after(consented_at, WARNING_MONTHS):
            return None
        end = months_after(consented_at, CONSENT_MONTHS)
        return f"The Spotify login ends on {end:%Y-%m-%d}; run `segue login spotify` before then."

    async def aclose(self) -> None:
        """Close connections."""
        await self._client.aclose()

    async def _renew(self, login: Login) -> Login:
        now = self._now()
        if now >= months_after(login.consented_at, CONSENT_MONTHS):
            raise LoginRequiredError(
                f"The login of {login.consented_at:%Y-%m-%d} has ended: Spotify asks for consent "
                f"again after {CONSENT_MONTHS} months."
            )
        form = {
            "grant_type": "refresh_token",
            "refresh_token": login.refresh_token,
            "client_id": login.client_id,
        }
        return login.with_token(await request_token(self._client, login.accounts_url, form), now)


def read_login(path: Path) -> Login:
    """The stored login.

    Raises:
        LoginRequiredError: There is none, or the file is not one.
    """
    try:
        return Login.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        raise LoginRequiredError("Nobody has logged in to Spotify here.") from None
    except (OSError, ValidationError) as unusable:
        raise LoginRequiredError(
            f"The stored login {str(path)!r} cannot be used ({type(unusable).__name__})."
        ) from None


def write_login(path: Path, login: Login) -> None:
    """Replace the stored login in one step; only its owner may read it (mode 0600)."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # mkstemp creates with mode 0600, so the token is at no moment readable by others.
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(login.model_dump_json(indent=2).encode())
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def months_after(moment: datetime, months: int) -> datetime:
    """The same time of day so many calendar months later, on the month's last day at most."""
    years, month = divmod(moment.month - 1 + months, 12)
    year = moment.year + years
    day = min(moment.day, calendar.monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day)


@contextlib.asynccontextmanager
async def _lock_file(path: Path) -> AsyncGenerator[None]:
    """Hold the lock file beside ``path``; the system frees it should the process die.

    Polling instead of a blocking wait in a thread: a cancelled caller stops waiting at once.
    """
    handle = _open_lock(path)
    try:
        await _acquire(handle)
        yield
    finally:
        os.close(handle)


def _open_lock(path: Path) -> int:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT, 0o600)


async def _acquire(handle: int) -> None:
    try:
        async with asyncio.timeout(LOCK_WAIT.total_seconds()):
            while not _try_lock(handle):  # noqa: ASYNC110 - no event crosses processes
                await asyncio.sleep(LOCK_POLL.total_seconds())
    except TimeoutError:
        raise CatalogueUnavailableError(
            "Another process has been renewing the login for too long."
        ) from None


def _try_lock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
