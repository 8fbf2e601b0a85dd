"""What agents left behind, by real commands on one data folder."""

import asyncio
import json
from pathlib import Path

import pytest

from segue.runs.store.effects import EffectLedger, Intent
from segue.sessions.store import ConversationStore
from segue.sessions.turns import TurnRecord
from segue.storage.address import database_url
from segue.storage.database import Database
from tests.e2e.test_cli_demo import segue
from tests.fakes.data.conversations import say
from tests.fakes.worlds.databases import prepare

pytestmark = pytest.mark.timeout(240)


async def _leave_behind(data: Path) -> None:
    """A conversation of one turn, and an effect whose worker died."""
    database = Database(database_url(None, data))
    await prepare(database)
    store, ledger = ConversationStore(database), EffectLedger(database)
    await store.open("trip", title="Trip to Oslo")
    await store.append("trip", "op", [say("How is Oslo?"), say("Cold.", "assistant")])
    await store.close_turn("trip", "op", TurnRecord(spans=((1, 2),), agent="Clerk"))
    intent = Intent(key="k", tool="pay", workflow_id="w", arguments_digest="d", agent="Clerk")
    await ledger.begin(intent, attempt=1)
    await ledger.begin(intent, attempt=2)
    await database.aclose()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    asyncio.run(_leave_behind(tmp_path / "data"))
    return tmp_path


def test_what_is_in_the_database_needs_no_engine(folder: Path) -> None:
    listed = json.loads(segue("conversations", "list", "--json", folder=folder).stdout)
    deleted = segue("conversations", "delete", "trip", "--yes", "--json", folder=folder)

    assert [head["id"] for head in listed["conversations"]] == ["trip"]
    assert listed["conversations"][0]["title"] == "Trip to Oslo"
    assert json.loads(deleted.stdout)["was_there"] is True
    assert not list(folder.rglob("stack.json"))


def test_an_effect_is_settled_and_the_finding_is_in_the_audit_log(folder: Path) -> None:
    finding = ("--happened", "--who", "ann", "--why", "the bank says so")
    settled = segue("effects", "resolve", "k", *finding, folder=folder)
    lines = segue("audit", "export", folder=folder).stdout.splitlines()

    assert settled.returncode == 0, settled.stderr
    entries = [json.loads(line)["entry"] for line in lines]
    assert [(e["who"], e["what"], e["subject"]) for e in entries] == [
        ("ann", "effect.happened", "k")
    ]


def test_payloads_are_collected_and_approvals_are_listed_by_the_stack(folder: Path) -> None:
    collected = segue("payloads", "collect", "--json", folder=folder)
    pending = segue("approvals", "--json", folder=folder)

    assert collected.returncode == 0, collected.stderr
    assert json.loads(collected.stdout) == {
        "kept": 0,
        "deleted": 0,
        "freed_bytes": 0,
        "joined": False,
    }
    assert json.loads(pending.stdout) == {"approvals": [], "unanswered": [], "next": None}
