"""``segue doctor``: every setting and everything that Segue needs, looked at one by one."""

import shutil
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from functools import partial
from tempfile import TemporaryFile
from types import MappingProxyType

from pydantic import SecretStr

from segue.errors.base import SegueError
from segue.errors.storage import StorageError
from segue.errors.temporal import TemporalUnreachableError
from segue.platform.feature import Check, Feature
from segue.runtime.client import connect
from segue.runtime.embedded import (
    check_disk,
    check_ports,
    check_version,
    server_program,
    server_version,
)
from segue.runtime.http_host import is_answered
from segue.sessions.key_use import missing_keys
from segue.settings.load import Settings
from segue.storage.address import without_password
from segue.storage.file_causes import file_error
from segue.storage.private_files import make_private, open_to_others
from segue.wiring.database import CONNECT_WITHIN, Claim, check_claim, open_database
from segue.wiring.encryption import seal_of
from segue.wiring.features import FEATURES, rules_of
from segue.wiring.model_checks import examine_models
from segue.wiring.payloads import open_payloads
from segue.wiring.platform import FACE, open_platform
from segue.wiring.probes import probe_address
from segue.wiring.stack import StackFiles
from segue.wiring.tool_server_checks import tool_server_checks

OLDEST_PYTHON = (3, 11)


async def examine(
    settings: Settings, features: Sequence[Feature] = FEATURES, *, questions: bool = False
) -> AsyncIterator[Check]:
    """Look at everything; one check failing does not stop the others.

    Args:
        settings: As loaded.
        features: Whose own checks come last.
        questions: Whether models are asked what they can do.
    """
    is_sound = True
    async for check in _examine(settings, features, questions=questions):
        is_sound = is_sound and check.ok is not False
        yield check
    if settings.temporal.address is not None and is_sound:
        yield await _check("Worker", partial(_worker, settings, features))
    for check in settings_held(settings):
        yield check


def settings_held(settings: Settings) -> list[Check]:
    """Every setting as it is in force, secrets hidden."""
    return [Check(name, None, _readable(value)) for name, value in settings.values()]


async def _examine(
    settings: Settings, features: Sequence[Feature], *, questions: bool
) -> AsyncIterator[Check]:
    yield _python()
    async for check in examine_models(settings, rules_of(features), questions=questions):
        yield check
    for name, look in _LOOKS.items():
        yield await _check(name, partial(look, settings))
    for feature in features:
        for name, look in feature.checks(settings).items():
            yield await _check(name, look)
    for title, look in tool_server_checks(features, settings):
        yield await _check(title, look)


def _python() -> Check:
    version = ".".join(str(part) for part in sys.version_info[:3])
    return Check("Python", sys.version_info >= OLDEST_PYTHON, version)


async def _data(settings: Settings) -> Check | str:
    folder = settings.data.directory.resolve()
    make_private(folder)
    if paths := open_to_others(folder):
        return Check(
            "Data folder",
            ok=False,
            detail=f"other users of this machine can get at {', '.join(map(str, paths[:3]))}",
            next_step=f"chmod -R go-rwx {folder}",
        )
    with TemporaryFile(dir=folder):  # OSError where nobody may write
        free = shutil.disk_usage(folder).free
    check_disk(folder, free)
    return f"{folder}, {free // 2**30} GiB free"


async def _temporal(settings: Settings) -> str:
    if settings.temporal.address is None:
        return await _embedded_server(settings)
    client = await connect(
        None,
        settings.temporal_environment,
        namespace=settings.temporal.namespace,
        wait=CONNECT_WITHIN,
    )
    return f"{settings.temporal.address}, namespace {client.namespace}"


async def _payloads(settings: Settings) -> str:
    async with open_database(settings) as storage, open_payloads(settings, storage, None):
        return {"sql": "in the database", "s3": "in the bucket", "off": "in histories"}[
            settings.payloads.store
        ]


async def _encryption(settings: Settings) -> Check | str:
    seal = seal_of(settings)
    missing = None
    with suppress(SegueError):  # that is said beside Database
        async with open_database(settings) as storage:
            missing = await missing_keys(storage, seal)
    if missing:
        return Check("Encryption", ok=False, detail=missing, next_step="Put the key back.")
    if seal is None:
        return Check("Encryption", None, "off: conversations are stored as they are")
    return "on: conversations are encrypted at rest"


async def _probes(settings: Settings) -> Check | str:
    if not settings.worker.probe_port:
        return Check("Probes", None, "on no port of their own (SEGUE_PROBE_PORT)")
    address = probe_address(settings.worker.probe_host, settings.worker.probe_port)
    if await is_answered(address, "/livez"):
        return f"a worker answers at {address.netloc}"
    return f"{address.netloc} is free for a worker"


async def _check(name: str, look: Callable[[], Awaitable[Check | str]]) -> Check:
    try:
        result = await look()
    except SegueError as error:
        return Check(name, ok=False, detail=error.message, next_step=error.hint)
    except OSError as failure:
        cause = file_error(failure) or StorageError(str(failure), hint="Check the path.")
        return Check(name, ok=False, detail=cause.message, next_step=cause.hint)
    return result if isinstance(result, Check) else Check(name, ok=True, detail=result)


async def _database(settings: Settings) -> str:
    async with open_database(settings) as storage:
        if settings.temporal.address is not None:
            with suppress(TemporalUnreachableError):  # that is said beside Temporal
                client = await connect(
                    None,
                    settings.temporal_environment,
                    namespace=settings.temporal.namespace,
                    wait=CONNECT_WITHIN,
                )
                await check_claim(client, storage, Claim.CHECK)
        await storage.check_pages()
        return without_password(storage.url)


async def _worker(settings: Settings, features: Sequence[Feature]) -> str:
    """Open what a worker opens; the one of an embedded server tells the command that starts it."""
    # Not at the top: it loads the agents' packages.
    from segue.wiring.worker import open_parts  # noqa: PLC0415

    kind = replace(FACE, runs_agents=True, waits=CONNECT_WITHIN)
    async with (
        open_platform(settings, features=features, kind=kind) as platform,
        AsyncExitStack() as stack,
    ):
        await open_parts(platform, stack)
    return "all that a worker opens can be opened"


async def _embedded_server(settings: Settings) -> str:
    files = StackFiles(settings.data.directory.resolve())
    if running := files.running():
        return f"embedded, running at {running.temporal_address}, page {running.ui_url}"
    version = await server_version(server_program())
    folder = files.folder / "temporal"
    if folder.exists():
        check_version(folder, version)
    check_ports(settings.temporal.port, settings.temporal.ui_port)
    return f"embedded, server {version}, starts when needed"


def _readable(value: object) -> str:
    if isinstance(value, SecretStr):
        return "set (hidden)"
    return "not set" if value is None else str(value)


_LOOKS: Mapping[str, Callable[[Settings], Awaitable[Check | str]]] = MappingProxyType({
    "Encryption": _encryption,
    "Data folder": _data,
    "Temporal": _temporal,
    "Database": _database,
    "Payloads": _payloads,
    "Probes": _probes,
})
