"""SQLite's write lock is held for longer than the driver waits: every store says so."""

import asyncio
import hashlib
import inspect
import logging
import os
import pkgutil
import sqlite3
import sys
import traceback
from collections.abc import Awaitable, Callable, Generator
from contextlib import closing, contextmanager
from dataclasses import is_dataclass
from datetime import timedelta
from importlib import import_module

import pytest
from temporalio.api.failure.v1 import Failure
from temporalio.converter import DefaultFailureConverter, DefaultPayloadConverter
from temporalio.exceptions import ApplicationError

import segue
from segue.assistant.store import ThreadStore
from segue.errors.storage import StorageError
from segue.it.store import ItSessionStore
from segue.llm.cache import SqlAnswerCache
from segue.music.contracts.agent_use import AgentUse
from segue.music.contracts.songs import SongMetadata
from segue.music.contracts.strategies import Strategy
from segue.music.contracts.verdicts import Verdict
from segue.music.spotify_mcp.baskets import BasketStore
from segue.music.store.imports import ImportStore
from segue.music.store.outcomes import OutcomeStore
from segue.music.store.runs import RunStore
from segue.music.store.shadows import ShadowStore
from segue.music.store.verdicts import VerdictStore
from segue.music.store.writes import WriteStore
from segue.runs.store.accounting import Accounts
from segue.runs.store.approvals import ApprovalStore
from segue.runs.store.audit import AuditLog, Deed
from segue.runs.store.cards import CardStore
from segue.runs.store.effects import EffectLedger, Intent
from segue.runs.store.usage import Payer
from segue.runs.workflow.approvals import ApprovalRequest
from segue.runtime.faults import to_application_error
from segue.runtime.payloads.sql_store import SqlPayloads
from segue.sessions.events.bell import PostgresBell
from segue.sessions.events.store import TurnEventStore
from segue.sessions.histories.keys import HistoryKeys
from segue.sessions.store import ConversationStore
from segue.storage.address import database_url
from segue.storage.database import Database
from segue.web.idempotency import Answers
from segue.web.keys import ApiKeys
from segue.web.owners import Owners
from segue.web.scopes import ApiKey, Scope
from segue.webhooks.store.webhook_store import WebhookStore
from segue.wiring.metrics import Numbers
from tests.fakes.data.conversations import CANARY, Clock, say, seal
from tests.fakes.data.payloads import payload, storing
from tests.fakes.worlds.databases import prepare

SONG = SongMetadata(title=CANARY, artist=CANARY)
NO = Verdict(decision="none", reason=CANARY, decided_by="user")
KEY = ApiKey(CANARY, CANARY, frozenset(Scope), 0.0)


async def _answer() -> str:
    return CANARY


# One write of each; reading goes on beside a writer.
WRITES: dict[type, Callable[[Database], Awaitable[object]]] = {
    ConversationStore: lambda db: ConversationStore(db).append(
        CANARY, "one", [say(CANARY)], note=CANARY
    ),
    TurnEventStore: lambda db: TurnEventStore(db).announce(CANARY, "turn.started", {"x": CANARY}),
    HistoryKeys: lambda db: HistoryKeys(db, seal("k1")).bind(CANARY, [CANARY]),
    Accounts: lambda db: Accounts(db).attempt_started(
        CANARY, 1, payer=Payer(workflow_id=CANARY, conversation=CANARY, agent=CANARY)
    ),
    ApprovalStore: lambda db: ApprovalStore(db).put(
        CANARY, ApprovalRequest(id=CANARY, arguments=CANARY)
    ),
    AuditLog: lambda db: AuditLog(db).record(CANARY, Deed(who=CANARY, what="x", subject=CANARY)),
    CardStore: lambda db: CardStore(db).keep(hashlib.sha256(CANARY.encode()).hexdigest(), CANARY),
    EffectLedger: lambda db: EffectLedger(db).begin(
        Intent(key=CANARY, tool=CANARY, workflow_id=CANARY, arguments_digest=""), attempt=1
    ),
    SqlPayloads: lambda db: SqlPayloads(db).store(storing(), [payload(CANARY.encode())]),
    BasketStore: lambda db: BasketStore(db, CANARY, clock=Clock()).open(),
    ImportStore: lambda db: ImportStore(db, Clock()).put(
        [SONG], name=CANARY, source_format="csv", encoding="utf-8"
    ),
    OutcomeStore: lambda db: OutcomeStore(db, CANARY, Clock()).fall_back(CANARY),
    RunStore: lambda db: RunStore(db, Clock()).open(CANARY, CANARY, CANARY),
    ShadowStore: lambda db: ShadowStore(db, CANARY, Clock()).record(
        CANARY, Strategy.AGENT, {0: (NO, None)}, AgentUse()
    ),
    VerdictStore: lambda db: VerdictStore(db, CANARY, "1", Clock()).decide(
        SONG, None, origin="review"
    ),
    WriteStore: lambda db: WriteStore(db, CANARY, Clock(), timedelta(seconds=1)).begin(
        CANARY, [CANARY], CANARY
    ),
    Answers: lambda db: Answers(db, Clock()).once(KEY, CANARY, CANARY, _answer),
    ApiKeys: lambda db: ApiKeys(db, Clock()).create(CANARY, [Scope.ADMIN]),
    Owners: lambda db: Owners(db, Clock()).own_import(KEY, CANARY),
    ThreadStore: lambda db: ThreadStore(db, Clock()).claim(CANARY, CANARY, "queue"),
    ItSessionStore: lambda db: ItSessionStore(db, Clock()).open(CANARY),
    WebhookStore: lambda db: WebhookStore(db, clock=Clock()).add(CANARY, [], CANARY),
}
# These take a database and keep nothing in it, or do without.
OTHERS = {Numbers, PostgresBell, SqlAnswerCache}


