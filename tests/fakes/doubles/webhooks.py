"""Webhooks over a real database, without an engine that sends."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, cast

from temporalio.client import Client

from segue.storage.database import Database
from segue.webhooks.sending.addresses import AllowedHosts
from segue.webhooks.service.webhooks import Webhooks
from segue.webhooks.store.webhook_store import WebhookStore
from tests.fakes.doubles.music_service import FakeInstallation

if TYPE_CHECKING:
    from segue.wiring.app import App


class RecordingClient:
    """Notes the workflows that somebody starts."""

    def __init__(self) -> None:
        self.started: list[tuple[str, str]] = []

    async def start_workflow(self, workflow: str, argument: str, **_options: Any) -> None:
        self.started.append((workflow, argument))


def webhooks_over(database: Database, client: RecordingClient) -> Webhooks:
    """The service; it may call loopback."""

    async def opened() -> Client:
        return cast("Client", client)

    return Webhooks(WebhookStore(database), AllowedHosts(["127.0.0.1"]), opened)


class _App:
    warnings = ()

    def __init__(self, service: Webhooks) -> None:
        self.service = service


class WebhookInstallation(FakeInstallation):
    """An installation of which only webhooks are used."""

    def __init__(self, database: Database) -> None:
        super().__init__()
        self.client = RecordingClient()
        self.database = database

    @asynccontextmanager
    async def open_app(self, feature: str) -> "AsyncGenerator[App[Any]]":
        assert feature == "webhooks"
        try:
            yield cast("App[Any]", _App(webhooks_over(self.database, self.client)))
        finally:
            await self.database.aclose()  # each command has a loop of its own
