"""Master keys that are rotated, lost or taken away: workers start, lists list, and it is said."""

import base64
import time
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from pydantic import SecretStr
from temporalio.client import Client

from segue.errors.conversation import ConversationUnreadableError
from segue.errors.settings import SettingsError
from segue.it.store import ItSessionStore
from segue.it.wire.payloads import SavedSession, SessionState
from segue.music.contracts.playlists import PlaylistLink
from segue.music.contracts.syncs import SyncMode
from segue.music.store.music_store import MusicStore, music_store
from segue.music.syncs.watch import latest_runs
from segue.music.wire.memo import SyncMemo, memo_of_sync
from segue.music.wire.names import PLAYLIST_SYNC
from segue.runs.store.approvals import ApprovalStore
from segue.runs.store.cards import CardStore
from segue.runs.workflow.approvals import ApprovalRequest
from segue.runtime.payloads.collection import ensure_schedule
from segue.sessions.key_use import missing_keys
from segue.settings.conversations import ConversationSettings
from segue.settings.load import Settings
from segue.wiring.database import open_database
from segue.wiring.doctor import examine
from segue.wiring.encryption import conversation_store, seal_of
from segue.wiring.platform import FACE, WORKER, OpenPlatform, open_platform
from segue.wiring.rewrapping import rewrap
from tests.fakes.data.conversations import say
from tests.fakes.waiting import until
from tests.workflow.test_database_claims import client, settings

__all__ = ["client"]  # the fixture: a namespace that no database stands with yet


def ring(*names: str) -> str:
    keys = {name: base64.b64encode(name.encode().ljust(32, b"x")).decode() for name in names}
    return ",".join(f"{name}:{key}" for name, key in keys.items())


def under(plain: Settings, *names: str) -> Settings:
    """The settings with these master keys; the first encrypts."""
    keys = SecretStr(ring(*names)) if names else None
    return replace(plain, conversations=ConversationSettings.model_construct(encryption_keys=keys))


async def store_of(platform: OpenPlatform) -> MusicStore:
    """Music's tables in the database of a process."""
    return music_store(await platform.database(), catalogue="local", rules="test", clock=time.time)


async def start(settings: Settings) -> None:
    """What every worker does before it asks for work."""
    async with open_platform(settings, kind=WORKER) as platform:
        await ensure_schedule(await platform.client())


@pytest.mark.parametrize("later", [("b",), ()], ids=["another key", "no key"])
async def test_a_worker_starts_and_runs_are_listed_without_the_key_of_an_old_one(
    client: Client, tmp_path: Path, later: tuple[str, ...]
):
    plain = settings(client, tmp_path)
    await start(under(plain, "a"))
    memo = SyncMemo(
        run_id="r",
        import_id="i",
        mode=SyncMode.APPEND,
        dry_run=False,
        playlist=PlaylistLink(id="p", name="Trip"),
    )
    async with open_platform(under(plain, "a"), kind=FACE) as platform:
        encrypting = await platform.client()
        store = await store_of(platform)
        await encrypting.start_workflow(
            PLAYLIST_SYNC, id="old", task_queue="nobody", memo=memo.model_dump()
        )

        async def is_listed():
            return len(await latest_runs(encrypting, store, None, limit=5)) == 1

        await until(is_listed, "the run in the list")
        assert (await latest_runs(encrypting, store, None, limit=5))[0].playlist_name == "Trip"

    await start(under(plain, *later))

    async with open_platform(under(plain, *later), kind=FACE) as platform:
        other = await platform.client()
        runs = await latest_runs(other, await store_of(platform), None, limit=5)
        with pytest.raises(ConversationUnreadableError, match="'old'"):
            await memo_of_sync(await other.get_workflow_handle("old").describe())
    assert [(run.workflow_id, run.playlist_name) for run in runs] == [("old", "")]


async def test_a_missing_key_is_named_with_how_much_is_under_it(tmp_path: Path, client: Client):
    plain = settings(client, tmp_path)
    for keys in (("a",), ("b",)):
        async with open_database(plain) as database:
            store = conversation_store(under(plain, *keys), database)
            await store.append(f"c-{keys[0]}", "one", [say("hello")])

    async with open_database(plain) as database:
        seals = (seal_of(under(plain, *keys)) for keys in (("a", "b"), ("b",), ()))
        both, one, none = [await missing_keys(database, seal) for seal in seals]

    assert both is None
    assert one is not None
    assert "lacks 'a' (1 in use):" in one
    assert none is not None
    assert "lacks 'a' (1 in use), 'b' (1 in use):" in none
    checks = [check async for check in examine(under(plain, "b"), ())]
    assert [check.ok for check in checks if check.name == "Encryption"] == [False]


async def test_after_a_rewrap_the_old_key_can_be_left_out(tmp_path: Path, client: Client):
    plain = settings(client, tmp_path)
    async with open_database(plain) as database:
        old = under(plain, "a")
        await conversation_store(old, database).append("c", "one", [say("hello")])
        await CardStore(database, seal=seal_of(old)).keep(sha256(b"card").hexdigest(), "card")
        request = ApprovalRequest(id="q", arguments="secret", expires_at=9e9)
        await ApprovalStore(database, seal=seal_of(old)).put("w", request)
        state = SavedSession(session="s", has_handle=False, state=SessionState(project="DEMO"))
        await ItSessionStore(database, time.time, seal=seal_of(old)).save(state)

    report = await rewrap(under(plain, "b", "a"))
    again = await rewrap(under(plain, "b", "a"))

    assert (report.key, report.conversations, report.cards, report.questions) == ("b", 1, 1, 1)
    assert report.it_sessions == 1
    assert (again.conversations, again.cards, again.questions, again.it_sessions) == (0, 0, 0, 0)
    new = under(plain, "b")
    async with open_database(plain) as database:
        assert await missing_keys(database, seal_of(new)) is None
        assert (await conversation_store(new, database).show("c")).items == ((1, say("hello")),)
        page = await ApprovalStore(database, seal=seal_of(new)).page(limit=5)
        session = await ItSessionStore(database, time.time, seal=seal_of(new)).load("s")
    assert [question.request.arguments for question in page.questions] == ["secret"]
    assert session.project == "DEMO"


async def test_what_cannot_be_read_is_named_and_left_as_it_is(tmp_path: Path, client: Client):
    plain = settings(client, tmp_path)
    async with open_database(plain) as database:
        await conversation_store(under(plain, "a"), database).append("c", "one", [say("hello")])

    report = await rewrap(under(plain, "b"))

    assert (report.conversations, report.unreadable) == (0, ("c",))
    with pytest.raises(SettingsError, match="not set"):
        await rewrap(plain)
