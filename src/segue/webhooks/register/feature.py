"""Webhooks as a feature: other programs are told of what happens."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from segue.platform.feature import SEGUE_PANEL, Command, Feature, Queue
from segue.settings.webhooks import WebhookSettings
from segue.webhooks.wire import WEBHOOKS_QUEUE

if TYPE_CHECKING:
    from segue.platform.platform import Platform
    from segue.runs.events import Announce
    from segue.runtime.worker import WorkerParts
    from segue.webhooks.sending.addresses import AllowedHosts
    from segue.webhooks.service.webhooks import Webhooks
    from segue.webhooks.store.webhook_store import WebhookStore


def _hosts(platform: "Platform") -> "AllowedHosts":
    from segue.errors.settings import SettingsError
    from segue.webhooks.sending.addresses import AllowedHosts

    text = platform.settings.of(WebhookSettings).allowed_hosts
    try:
        return AllowedHosts([name.strip() for name in text.split(",") if name.strip()])
    except ValueError as invalid:
        raise SettingsError(f"SEGUE_WEBHOOK_ALLOWED_HOSTS is not usable: {invalid}.") from None


async def _store(platform: "Platform") -> "WebhookStore":
    from segue.webhooks.store.webhook_store import WebhookStore

    return WebhookStore(await platform.database(), seal=platform.seal)


@asynccontextmanager
async def _parts(platform: "Platform") -> "AsyncGenerator[Sequence[WorkerParts]]":
    from segue.runtime.worker import WorkerParts
    from segue.webhooks.activities import DeliveryActivities
    from segue.webhooks.workflows import WebhookDeliveryWorkflow

    activities = DeliveryActivities(await _store(platform), _hosts(platform))
    yield (
        WorkerParts(
            task_queue=WEBHOOKS_QUEUE,
            workflows=[WebhookDeliveryWorkflow],
            activities=[activities.deliver],
        ),
    )


@asynccontextmanager
async def _open_service(platform: "Platform") -> "AsyncGenerator[Webhooks]":
    from segue.webhooks.service.webhooks import Webhooks

    yield Webhooks(await _store(platform), _hosts(platform), platform.client)


async def _announce(platform: "Platform") -> "Announce":
    from segue.webhooks.service.announcing import Announcer

    return Announcer(await _store(platform), platform.client)


WEBHOOKS = Feature(
    name="webhooks",
    queues=(Queue(WEBHOOKS_QUEUE),),
    parts=_parts,
    open_service=_open_service,
    announce=_announce,
    settings=(WebhookSettings,),
    routes=("segue.web.routes.webhooks:router",),
    commands=(Command("segue.cli.webhooks:webhooks", SEGUE_PANEL),),
)
