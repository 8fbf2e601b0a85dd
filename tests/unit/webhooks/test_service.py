"""What the service refuses before anything is stored."""

from dataclasses import replace

import pytest

from segue.errors.settings import SettingsError
from segue.errors.webhook import WebhookError
from segue.runs.events import Event, announce_nothing, event_id
from segue.settings.load import embedded_settings
from segue.settings.webhooks import WebhookSettings
from segue.storage.database import Database
from segue.webhooks.register.feature import WEBHOOKS
from segue.webhooks.service.webhooks import MOST_WEBHOOKS
from segue.wiring.platform import open_platform
from tests.fakes.doubles.webhooks import RecordingClient, webhooks_over

URL = "https://example.org/hook"


async def test_there_are_so_many_webhooks_and_no_more(sqlite_database: Database):
    service = webhooks_over(sqlite_database, RecordingClient())
    for _ in range(MOST_WEBHOOKS):
        await service.add(URL, ["turn.ended"])

    with pytest.raises(WebhookError, match="which is the most"):
        await service.add(URL, ["turn.ended"])


async def test_a_webhook_without_events_is_none(sqlite_database: Database):
    with pytest.raises(WebhookError, match="at least one event"):
        await webhooks_over(sqlite_database, RecordingClient()).add(URL, [])


async def test_a_secret_is_in_no_repr(sqlite_database: Database):
    new = await webhooks_over(sqlite_database, RecordingClient()).add(URL, ["turn.ended"])

    assert new.secret not in repr(new)


async def test_an_announcement_without_webhooks_opens_no_client(tmp_path):
    event = Event(id=event_id("turn.ended", "op"), type="turn.ended", at=1.0, data={})
    async with open_platform(embedded_settings(tmp_path)) as platform:
        await (await platform.database()).migrate()
        await platform.announce(event)
        await announce_nothing(event)

    assert len(event.id) <= 64
    assert not (tmp_path / "stack.lock").exists()


async def test_a_network_that_is_none_is_told_by_its_variable(tmp_path):
    wrong = WebhookSettings.model_construct(allowed_hosts="10.0.0.0/99")
    settings = replace(embedded_settings(tmp_path), brought=(wrong,))
    async with open_platform(settings, features=(WEBHOOKS,)) as platform:
        with pytest.raises(SettingsError, match="SEGUE_WEBHOOK_ALLOWED_HOSTS"):
            await WEBHOOKS.parts(platform).__aenter__()
