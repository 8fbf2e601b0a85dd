"""One try of a delivery, over real HTTP: what a receiver says, does, and lies about."""

import asyncio
from contextlib import suppress

import pytest

from segue.runs.events import Event
from segue.storage.database import Database
from segue.webhooks.activities import DeliveryActivities
from segue.webhooks.contracts import Delivery, body_of
from segue.webhooks.sending.addresses import AllowedHosts
from segue.webhooks.store.webhook_store import WebhookStore
from segue.webhooks.wire import DeliveryAttempt, DeliveryResult
from tests.fakes.doubles.scripted_http import Answer, Line, Reply, closed, scripted_server
from tests.unit.webhooks.test_signing import check

WHSEC = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
EVENT = Event(id="evt_1", type="turn.ended", at=1_800_000_000.0, data={"turn": 3})
LOOPBACK = AllowedHosts(["127.0.0.0/8"])


class Sender:
    """One webhook at a loopback receiver."""

    def __init__(self, database: Database, **options) -> None:
        self.store = WebhookStore(database)
        self.activities = DeliveryActivities(
            self.store, options.pop("hosts", LOOPBACK), answer_within_s=2.0, **options
        )
        self.delivery = ""

    async def send(self, url: str, *, number: int = 1, is_last: bool = False) -> DeliveryResult:
        if not self.delivery:
            await self.store.add(url, ["turn.ended"], WHSEC)
            (self.delivery,) = await self.store.enqueue(EVENT)
        return await self.activities.deliver(
            DeliveryAttempt(delivery=self.delivery, number=number, is_last=is_last)
        )

    async def row(self) -> Delivery:
        (row,) = (await self.store.deliveries()).deliveries
        return row


@pytest.fixture
def sender(sqlite_database: Database) -> Sender:
    return Sender(sqlite_database)


async def test_a_receiver_gets_a_signed_event_and_every_try_has_its_id(sender: Sender):
    async with scripted_server(Reply(500), Reply(204, b"")) as receiver:
        states = [
            (await sender.send(f"{receiver.url}/hook?a=1", number=number)).state
            for number in (1, 2, 3)
        ]

    assert states == ["waiting", "delivered", "failed"]  # the third has nothing to send any more
    assert len(receiver.received) == 2
    for request in receiver.received:
        assert (request.method, request.target) == ("POST", "/hook?a=1")
        assert request.headers["host"] == receiver.url.removeprefix("http://")
        assert request.headers["content-type"] == "application/json"
        assert request.headers["webhook-id"] == "evt_1"
        assert request.body.decode() == body_of(EVENT)
        assert check(dict(request.headers), body_of(EVENT), WHSEC)
    row = await sender.row()
    assert (row.state, row.attempts, row.status, row.problem) == ("delivered", 2, 204, "")


@pytest.mark.parametrize(
    ("answer", "status", "problem"),
    [
        (Reply(500), 500, "answered 500"),
        (Reply(404), 404, "answered 404"),
        (Line.CUT, None, "RemoteProtocolError"),
        (Line.HANG, None, "no answer within 2 s"),
        (Reply(302, headers={"Location": "http://169.254.169.254/"}), 302, "answered 302"),
    ],
    ids=str,
)
async def test_what_is_no_success_is_written_down_and_tried_again(
    sender: Sender, answer: Answer, status: int | None, problem: str
):
    async with scripted_server(answer) as receiver:
        result = await sender.send(receiver.url)
        assert len(receiver.received) == 1  # a redirect is not followed
        last = await sender.send(receiver.url, number=2, is_last=True)

    row = await sender.row()
    assert (result.state, last.state) == ("waiting", "failed")
    assert (row.status, row.attempts, row.state) == (status, 2, "failed")
    assert problem in row.problem


async def test_a_receiver_says_when_to_come_back(sender: Sender):
    async with scripted_server(Reply(429, headers={"Retry-After": "90"})) as receiver:
        assert (await sender.send(receiver.url)).retry_after_s == 90


async def test_a_receiver_that_is_gone_is_sent_nothing_more(sender: Sender):
    async with scripted_server(Reply(410)) as receiver:
        result = await sender.send(receiver.url)

    assert result.state == "failed"
    (webhook,) = await sender.store.all()
    assert webhook.disabled_at is not None


async def test_a_body_without_end_is_not_read(sender: Sender):
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        with suppress(ConnectionError):
            while not writer.is_closing():
                writer.write(b"400\r\n" + b"x" * 1024 + b"\r\n")
                await writer.drain()
        await closed(writer)

    async with await asyncio.start_server(handle, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        assert (await sender.send(f"http://127.0.0.1:{port}/")).state == "delivered"


async def test_a_host_that_turned_private_is_refused_for_good_and_never_called(
    sqlite_database: Database,
):
    async def metadata(_host: str, _port: int) -> list[str]:
        return ["169.254.169.254"]

    sender = Sender(sqlite_database, hosts=AllowedHosts(), look_up=metadata)

    result = await sender.send("https://rebound.example/")

    assert result.state == "failed"
    assert "169.254.169.254" in (await sender.row()).problem


async def test_a_host_without_an_address_may_have_one_later(sqlite_database: Database):
    async def nowhere(host: str, _port: int) -> list[str]:
        raise OSError(f"{host} is unknown")

    sender = Sender(sqlite_database, look_up=nowhere)

    assert (await sender.send("https://away.example/")).state == "waiting"
    assert "away.example is unknown" in (await sender.row()).problem


async def test_a_receiver_of_a_stranger_authority_is_not_told(sqlite_database: Database):
    async with scripted_server(Reply(200)) as receiver:

        async def here(_host: str, _port: int) -> list[str]:
            return ["127.0.0.1"]

        sender = Sender(sqlite_database, look_up=here)
        port = receiver.url.rpartition(":")[2]
        result = await sender.send(f"https://receiver.example:{port}/")

    assert result.state == "waiting"  # it speaks no TLS
    assert receiver.received == []