@pytest.fixture(scope="module")
def migrated(tmp_path_factory):
    folder = tmp_path_factory.mktemp("migrated")
    database = Database(database_url(None, folder))

    async def migrate():
        await prepare(database)
        await database.aclose()

    asyncio.run(migrate())
    return folder / "segue.db"


@contextmanager
def locked(file) -> Generator[None]:
    """Another connection writes, and does not come to an end."""
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@pytest.fixture
async def impatient(migrated):
    database = Database(database_url(f"sqlite:///{migrated}?timeout=0.01", migrated.parent))
    with locked(migrated):
        yield database
    await database.aclose()


@pytest.mark.parametrize("store", WRITES, ids=lambda store: store.__name__)
async def test_a_store_that_cannot_write_in_time_says_so_without_what_it_was_given(
    impatient, store
):
    with pytest.raises((StorageError, ApplicationError)) as failed:
        await WRITES[store](impatient)

    error, shown = failed.value, "".join(traceback.format_exception(failed.value))
    if isinstance(error, StorageError):
        assert (error.code, error.exit_code, error.retryable) == ("storage.unavailable", 4, True)
        error = to_application_error(error)
    assert (error.type, error.non_retryable) == ("storage.unavailable", False)
    assert "did not answer: OperationalError, SQLITE_BUSY" in shown
    assert CANARY not in shown + _in_a_history(error)
    assert not any(word in shown + _in_a_history(error) for word in ("INSERT", "UPDATE", "SQL:"))


def _in_a_history(error: Exception) -> str:
    failure = Failure()
    DefaultFailureConverter().to_failure(error, DefaultPayloadConverter(), failure)
    return str(failure)


async def test_answers_that_cannot_be_kept_in_time_are_done_without(impatient, caplog):
    with caplog.at_level(logging.WARNING):
        await SqlAnswerCache(impatient).put("key", CANARY)

    assert "The database of answers did not answer: OperationalError, SQLITE_BUSY" in caplog.text
    assert CANARY not in caplog.text


async def test_a_command_that_cannot_write_in_time_ends_with_its_own_status(migrated, tmp_path):
    address = f"sqlite:///{migrated}?timeout=0.01"
    with locked(migrated):
        command = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "segue", "keys", "create", CANARY, "--scope", "admin"),
            env=os.environ | {"DATABASE_URL": address, "SEGUE_DATA_DIR": str(tmp_path)},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await asyncio.wait_for(command.communicate(), 100)

    assert command.returncode == 4, output
    assert b"The database of API keys did not answer" in output
    assert CANARY.encode() not in output


# Importing these changes the whole process: their users do it, in a way of their own.
_IMPORTED_BY_USERS = ("__main__", "litellm_adapter")


def test_every_class_that_takes_a_database_is_tried():
    modules = [
        import_module(module.name)
        for module in pkgutil.walk_packages(segue.__path__, "segue.")
        if ".migrations" not in module.name and not module.name.endswith(_IMPORTED_BY_USERS)
    ]
    takes = {
        thing
        for module in modules
        for thing in vars(module).values()
        if inspect.isclass(thing)
        and thing.__module__.startswith("segue.")
        and not is_dataclass(thing)  # it only carries one to those that are here
        and any(
            parameter.annotation is Database
            for parameter in inspect.signature(thing.__init__).parameters.values()
        )
    }

    assert takes == WRITES.keys() | OTHERS
