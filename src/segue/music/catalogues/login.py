"""Log a user in through the browser.

Source: RFC 7636 (PKCE), RFC 8252 (loopback redirect); Spotify, authorization code with PKCE, and
redirect URIs (loopback by address, never ``localhost``; any port when registered without one).
"""

import asyncio
import base64
import hashlib
import html
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import SplitResult, parse_qs, urlencode, urlsplit

import httpx2

from segue.errors.base import SegueError
from segue.errors.catalogue import LoginRequiredError
from segue.errors.settings import SettingsError
from segue.music.catalogues.accounts import request_token
from segue.music.catalogues.clock import Clock, utc_now
from segue.music.catalogues.stored_login import Login, StoredLogin, write_login

SCOPES = (
    "playlist-read-private",
    "playlist-read-collaborative",
    "playlist-modify-private",
    "playlist-modify-public",
)
LOOPBACK_HOSTS = ("127.0.0.1", "::1")
HEAD_LIMIT = 16 * 1024  # bytes of a request head; a browser's is far smaller
HEAD_WAIT = timedelta(seconds=10)  # a browser sends its head at once
PAGE_WAIT = timedelta(seconds=1)  # for the last page to be sent; loopback takes milliseconds

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Segue</title>
<meta name="viewport" content="width=device-width">
<style>body{{font:18px/1.5 system-ui,sans-serif;max-width:32rem;margin:15vh auto;padding:0 1rem;
color:#222;background:#fafafa}}h1{{font-size:1.6rem}}</style><h1>{title}</h1><p>{text}</p></html>"""


@dataclass(frozen=True)
class LoginRequest:
    """The application, addresses and limits of a login.

    Attributes:
        redirect_uri: Loopback address as registered; without a port any free one is used.
        token_file: Where the login is kept.
        wait: How long the user has to agree.
    """

    client_id: str
    redirect_uri: str
    accounts_url: str
    token_file: Path
    wait: timedelta = timedelta(minutes=5)


async def login(
    request: LoginRequest,
    *,
    client: httpx2.AsyncClient,
    open_browser: Callable[[str], object],
    now: Clock = utc_now,
) -> StoredLogin:
    """Send the user to the accounts service and store the login that comes back.

    Args:
        request: Application and places.
        client: For the token request; the returned login goes on using it.
        open_browser: Called once, in a thread, with the address to open.
        now: The clock.

    Raises:
        SettingsError: The redirect address is not a free loopback address.
        LoginRequiredError: The user declined, or did not answer in time.
        CatalogueError: The accounts service refused or failed the token request.
    """
    redirect = _loopback(request.redirect_uri)
    flow = _Flow(request, client, now)
    server = await _listen(flow, redirect)
    async with server:
        port = server.sockets[0].getsockname()[1]
        flow.redirect_uri = redirect._replace(netloc=f"{_loopback_host(redirect)}:{port}").geturl()
        try:
            async with asyncio.timeout_at(flow.until):
                await asyncio.to_thread(open_browser, flow.address())
                await flow.done
        except TimeoutError:
            raise LoginRequiredError(
                f"Nobody agreed in the browser within {request.wait.total_seconds():.0f} seconds."
            ) from None
        finally:
            flow.done.cancel()  # an answer that comes later changes nothing
            await flow.finish_answers()
    return StoredLogin(request.token_file, client=client, now=now)


class _Flow:
    """One attempt: its secrets, and the future that ends it.

    Attributes:
        until: On the loop's clock; nothing is waited for any longer.
    """

    def __init__(self, request: LoginRequest, client: httpx2.AsyncClient, now: Clock) -> None:
        loop = asyncio.get_running_loop()
        self.request = request
        self.redirect_uri = request.redirect_uri
        self.until = loop.time() + request.wait.total_seconds()
        self.done: asyncio.Future[None] = loop.create_future()
        self.serving: set[asyncio.Future[None]] = set()
        self._answered = False
        self._client = client
        self._now = now
        self._state = secrets.token_urlsafe(24)
        self._verifier = secrets.token_urlsafe(64)

    async def finish_answers(self) -> None:
        """Let the page that says how it went reach the browser, and end every connection."""
        if self.serving:
            await asyncio.wait(self.serving, timeout=PAGE_WAIT.total_seconds())
        for connection in self.serving:
            connection.cancel()
        await asyncio.gather(*self.serving, return_exceptions=True)

    def address(self) -> str:
        """The page where the user agrees."""
        digest = hashlib.sha256(self._verifier.encode()).digest()
        query = {
            "response_type": "code",
            "client_id": self.request.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": " ".join(SCOPES),
            "state": self._state,
            "code_challenge_method": "S256",
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        }
        return f"{self.request.accounts_url.rstrip('/')}/authorize?{urlencode(query)}"

    async def answer(self, target: str) -> tuple[int, str]:
        """Status and page for a request to the loopback listener."""
        parts = urlsplit(target)
        if parts.path != (urlsplit(self.redirect_uri).path or "/"):
            return 404, _page("Not here", "This address only receives the answer of a login.")
        params = {name: values[0] for name, values in parse_qs(parts.query).items()}
        # A stranger's page could send the browser here: what it says neither counts nor ends
        # the wait for the real answer.
        if not secrets.compare_digest(params.get("state", "").encode(), self._state.encode()):
            return 400, _page("Not this login", "The answer belongs to another login attempt.")
        if self._answered:
            return 400, _page("Already done", "This login has ended; close this page.")
        self._answered = True  # at once: a browser that asks twice must not spend the code twice
        return await self._conclude(params)

    async def _conclude(self, params: dict[str, str]) -> tuple[int, str]:
        try:
            async with asyncio.timeout_at(self.until):
                await self._finish(params)
        except TimeoutError:
            return 400, _page("Not logged in", "The accounts service did not answer in time.")
        except SegueError as failure:
            self._end(failure)
            return 400, _page("Not logged in", failure.message)
        self._end(None)
        return 200, _page("Logged in", "Segue may now use your playlists. Close this page.")

    async def _finish(self, params: dict[str, str]) -> None:
        if "code" not in params:
            why = "declined" if params.get("error") == "access_denied" else "not completed"
            raise LoginRequiredError(f"The login was {why} in the browser.")
        form = {
            "grant_type": "authorization_code",
            "code": params["code"],
            "redirect_uri": self.redirect_uri,
            "client_id": self.request.client_id,
            "code_verifier": self._verifier,
        }
        consented_at = self._now()
        answer = await request_token(self._client, self.request.accounts_url, form)
        if answer.refresh_token is None:
            raise LoginRequiredError("The accounts service gave no lasting login.")
        write_login(
            self.request.token_file,
            Login(
                client_id=self.request.client_id,
                accounts_url=self.request.accounts_url,
                access_token=answer.access_token,
                refresh_token=answer.refresh_token,
                scope=answer.scope,
                expires_at=consented_at + timedelta(seconds=answer.expires_in),
                consented_at=consented_at,
            ),
        )

    def _end(self, failure: SegueError | None) -> None:
        if self.done.done():  # the wait for it is over
            return
        if failure is None:
            self.done.set_result(None)
        else:
            self.done.set_exception(failure)


def _loopback(redirect_uri: str) -> SplitResult:
    parts = urlsplit(redirect_uri)
    if parts.scheme != "http" or parts.hostname not in LOOPBACK_HOSTS:
        raise SettingsError(
            f"SPOTIFY_REDIRECT_URI must be http://127.0.0.1:PORT/…, not {redirect_uri!r}: the "
            "login is received on this machine, and Spotify does not accept the name localhost."
        )
    return parts


def _loopback_host(redirect: SplitResult) -> str:
    return "[::1]" if redirect.hostname == "::1" else "127.0.0.1"


async def _listen(flow: _Flow, redirect: SplitResult) -> asyncio.Server:
    def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        flow.serving.add(asyncio.ensure_future(_serve_connection(flow, reader, writer)))

    try:
        return await asyncio.start_server(
            serve, redirect.hostname, redirect.port or 0, limit=HEAD_LIMIT
        )
    except OSError as failure:
        raise SettingsError(
            f"Cannot listen on {redirect.netloc} for the login's answer: {failure.strerror}.",
            hint="Close the program that uses the port, or register and set another "
            "SPOTIFY_REDIRECT_URI.",
        ) from None


async def _serve_connection(
    flow: _Flow, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    try:
        await _respond(flow, reader, writer)
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


async def _respond(flow: _Flow, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        async with asyncio.timeout(HEAD_WAIT.total_seconds()):
            head = await reader.readuntil(b"\r\n\r\n")
    except (TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, OSError):
        return  # not a browser
    method, _, rest = head.split(b"\r\n", 1)[0].decode("latin-1").partition(" ")
    if method == "GET":
        status, page = await flow.answer(rest.partition(" ")[0])
    else:
        status, page = 405, _page("Not here", "Only a browser's GET is answered.")
    writer.write(_response(status, page.encode()))
    await writer.drain()


def _response(status: int, body: bytes) -> bytes:
    reason = {200: "OK", 400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed"}[status]
    head = (
        f"HTTP/1.1 {status} {reason}\r\nContent-Type: text/html; charset=utf-8\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\nCache-Control: no-store\r\n"
        "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'\r\n"
        "Referrer-Policy: no-referrer\r\n\r\n"
    )
    return head.encode() + body


def _page(title: str, text: str) -> str:
    return PAGE.format(title=html.escape(title), text=html.escape(text))
