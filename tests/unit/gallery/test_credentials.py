"""Credentials of tools, as the settings name them and as they leave no trace."""

import pytest
from pydantic import SecretStr

from segue.errors.gallery import CredentialMissingError, CredentialRefusedError
from segue.errors.settings import SettingsError
from segue.gallery.tools.credentials import SAMPLE_NAME, Credentials
from segue.gallery.tools.warehouse import StockQuestion, Warehouse
from segue.settings.gallery import GallerySettings


def settings(pairs: str | None) -> GallerySettings:
    return GallerySettings(tool_credentials=SecretStr(pairs) if pairs else None)


def test_credentials_come_from_the_settings_by_name_beside_the_sample():
    credentials = Credentials(settings("ann=one-two, ben=x=y").credentials)

    assert [credentials.value(name) for name in ("ann", "ben")] == ["one-two", "x=y"]
    assert credentials.value(SAMPLE_NAME)
    assert settings(None).credentials == {}


@pytest.mark.parametrize("pairs", ["kestrel-4711", "ann=", "ann=kestrel-4711,ann=kestrel-4711"])
def test_credentials_that_cannot_be_read_are_refused_without_being_said(pairs: str):
    with pytest.raises(SettingsError, match="SEGUE_TOOL_CREDENTIALS") as refusal:
        _ = settings(pairs).credentials
    assert "kestrel" not in str(refusal.value)


def test_a_credential_that_contains_another_is_taken_out_whole():
    credentials = Credentials({"short": "kestrel", "long": "kestrel-4711"})

    text = credentials.taken_out("kestrel-4711 and kestrel")

    assert text == "[credential long] and [credential short]"


async def test_a_refusal_of_the_service_carries_no_cause_that_has_the_value():
    warehouse = Warehouse(Credentials({"ann": "kestrel-4711"}))

    with pytest.raises(CredentialRefusedError, match="credential ann") as refusal:
        await warehouse.stock_of(StockQuestion("lamp", "ann"))
    assert refusal.value.__cause__ is None
    assert refusal.value.__suppress_context__
    with pytest.raises(CredentialMissingError):
        await warehouse.stock_of(StockQuestion("lamp", "nobody"))
