"""What is logged, and what never is."""

import asyncio
import json
import logging
from collections.abc import Iterator

import pytest
from mcp.server.transport_security import (
    TransportSecurityMiddleware,
    TransportSecuritySettings,
)
from starlette.requests import Request
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from segue.observability.logs import Level, configure, redact

CANARY = "CANARY-7f3a9c-do-not-print"


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    """Logging belongs to the whole process; a test must not leave its own set-up behind."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers.clear()
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.mark.parametrize(
    "line",
    [
        f"Authorization: Bearer {CANARY}",
        f"{{'authorization': 'Bearer {CANARY}'}}",
        f"authorization=Basic {CANARY}",
        f"sent bearer {CANARY} to the server",
        f"GET /callback?access_token={CANARY}&state=1",
        f'{{"refresh_token": "{CANARY}", "scope": "x"}}',
        f"client_secret={CANARY}",
        f"{{'client_secret': '{CANARY}'}}",
        f"code_verifier={CANARY}",
        f"api_key: {CANARY}",
        f"OPENAI_API_KEY=sk-{CANARY}",
        f"SPOTIFY_CLIENT_SECRET={CANARY}",
        f"the key sk-{CANARY}",
        f"postgresql://segue:{CANARY}@db/segue",
    ],
)
def test_no_form_of_a_secret_is_kept(line: str):
    assert "CANARY" not in redact(line)


@pytest.mark.parametrize(
    "line",
    [
        "searched 'Secret' by Maroon 5: 3 candidates",
        "GET /v1/search?q=track%3ABasic%20Instinct&limit=10",
        "reading /home/me/basic playlists/token ring.csv",
        "http://127.0.0.1:8233/namespaces/default",
    ],
)
def test_ordinary_lines_stay_as_they_are(line: str):
    assert redact(line) == line


@pytest.mark.parametrize("as_json", [False, True])
def test_a_secret_in_an_argument_or_a_traceback_is_not_written(
    capsys: pytest.CaptureFixture[str], as_json: bool
):
    configure("info", json=as_json)

    logging.getLogger("segue.test").error(
        "call with client_secret=%s failed",
        CANARY,
        exc_info=ValueError(f"refused: access_token={CANARY}"),
    )

    written = capsys.readouterr().err
    assert "refused" in written
    assert "CANARY" not in written


def test_json_lines_can_be_read_by_a_machine(capsys: pytest.CaptureFixture[str]):
    configure("info", json=True)

    logging.getLogger("segue.test").info("synced %d tracks", 3)

    entry = json.loads(capsys.readouterr().err)
    assert (entry["level"], entry["logger"], entry["message"]) == (
        "info",
        "segue.test",
        "synced 3 tracks",
    )


def test_less_severe_lines_are_left_out(capsys: pytest.CaptureFixture[str]):
    configure("warning")

    logging.getLogger("segue.test").info("a detail")

    assert capsys.readouterr().err == ""


def log_failed_try(error: BaseException) -> None:
    """As Temporal's SDK reports a try of an activity that failed."""
    logging.getLogger("temporalio.activity").warning(
        "Completing activity as failed",
        exc_info=error,
        extra={"__temporal_error_identifier": "ActivityFailure"},
    )


@pytest.mark.parametrize(
    ("level", "error", "shown"),
    [
        ("warning", ApplicationError("slow down", type="catalogue.rate_limited"), False),
        ("warning", asyncio.CancelledError(), False),
        ("warning", KeyError("artist"), True),
        ("debug", ApplicationError("slow down", type="catalogue.rate_limited"), True),
    ],
)
def test_a_failed_try_is_news_only_when_nobody_foresaw_it(
    capsys: pytest.CaptureFixture[str], level: Level, error: BaseException, shown: bool
):
    configure(level)

    log_failed_try(error)

    assert ("Completing activity" in capsys.readouterr().err) is shown


def test_at_info_only_segue_and_temporal_speak(capsys: pytest.CaptureFixture[str]):
    configure("info")
    for name in ("segue.music", "temporalio.worker", "httpx2"):
        logging.getLogger(name).info("GET /search?q=words by %s", name)
    logging.getLogger("httpx2").warning("gone")

    written = capsys.readouterr().err.splitlines()
    assert [line.rpartition(" ")[2] for line in written] == [
        *("segue.music", "temporalio.worker", "gone"),
    ]


async def test_what_a_client_is_refused_for_is_not_written(capsys: pytest.CaptureFixture[str]):
    configure("warning")
    guard = TransportSecurityMiddleware(TransportSecuritySettings(allowed_hosts=["ours"]))
    scope = {"type": "http", "method": "GET", "headers": [(b"host", CANARY.encode())]}

    refusal = await guard.validate_request(Request(scope))

    assert refusal is not None
    assert capsys.readouterr().err == ""


def test_an_outage_of_temporal_is_one_line(capsys: pytest.CaptureFixture[str]):
    configure("warning")
    core = logging.getLogger("temporalio.core")

    for number in range(50):
        core.warning("[temporalio_client::retry] gRPC call poll_queue retried %d times", number)
        core.warning("[activities] Error when recording heartbeat: Status { code: Unavailable }")
    core.warning("something else")

    lines = capsys.readouterr().err.splitlines()
    assert [line.rpartition(": ")[2] for line in lines] == [
        "[temporalio_client::retry] gRPC call poll_queue retried 0 times",
        "something else",
    ]


def test_json_lines_name_the_run_that_they_come_from(capsys: pytest.CaptureFixture[str]):
    configure("info", json=True)
    run = {"workflow_id": "sync-1", "run_id": "r", "workflow_type": "PlaylistSync", "attempt": 1}

    logging.getLogger("temporalio.workflow").warning("late", extra={"temporal_workflow": run})

    entry = json.loads(capsys.readouterr().err)
    assert (entry["workflow_id"], entry["run_id"], entry["attempt"]) == ("sync-1", "r", "1")


async def test_json_lines_of_our_own_name_the_activity_at_work(
    capsys: pytest.CaptureFixture[str],
):
    configure("info", json=True)

    async def work() -> None:
        logging.getLogger("segue.music").warning("slow")

    await ActivityEnvironment().run(work)

    entry = json.loads(capsys.readouterr().err)
    assert (entry["workflow_id"], entry["run_id"]) == ("test", "test-run")
    assert entry["activity_type"] == "unknown"
