"""Which database a process works on, and when it says no."""

from dataclasses import replace

import pytest
from pydantic import SecretStr

from segue.errors.settings import SettingsError
from segue.errors.storage import SchemaError
from segue.settings.data import DataSettings
from segue.settings.load import embedded_settings
from segue.settings.temporal import TemporalSettings
from segue.storage.address import database_url
from segue.wiring.database import adopt_database, open_database, schema_of, upgrade_schema
from tests.fakes.worlds.databases import new_database

SHARED = TemporalSettings.model_construct(address="temporal:7233")


def settings(tmp_path, *, url=None, **data):
    secret = SecretStr(url) if url else None
    return replace(
        embedded_settings(tmp_path),
        data=DataSettings.model_construct(directory=tmp_path, database_url=secret, **data),
        temporal=SHARED,
    )


@pytest.mark.parametrize("url", [None, "sqlite:////nowhere/segue.db"])
async def test_a_file_beside_a_shared_temporal_is_refused(tmp_path, url):
    with pytest.raises(SettingsError, match="which only this machine has") as refused:
        async with open_database(settings(tmp_path, url=url)):
            pass

    assert "SEGUE_ALLOW_SQLITE" in refused.value.hint
    assert not (tmp_path / "segue.db").exists()


async def test_a_file_beside_a_shared_temporal_is_taken_when_it_is_said_twice(tmp_path):
    async with open_database(settings(tmp_path, allow_sqlite=True)) as database:
        assert await database.answers()


async def test_only_an_upgrade_changes_the_schema_of_a_server(tmp_path, postgres_url):
    empty = await new_database(database_url(postgres_url, tmp_path))
    shared = settings(tmp_path, url=empty.render_as_string(hide_password=False))

    with pytest.raises(SchemaError, match="revision none"):
        async with open_database(shared):
            pass
    before = await schema_of(shared)
    after = await upgrade_schema(shared)

    assert (before.current, after.current) == (None, before.newest)
    async with open_database(shared) as database:
        assert await database.answers()


async def test_the_embedded_server_needs_no_adoption(tmp_path):
    with pytest.raises(SettingsError, match="TEMPORAL_ADDRESS is not set"):
        await adopt_database(embedded_settings(tmp_path))
