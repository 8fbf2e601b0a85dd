"""``segue webhooks``."""

import asyncio
import json
from pathlib import Path

import pytest

from segue.storage.address import database_url
from segue.storage.database import Database
from tests.fakes.doubles.webhooks import WebhookInstallation
from tests.fakes.worlds.databases import prepare

URL = "https://example.org/hook"


@pytest.fixture
def installation(tmp_path: Path) -> WebhookInstallation:
    async def made() -> Database:
        database = Database(database_url(None, tmp_path))
        await prepare(database)
        await database.aclose()
        return database

    return WebhookInstallation(asyncio.run(made()))


def test_a_webhook_is_added_listed_rotated_tried_and_removed(segue, installation) -> None:
    added = json.loads(segue("webhooks", "add", URL, "--json", on=installation).stdout)
    name = added["id"]
    rotated = segue("webhooks", "rotate", name, "--keep-old", "0", on=installation)
    tried = segue("webhooks", "test", name, on=installation)
    listed = segue("webhooks", "--json", on=installation)
    table = segue("webhooks", "list", on=installation)
    log = segue("webhooks", "log", name, "--limit", "1", on=installation)
    rows = json.loads(segue("webhooks", "log", "--json", on=installation).stdout)["deliveries"]
    again = segue("webhooks", "resend", rows[0]["id"], on=installation)
    enabled = segue("webhooks", "enable", name, on=installation)
    removed = segue("webhooks", "remove", name, on=installation)
    nothing = segue("webhooks", on=installation)
    no_log = segue("webhooks", "log", on=installation)

    assert added["secret"].startswith("whsec_")
    assert len(added["events"]) == 4
    assert rotated.stdout.startswith("whsec_")
    assert added["secret"] not in rotated.stdout + listed.stdout + table.stdout + log.stdout
    assert json.loads(listed.stdout)[0]["url"] == URL
    assert "example.org" in table.stdout
    assert rows[0]["type"] == "webhook.test"
    assert "segue webhooks log" in tried.stdout
    assert "webhook.test" in log.stdout
    assert [kind for kind, _ in installation.client.started] == ["WebhookDelivery"] * 2
    assert all(each.exit_code == 0 for each in (again, enabled, removed))
    assert "segue webhooks add" in nothing.stdout
    assert "Nothing was sent" in no_log.stdout


@pytest.mark.parametrize("command", [("remove",), ("rotate",), ("enable",), ("test",)])
def test_what_is_done_is_said_in_json(segue, installation, command) -> None:
    name = json.loads(segue("webhooks", "add", URL, "--json", on=installation).stdout)["id"]

    assert json.loads(segue("webhooks", *command, name, "--json", on=installation).stdout)


def test_a_private_address_an_unknown_event_and_an_unknown_webhook_are_refused(
    segue, installation
) -> None:
    private = segue("webhooks", "add", "https://10.0.0.1/", on=installation)
    event = segue("webhooks", "add", URL, "--event", "turn.begun", on=installation)
    unknown = segue("webhooks", "remove", "nothing", on=installation)

    assert private.exit_code == 2
    assert "SEGUE_WEBHOOK_ALLOWED_HOSTS" in private.stderr
    assert event.exit_code == 2
    assert "turn.ended" in event.stderr
    assert unknown.exit_code == 2
    assert "segue webhooks" in unknown.stderr


def test_one_event_may_be_chosen_and_a_page_of_the_log_says_how_to_go_on(
    segue, installation
) -> None:
    chosen = ("--event", "turn.ended", "--json")
    added = json.loads(segue("webhooks", "add", URL, *chosen, on=installation).stdout)
    for _ in range(2):
        segue("webhooks", "test", added["id"], on=installation)

    first = segue("webhooks", "log", "--limit", "1", on=installation)

    assert added["events"] == ["turn.ended"]
    assert "--after" in first.stderr
