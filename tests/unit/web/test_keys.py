"""API keys: shown once, kept as a digest, ended at once."""

import stat

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from segue.errors.api import KeyNotFoundError, UnauthenticatedError
from segue.errors.input import InputError
from segue.errors.settings import SettingsError
from segue.web.keys import ApiKeys
from segue.web.local_key import FILE_NAME, first_key
from segue.web.scopes import Scope
from segue.web.tables import KEYS, METADATA


class Clock:
    def __init__(self):
        self.now = 1_800_000_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def keys(database, clock):
    return ApiKeys(database, clock)


async def test_the_migrated_schema_is_the_one_the_code_uses(database):
    async with database.reading() as connection:
        differences = await connection.run_sync(
            lambda sync: compare_metadata(
                MigrationContext.configure(
                    sync, opts={"compare_type": True, "include_object": _is_ours}
                ),
                METADATA,
            )
        )

    assert differences == []


def _is_ours(_object, name, kind, *_more):
    return kind != "table" or name in METADATA.tables


async def test_a_new_key_is_recognised_with_its_name_and_scopes(keys):
    made = await keys.create(" laptop ", [Scope.SYNC_READ])

    known = await keys.verify(made.text)

    assert known == made.key
    assert (known.name, known.scopes) == ("laptop", {Scope.SYNC_READ})
    assert await keys.all() == [known]


async def test_the_secret_is_stored_nowhere_and_shown_by_no_repr(keys, database):
    made = await keys.create("laptop", [Scope.ADMIN])
    secret = made.text.partition("_")[2].partition("_")[2]

    async with database.reading() as connection:
        row = (await connection.execute(sa.select(KEYS))).one()

    assert len(secret) == 43
    assert secret not in str(tuple(row))
    assert secret not in repr(made)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text[:-1],
        lambda text: text + "x",
        lambda text: text.replace("segue_", "segue_0", 1),
        lambda text: text.upper(),
        lambda text: "",
        lambda text: "segue_" + "é" * 12 + "_x",
    ],
)
async def test_anything_but_the_whole_key_is_refused(keys, change):
    made = await keys.create("laptop", [Scope.ADMIN])

    with pytest.raises(UnauthenticatedError):
        await keys.verify(change(made.text))


async def test_a_key_expires_when_it_was_told_to(keys, clock):
    made = await keys.create("guest", [Scope.SYNC_READ], expires_after=60)
    clock.now += 59
    assert await keys.verify(made.text)
    assert await keys.any_active()

    clock.now += 1

    with pytest.raises(UnauthenticatedError):
        await keys.verify(made.text)
    assert not await keys.any_active()


async def test_a_key_is_revoked_once_and_for_all(keys, clock):
    made = await keys.create("lost", [Scope.ADMIN])
    first = await keys.revoke(made.key.id)
    clock.now += 5

    again = await keys.revoke(made.key.id)

    assert first.revoked_at == again.revoked_at == clock.now - 5
    with pytest.raises(UnauthenticatedError):
        await keys.verify(made.text)


async def test_an_unknown_key_cannot_be_revoked(keys):
    with pytest.raises(KeyNotFoundError, match="nope"):
        await keys.revoke("nope")


@pytest.mark.parametrize(
    ("name", "scopes", "seconds"),
    [
        ("", [Scope.ADMIN], None),
        (" ", [Scope.ADMIN], None),
        ("x" * 101, [Scope.ADMIN], None),
        ("a\x1b[2Jb", [Scope.ADMIN], None),
        ("x", [], None),
        ("x", [Scope.ADMIN], 0),
    ],
)
async def test_a_key_without_name_scope_or_time_is_not_made(keys, name, scopes, seconds):
    with pytest.raises(InputError):
        await keys.create(name, scopes, expires_after=seconds)

    assert await keys.all() == []


async def test_an_admin_may_everything_and_others_what_they_were_given(keys):
    admin = (await keys.create("a", [Scope.ADMIN])).key
    reader = (await keys.create("r", [Scope.SYNC_READ])).key

    assert all(admin.may(scope) for scope in Scope)
    assert [scope for scope in Scope if reader.may(scope)] == [Scope.SYNC_READ]


async def test_the_first_start_makes_a_key_that_only_its_owner_can_read(keys, tmp_path):
    (tmp_path / FILE_NAME).write_text("left behind", encoding="utf-8")
    (tmp_path / FILE_NAME).chmod(0o644)

    file = await first_key(keys, tmp_path)

    assert file
    assert file == tmp_path / FILE_NAME
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert (await keys.verify(file.read_text(encoding="ascii").strip())).is_admin


async def test_where_there_is_a_key_the_first_start_makes_none(keys, tmp_path):
    made = await keys.create("mine", [Scope.SYNC_READ])
    await keys.revoke(made.key.id)

    assert await first_key(keys, tmp_path) is None
    assert not (tmp_path / FILE_NAME).exists()


async def test_a_key_that_cannot_be_written_down_opens_nothing(keys, tmp_path):
    with pytest.raises(SettingsError, match="cannot be written"):
        await first_key(keys, tmp_path / "no" / "folder")

    assert not await keys.any_active()
