"""The database that the settings name, opened."""

import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from enum import Enum

from sqlalchemy.engine import URL
from temporalio.client import Client

from segue.errors.settings import OtherDatabaseError, SettingsError
from segue.runtime.client import connect
from segue.runtime.database_claims import adopt, claim, claimed_by
from segue.settings.load import Settings
from segue.storage.address import database_url, without_password
from segue.storage.database import Database
from segue.storage.engine import Pool
from segue.storage.migrating import Schema
from segue.storage.private_files import make_private

CONNECT_WITHIN = timedelta(seconds=5)

COMMAND = "segue"  # of connections that commands and the API open

logger = logging.getLogger(__name__)


@asynccontextmanager
async def open_database(
    settings: Settings, *, migrates: bool = False, application: str = COMMAND
) -> AsyncGenerator[Database]:
    """The database alone, with the newest schema; it is closed at the end.

    Args:
        settings: As loaded.
        migrates: Whether the schema of a server is brought up to date; that of a file always is,
            while a server's database may be shared with processes of another version.
        application: What its connections are called, where the address gives no name.

    Raises:
        SettingsError: The address is none, or that of a file, beside a Temporal for many.
        StorageError: The database cannot be used.
    """
    async with connected_database(settings, application=application) as database:
        if migrates or database.dialect == "sqlite":
            await database.migrate()
        else:
            await database.check_schema()
        yield database


@asynccontextmanager
async def connected_database(
    settings: Settings, *, application: str = COMMAND
) -> AsyncGenerator[Database]:
    """The same as it is, whatever its schema.

    Args:
        settings: As loaded.
        application: What its connections are called, where the address gives no name.

    Raises:
        SettingsError: The address is none, or that of a file, beside a Temporal for many.
    """
    secret = settings.data.database_url
    url = database_url(secret.get_secret_value() if secret else None, settings.data.directory)
    check_sharing(settings, url)
    if url.get_backend_name() == "sqlite":
        with suppress(OSError):  # who opens the database says what is wrong with the folder
            make_private(settings.data.directory)
    pool = Pool(connections=settings.data.database_connections, application=application)
    database = Database(url, pool=pool)
    try:
        yield database
    finally:
        await database.aclose()


def check_sharing(settings: Settings, url: URL) -> None:
    """Refuse a file as the database where other machines may work on the same Temporal.

    Raises:
        SettingsError: It is one, and nobody said that this is meant.
    """
    is_file = url.get_backend_name() == "sqlite"
    if not is_file or settings.temporal.address is None or settings.data.allow_sqlite:
        return
    how = (
        "DATABASE_URL names" if settings.data.database_url else "DATABASE_URL is not set, so it is"
    )
    raise SettingsError(
        f"TEMPORAL_ADDRESS names a server that other processes share, and {how} the SQLite file"
        f" {url.database}, which only this machine has.",
        hint="Set DATABASE_URL to the Postgres that all processes use; where all of them run on"
        " this machine, set SEGUE_ALLOW_SQLITE=true as well.",
    )


class Claim(Enum):
    """What a process does about the database that stands with a namespace.

    Attributes:
        CHECK: Refuse another one.
        FIRST: The same, and stand with a namespace with which none does.
        ADOPT: Stand with the namespace, whichever did before.
    """

    CHECK = "check"
    FIRST = "first"
    ADOPT = "adopt"


async def check_claim(client: Client, database: Database, kind: Claim) -> None:
    """Refuse a database other than the one that stands with the client's namespace.

    Args:
        client: Of the namespace.
        database: Migrated.
        kind: What to do besides.

    Raises:
        OtherDatabaseError: Another one does.
        SegueError: Temporal or the database did not answer.
    """
    name = await database.identity()
    standing = await (claimed_by(client) if kind is Claim.CHECK else claim(client, name))
    if standing in {None, name}:
        return
    if kind is Claim.ADOPT:
        logger.warning("Runs that began with the database %s cannot go on with this one.", standing)
        await adopt(client, name)
        return
    raise OtherDatabaseError(
        f"The runs of Temporal's namespace {client.namespace!r} have their rows in the database"
        f" {standing}; the one at {without_password(database.url)} is {name}."
    )


async def upgrade_schema(settings: Settings) -> Schema:
    """Bring the schema of the configured database up to date; how it is then.

    Raises:
        SettingsError: The address is none.
        StorageError: The database cannot be used, or a migration failed.
    """
    async with open_database(settings, migrates=True) as database:
        return await database.schema()


async def schema_of(settings: Settings) -> Schema:
    """The revisions of the configured database and of this Segue; changes nothing.

    Raises:
        SettingsError: The address is none.
        StorageError: The database cannot be reached.
    """
    async with connected_database(settings) as database:
        return await database.schema()


async def adopt_database(settings: Settings) -> str:
    """Let the configured database stand with the configured namespace; where it is, in words.

    Raises:
        SettingsError: The embedded server is used, or an address is none.
        SegueError: Temporal or the database did not answer.
    """
    if settings.temporal.address is None:
        raise SettingsError(
            "TEMPORAL_ADDRESS is not set; the embedded server takes the database that is"
            " configured when it starts."
        )
    async with open_database(settings) as database:
        client = await connect(
            None,
            settings.temporal_environment,
            namespace=settings.temporal.namespace,
            wait=CONNECT_WITHIN,
        )
        await adopt(client, await database.identity())
        return f"{without_password(database.url)} stands with namespace {client.namespace!r}"
