"""IT's sessions in the database: handles of those that tools opened, and the state of idle ones."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

from segue.errors.it import SessionExpiredError, SessionNotFoundError
from segue.it.contracts import ItSession
from segue.it.tables import SESSIONS
from segue.it.wire.payloads import SavedSession, SessionState
from segue.platform.mcp.callers import digest
from segue.sessions.envelopes import disclose, enclose, renew_rows
from segue.sessions.sealing import Seal
from segue.storage.database import Database
from segue.storage.statements import upsert

LIFETIME_DAYS = 7
_DAY_S = 86_400.0
_REMEMBERED_S = 30 * _DAY_S  # so long an expired handle is said to have expired
_HANDLE_BYTES = 24  # nobody guesses 192 bits


@dataclass(frozen=True)
class Place:
    """Whose state a call is about.

    Attributes:
        session: Id of the workflow, and of the row.
        has_handle: A tool opened it.
    """

    session: str
    has_handle: bool = False


class ItSessionStore:
    """Sessions of one database; safe with any number of processes.

    All methods raise ``StorageError`` (retryable) when the database is away.

    Args:
        database: Migrated.
        clock: Epoch seconds.
        seal: Encrypts what sessions know; None: it is plain.
    """

    def __init__(
        self, database: Database, clock: Callable[[], float], *, seal: Seal | None = None
    ) -> None:
        self._database = database.of("it_sessions")
        self._clock = clock
        self._seal = seal

    async def open(self, user: str) -> ItSession:
        """A new, empty session of a user; it lives for seven days."""
        now = self._clock()
        handle, expires_at = secrets.token_urlsafe(_HANDLE_BYTES), now + LIFETIME_DAYS * _DAY_S
        row = {
            "session": handle_session(user, handle),
            "owner": user,
            "handle": handle,
            "expires_at": expires_at,
        }
        async with self._database.writing() as connection:
            old = SESSIONS.c.expires_at < now - _REMEMBERED_S
            await connection.execute(sa.delete(SESSIONS).where(old))
            await connection.execute(sa.insert(SESSIONS), row)
        return _answer(handle, expires_at)

    async def find(self, user: str, handle: str) -> Place:
        """The session behind a handle.

        Raises:
            SessionNotFoundError: This user has none with this handle.
            SessionExpiredError: It has expired.
        """
        statement = sa.select(SESSIONS.c.session, SESSIONS.c.expires_at).where(
            SESSIONS.c.handle == handle, SESSIONS.c.owner == user
        )
        async with self._database.reading() as connection:
            row = (await connection.execute(statement)).one_or_none()
        if row is None:
            raise SessionNotFoundError("You have no session with this handle.")
        if row.expires_at < self._clock():
            raise SessionExpiredError(
                f"The session has expired; a session lives for {LIFETIME_DAYS} days."
            )
        return Place(row.session, has_handle=True)

    async def sessions_of(self, user: str) -> list[ItSession]:
        """A user's sessions that have not expired, newest first."""
        statement = (
            sa
            .select(SESSIONS.c.handle, SESSIONS.c.expires_at)
            .where(
                SESSIONS.c.owner == user,
                SESSIONS.c.handle.is_not(None),
                SESSIONS.c.expires_at >= self._clock(),
            )
            .order_by(SESSIONS.c.expires_at.desc(), SESSIONS.c.handle)
        )
        async with self._database.reading() as connection:
            rows = (await connection.execute(statement)).all()
        return [_answer(row.handle, row.expires_at) for row in rows]

    async def close(self, user: str, handle: str) -> None:
        """Forget a session and its state, also one that has expired.

        Raises:
            SessionNotFoundError: This user has none with this handle.
        """
        ours = sa.and_(SESSIONS.c.handle == handle, SESSIONS.c.owner == user)
        async with self._database.writing() as connection:
            result = await connection.execute(sa.delete(SESSIONS).where(ours))
        if not result.rowcount:
            raise SessionNotFoundError("You have no session with this handle.")

    async def load(self, session: str) -> SessionState:
        """What a session knew when it was last saved; one that never was knows nothing.

        Raises:
            ConversationUnreadableError: It is encrypted, and its master key is not configured.
        """
        statement = sa.select(SESSIONS.c.state).where(SESSIONS.c.session == session)
        async with self._database.reading() as connection:
            state = await connection.scalar(statement)
        if state is None:
            return SessionState()
        return SessionState.model_validate_json(disclose(self._seal, _envelope(session), state))

    async def save(self, request: SavedSession) -> None:
        """Write down what a session knows; one whose handle was closed stays gone."""
        text = request.state.model_dump_json()
        state = enclose(self._seal, _envelope(request.session), text)
        async with self._database.writing() as connection:
            if request.has_handle:
                ours = SESSIONS.c.session == request.session
                await connection.execute(sa.update(SESSIONS).where(ours).values(state=state))
                return
            statement = upsert(connection.dialect.name, SESSIONS, replace=("state",))
            await connection.execute(statement, {"session": request.session, "state": state})

    async def rewrap(self) -> int:
        """Bring all states under the first master key; how many were not before.

        Those whose key is not configured stay. Without master keys it does nothing.
        """
        return await renew_rows(self._database, self._seal, [SESSIONS.c.state], _envelope)


def place_of(user: str, thread: str | None) -> Place:
    """The place of a user's conversation; None: what all others of the user share."""
    return Place(_session("user", user, "") if thread is None else _session("thread", user, thread))


def handle_session(user: str, handle: str) -> str:
    """The id of the session behind a handle."""
    return _session("handle", user, handle)


def _session(kind: str, user: str, name: str) -> str:
    return f"it-session-{digest(kind, user, name)}"


def _envelope(session: str) -> str:
    return f"IT session {session}"


def _answer(handle: str, expires_at: float) -> ItSession:
    expiry = datetime.fromtimestamp(expires_at, UTC).isoformat(timespec="seconds")
    return ItSession(session=handle, expires_at=expiry)
