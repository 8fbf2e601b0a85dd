"""What an address of Postgres asks of the driver: the parameters that providers hand out.

They are libpq's. asyncpg reads most of them, in an address of its own kind, and takes some that are
not libpq's as arguments; what neither knows would be sent to the server, which refuses it.
Source: https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
"""

import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from sqlalchemy.engine import URL

from segue.errors.settings import SettingsError

# Arguments of asyncpg and of SQLAlchemy's dialect of it, as texts in an address.
_NUMBERS: Mapping[str, type[float | int]] = {
    "timeout": float,
    "command_timeout": float,
    "statement_cache_size": int,
    "max_cached_statement_lifetime": int,
    "max_cacheable_statement_size": int,
    "prepared_statement_cache_size": int,
}
_SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
_SSL_FILES = ("sslrootcert", "sslcert", "sslkey", "sslcrl")
_SYSTEM_CERTIFICATES = "system"  # libpq's word for them, no file
# Libpq's alone, and harmless to leave out: asyncpg has its own way, or none.
_UNUSED = frozenset({
    *("channel_binding", "client_encoding", "fallback_application_name", "gssencmode", "gsslib"),
    *("keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count", "pgbouncer"),
    *("requiressl", "sslcompression", "sslsni", "tcp_user_timeout"),
})


def connect_arguments(url: URL, application: str) -> dict[str, Any]:
    """What ``asyncpg.connect`` is given besides host, port, database, user and password.

    ``statement_cache_size=0`` is how one says that a pooler stands between that gives each
    transaction another connection, such as PgBouncer: statements get names of their own then.

    Args:
        url: Of Postgres, as the user wrote it.
        application: The name of the connections, where ``url`` gives none.

    Raises:
        SettingsError: A parameter has a value that cannot work; it is named.
    """
    query = {name: _last(value) for name, value in url.query.items() if name not in _UNUSED}
    if "ssl" in query:  # asyncpg's word for sslmode
        query.setdefault("sslmode", query.pop("ssl"))
    if "connect_timeout" in query:
        query.setdefault("timeout", query.pop("connect_timeout"))
    arguments: dict[str, Any] = {
        name: _number(name, query.pop(name)) for name in _NUMBERS if name in query
    }
    _check_encryption(query)
    query.setdefault("application_name", application)
    arguments["dsn"] = f"postgresql:///?{urlencode(query)}"
    if is_pooled(url):
        arguments["prepared_statement_cache_size"] = 0
        arguments["prepared_statement_name_func"] = lambda: f"__segue_{uuid4().hex}__"
    return arguments


def is_pooled(url: URL) -> bool:
    """Whether the address says that each transaction may get another connection of the server."""
    return _last(url.query.get("statement_cache_size", "")) == "0"


def _number(name: str, text: str) -> float | int:
    try:
        return _NUMBERS[name](text)
    except ValueError:
        raise SettingsError(
            f"The parameter {name} of DATABASE_URL is {text!r}; expected a number."
        ) from None


def _check_encryption(query: dict[str, str]) -> None:
    mode = query.get("sslmode")
    if mode is not None and mode not in _SSL_MODES:
        raise SettingsError(
            f"The parameter sslmode of DATABASE_URL is {mode!r}; expected one of"
            f" {', '.join(_SSL_MODES)}."
        )
    for name in _SSL_FILES:
        file = query.get(name)
        if file is None:
            continue
        if name == "sslrootcert" and file == _SYSTEM_CERTIFICATES:
            query[name] = _system_certificates()
        elif not Path(file).expanduser().is_file():
            raise SettingsError(f"The parameter {name} of DATABASE_URL names no file: {file}.")


def _system_certificates() -> str:
    file = ssl.get_default_verify_paths().openssl_cafile
    if not Path(file).is_file():
        raise SettingsError(
            "The parameter sslrootcert of DATABASE_URL is `system`, and this system has no file of"
            " certificates; name one."
        )
    return file


def _last(value: str | tuple[str, ...]) -> str:
    return value if isinstance(value, str) else value[-1]
