"""What a driver's failure means: something that passes, or something that somebody must mend."""

from collections.abc import Mapping
from types import MappingProxyType

from sqlalchemy.exc import StatementError

from segue.errors.storage import (
    StorageDamagedError,
    StorageError,
    StorageFullError,
    StorageLoginError,
    StorageReadOnlyError,
)

# By SQLite's name of the result, without what follows the second word; by Postgres' SQLSTATE.
# Sources: https://www.sqlite.org/rescode.html,
# https://www.postgresql.org/docs/current/errcodes-appendix.html
_KINDS: Mapping[str, type[StorageError]] = MappingProxyType({
    "SQLITE_FULL": StorageFullError,
    "53100": StorageFullError,  # disk_full
    "SQLITE_READONLY": StorageReadOnlyError,
    "SQLITE_CANTOPEN": StorageReadOnlyError,
    "SQLITE_PERM": StorageReadOnlyError,
    "42501": StorageReadOnlyError,  # insufficient_privilege
    "SQLITE_CORRUPT": StorageDamagedError,
    "SQLITE_NOTADB": StorageDamagedError,
    "XX001": StorageDamagedError,  # data_corrupted
    "XX002": StorageDamagedError,  # index_corrupted
    "28000": StorageLoginError,  # invalid_authorization_specification
    "28P01": StorageLoginError,  # invalid_password
    "3D000": StorageLoginError,  # invalid_catalog_name
})
_SENTENCES: Mapping[type[StorageError], str] = MappingProxyType({
    StorageError: "did not answer",
    StorageFullError: "could not write: its disk is full",
    StorageReadOnlyError: "cannot be written or opened",
    StorageDamagedError: "is damaged",
    StorageLoginError: "does not let us in",
})


def storage_error(failure: BaseException, subject: str) -> StorageError:
    """The error of ours that a driver's failure stands for, without content.

    Args:
        failure: Of SQLAlchemy, or of the driver while it connects.
        subject: What follows "The database": "of" and what it holds, or where it is.
    """
    kind = _KINDS.get(_base(_code(failure)), StorageError)
    return kind(f"The database{subject} {_SENTENCES[kind]}: {describe(failure)}.")


def describe(failure: BaseException) -> str:
    """What failed, without content: the class of the failure and the database's code for it."""
    code = _code(failure)
    name = type(_cause(failure)).__name__
    return f"{name}, {code}" if code else name


def _cause(failure: BaseException) -> BaseException:
    return failure.orig if isinstance(failure, StatementError) and failure.orig else failure


def _code(failure: BaseException) -> str:
    cause = _cause(failure)
    return getattr(cause, "sqlite_errorname", None) or getattr(cause, "sqlstate", None) or ""


def _base(code: str) -> str:
    """SQLite's extended names begin with the plain one: ``SQLITE_READONLY_DIRECTORY``."""
    return "_".join(code.split("_")[:2])
