"""What the audit log promises, on every database."""

import asyncio
import hashlib
import json
import sys
from asyncio.subprocess import PIPE

import pytest
import sqlalchemy as sa

from segue.errors.run import RunError
from segue.runs.store.audit import AuditLog, BrokenEntry, Deed
from segue.runs.store.tables import AUDIT, AUDIT_HEAD


class Clock:
    def __init__(self):
        self.now = 1_800_000_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def deed(n=0, subject="thread"):
    return Deed(
        who="ann",
        what="approval.granted",
        subject=subject,
        why=f"reason {n} \0 ü",
        details={"n": n, "parts": [1.5, None]},
    )


@pytest.fixture
def audit(database, clock):
    return AuditLog(database, clock=clock)


@pytest.fixture
async def five_entries(audit):
    for n in range(5):
        await audit.record(f"op{n}", deed(n))
    assert await audit.verify() is None
    return audit


async def test_a_deed_is_recorded_once_under_its_operation(audit, clock):
    first = await audit.record("op", deed(1))
    clock.now += 1
    again = await audit.record("op", deed(2))

    assert again == first
    assert (first.seq, first.at, first.deed) == (1, 1_800_000_000.0, deed(1))
    assert await audit.entries() == [first]


async def test_entries_are_found_by_subject_and_in_pages(audit):
    for n in range(6):
        await audit.record(f"op{n}", deed(n, subject="even" if n % 2 == 0 else "odd"))

    page = await audit.entries(subject="odd", limit=2)
    rest = await audit.entries(subject="odd", after=page[-1].seq)

    assert [entry.seq for entry in (*page, *rest)] == [2, 4, 6]
    assert len(await audit.entries(limit=4)) == 4


async def test_an_empty_log_is_unbroken(audit):
    assert await audit.verify() is None
    assert [line async for line in audit.export()] == []


@pytest.mark.parametrize(
    ("tampering", "broken"),
    [
        (
            sa.update(AUDIT).where(AUDIT.c.seq == 3).values(entry=AUDIT.c.entry + " "),
            BrokenEntry(3, "its hash is another one"),
        ),
        (
            sa.update(AUDIT).where(AUDIT.c.seq == 2).values(subject="another"),
            BrokenEntry(2, "its columns say something else"),
        ),
        (sa.delete(AUDIT).where(AUDIT.c.seq == 3), BrokenEntry(3, "it is gone")),
        (sa.delete(AUDIT).where(AUDIT.c.seq > 3), BrokenEntry(4, "it is gone")),
        (sa.delete(AUDIT), BrokenEntry(1, "it is gone")),
        (
            sa.update(AUDIT_HEAD).values(hash="0" * 64),
            BrokenEntry(5, "the head record has another hash"),
        ),
        (
            sa.update(AUDIT_HEAD).values(
                seq=4, hash=sa.select(AUDIT.c.hash).where(AUDIT.c.seq == 4).scalar_subquery()
            ),
            BrokenEntry(5, "the head record does not know it"),
        ),
        (sa.delete(AUDIT_HEAD), BrokenEntry(0, "the head record is gone")),
    ],
    ids=[
        "changed",
        "moved to another subject",
        "middle deleted",
        "tail deleted",
        "all deleted",
        "head changed",
        "head set back",
        "head deleted",
    ],
)
async def test_tampering_is_found(database, five_entries, tampering, broken):
    async with database.writing() as connection:
        await connection.execute(tampering)

    assert await five_entries.verify() == broken


async def test_nothing_is_added_to_a_log_without_its_head(database, five_entries):
    async with database.writing() as connection:
        await connection.execute(sa.delete(AUDIT_HEAD))

    with pytest.raises(RunError, match="head record"):
        await five_entries.record("more", deed())


async def test_a_log_of_many_pages_is_verified_and_exported_whole(database, audit, monkeypatch):
    monkeypatch.setattr("segue.runs.store.audit.PAGE", 3)
    for n in range(8):
        await audit.record(f"op{n}", deed(n))

    lines = [json.loads(line) async for line in audit.export()]

    before = ""
    for line in lines:
        text = json.dumps(line["entry"], sort_keys=True, separators=(",", ":"))
        before = hashlib.sha256(f"{before}\n{text}".encode()).hexdigest()
        assert line["hash"] == before
    assert [line["entry"]["seq"] for line in lines] == list(range(1, 9))
    assert await audit.verify() is None


WRITERS = """
import asyncio, sys
from sqlalchemy.engine import make_url
from segue.runs.store.audit import AuditLog, Deed
from segue.runs.store.effects import EffectLedger, Intent
from segue.storage.database import Database

async def write(database, name):
    audit, effects = AuditLog(database), EffectLedger(database)
    for n in range(10):
        intent = Intent(key=f"k{n}", tool="t", workflow_id="w", arguments_digest="d")
        if (await effects.begin(intent, attempt=1)).state == "new":
            print(f"k{n}", flush=True)
        for op in (f"{name}/{n}", f"shared/{n}"):
            await audit.record(op, Deed(who=name, what="w", subject="s"))

async def main(url, *names):
    database = Database(make_url(url))
    print("ready", flush=True)
    sys.stdin.readline()
    await asyncio.gather(*(write(database, name) for name in names))
    await database.aclose()

asyncio.run(main(*sys.argv[1:]))
"""


async def test_eight_writers_in_four_processes_make_one_chain_and_begin_each_effect_once(
    database, audit
):
    url = database.url.render_as_string(hide_password=False)
    processes = [
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", WRITERS, url, f"{n}a", f"{n}b"), stdin=PIPE, stdout=PIPE
        )
        for n in range(4)
    ]
    for process in processes:
        assert process.stdout is not None
        assert await process.stdout.readline() == b"ready\n"
    said = await asyncio.gather(*(process.communicate(b"go\n") for process in processes))

    assert [process.returncode for process in processes] == [0] * 4
    begun = [key for out, _ in said for key in out.decode().split()]
    assert sorted(begun) == [f"k{n}" for n in range(10)]
    assert len(await audit.entries(limit=1000)) == 8 * 10 + 10
    assert await audit.verify() is None


async def test_eight_tasks_make_one_unbroken_chain(audit):
    async def write(name):
        for n in range(10):
            await audit.record(f"{name}/{n}", deed(n))

    await asyncio.gather(*(write(f"task{n}") for n in range(8)))

    assert [entry.seq for entry in await audit.entries(limit=1000)] == list(range(1, 81))
    assert await audit.verify() is None
