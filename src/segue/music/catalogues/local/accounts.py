"""The local catalogue's accounts service: real OAuth, and nobody to keep out.

There are no passwords: a client id names a user. Tokens are signed, so that they stay valid over a
restart; refresh tokens are replaced at every use, as Spotify does for PKCE.

Source: RFC 6749, RFC 7636; Spotify, authorization guide.
"""

import base64
import hashlib
import hmac
import secrets
import sqlite3
from dataclasses import dataclass
from datetime import timedelta

from segue.music.catalogues.clock import Clock, utc_now

TOKEN_LIFE = timedelta(hours=1)  # Source: Spotify, authorization guide
CODE_LIFE = timedelta(minutes=10)  # Source: RFC 6749, section 4.1.2, the recommended maximum


class GrantError(Exception):
    """A token request is refused; the message is the OAuth error code."""

    def __init__(self, code: str, description: str) -> None:
        super().__init__(code)
        self.code = code
        self.description = description


@dataclass(frozen=True)
class Consent:
    """What an authorization code stands for.

    Attributes:
        challenge: PKCE S256 challenge.
        ends: Seconds since the epoch.
    """

    client_id: str
    redirect_uri: str
    challenge: str
    scope: str
    ends: float


@dataclass(frozen=True)
class Grant:
    """Tokens to hand out; no refresh token for an application's own access."""

    access_token: str
    scope: str = ""
    refresh_token: str | None = None


class Accounts:
    """Hands out and checks tokens."""

    def __init__(self, connection: sqlite3.Connection, *, now: Clock = utc_now) -> None:
        self._connection = connection
        self._now = now
        (self._secret,) = connection.execute("SELECT value FROM secret").fetchone()
        # Codes live for minutes: a login that meets a restart is begun again.
        self._codes: dict[str, Consent] = {}

    def user_of(self, token: str) -> str | None:
        """Whose token it is; None when it is forged or has ended."""
        payload, _, signature = token.rpartition(".")
        if not hmac.compare_digest(signature.encode(), self._sign(payload).encode()):
            return None
        ends, _, user = base64.urlsafe_b64decode(payload).decode().partition(":")
        return user if self._now().timestamp() < int(ends) else None

    def application(self, client_id: str) -> Grant:
        """Access of an application for itself."""
        return Grant(self._access_token(client_id))

    def agree(self, client_id: str, redirect_uri: str, challenge: str, scope: str) -> str:
        """The code for a user who agreed."""
        code = secrets.token_urlsafe(32)
        ends = (self._now() + CODE_LIFE).timestamp()
        self._codes[code] = Consent(client_id, redirect_uri, challenge, scope, ends)
        return code

    def exchange(self, code: str, *, client_id: str, redirect_uri: str, verifier: str) -> Grant:
        """Tokens for a code, which is used up whatever the outcome.

        Raises:
            GrantError: The code is unknown, used, too old, or another application's.
        """
        consent = self._codes.pop(code, None)
        if consent is None or self._now().timestamp() >= consent.ends:
            raise GrantError("invalid_grant", "Invalid authorization code")
        if (consent.client_id, consent.redirect_uri) != (client_id, redirect_uri):
            raise GrantError("invalid_grant", "Invalid redirect URI")
        digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest())
        if not hmac.compare_digest(digest.rstrip(b"="), consent.challenge.encode()):
            raise GrantError("invalid_grant", "code_verifier was incorrect")
        return self._login(client_id, consent.scope)

    def renew(self, refresh_token: str, *, client_id: str) -> Grant:
        """New tokens for a refresh token, which is used up.

        Raises:
            GrantError: It is unknown, used or another application's.
        """
        row = self._connection.execute(
            "DELETE FROM logins WHERE digest = ? AND client = ? RETURNING scope",
            (_digest(refresh_token), client_id),
        ).fetchone()
        if row is None:
            raise GrantError("invalid_grant", "Invalid refresh token")
        return self._login(client_id, row[0])

    def _login(self, client_id: str, scope: str) -> Grant:
        refresh_token = secrets.token_urlsafe(48)
        self._connection.execute(
            "INSERT INTO logins (digest, client, scope) VALUES (?, ?, ?)",
            (_digest(refresh_token), client_id, scope),
        )
        return Grant(self._access_token(client_id), scope, refresh_token)

    def _access_token(self, user: str) -> str:
        ends = int((self._now() + TOKEN_LIFE).timestamp())
        payload = base64.urlsafe_b64encode(f"{ends}:{user}".encode()).decode()
        return f"{payload}.{self._sign(payload)}"

    def _sign(self, payload: str) -> str:
        return hmac.new(self._secret, payload.encode(), "sha256").hexdigest()


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
