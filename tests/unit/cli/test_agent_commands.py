"""``segue approvals``, ``effects``, ``audit``, ``usage`` and ``payloads``."""

import asyncio
import json
import signal
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from segue.runs.contracts import Spent
from segue.runs.service.views import (
    AuditCheck,
    CollectedPayloads,
    PendingApprovals,
    UsageLine,
    UsageView,
)
from tests.fakes.doubles.agent_records import (
    APPROVAL,
    EFFECT,
    ENTRY,
    AgentInstallation,
    FakeRecords,
    Kept,
)
from tests.unit.cli.conftest import Segue

WAITING = PendingApprovals(approvals=(APPROVAL,))


@pytest.mark.parametrize(
    ("program", "heavy"),
    [
        ("from segue.cli.main import build; build()", "temporalio sqlalchemy agents mcp"),
        ("import segue.wiring.app, segue.music.service.music", "agents openai mcp fastapi"),
        ("import segue.wiring.background", "agents openai mcp fastapi alembic"),
    ],
    ids=["the help", "a command that joins a stack", "a stack in the background"],
)
def test_a_process_loads_no_package_that_only_others_need(program: str, heavy: str) -> None:
    shown = f"{program}; import sys; print([m for m in {heavy.split()} if m in sys.modules])"
    ended = subprocess.run(
        [sys.executable, "-c", shown], capture_output=True, encoding="utf-8", check=True
    )

    assert ended.stdout.strip() == "[]"


# --- approvals ---


@pytest.mark.parametrize("command", [(), ("list",)])
def test_what_waits_is_listed_with_what_it_wants(segue: Segue, command: tuple[str, ...]) -> None:
    result = segue("approvals", *command, on=AgentInstallation(Kept(pending=WAITING)))

    assert result.exit_code == 0
    for words in ("w1/q1", "May Clerk run transfer?", '{"amount": 100}', "2026-11-25 12:00:00"):
        assert words in result.stdout


def test_nothing_that_waits_is_said_in_words(segue: Segue) -> None:
    assert "Nothing waits" in segue("approvals", on=AgentInstallation()).stdout


@pytest.mark.parametrize(("count", "told"), [(1, "w0"), (4, "w0, w1, w2, …")])
def test_workflows_that_did_not_answer_are_named(segue: Segue, count: int, told: str) -> None:
    silent = tuple(f"w{number}" for number in range(count))
    installation = AgentInstallation(Kept(pending=PendingApprovals(unanswered=silent)))

    result = segue("approvals", on=installation)

    assert result.stderr.rstrip().endswith(told)
    assert f"{count} running workflows" in result.stderr


def test_a_page_of_what_waits_says_how_to_see_the_next(segue: Segue) -> None:
    kept = Kept(pending=WAITING.model_copy(update={"next": "[1, 2]"}))
    options = ("--limit", "1", "--after", "[0, 1]", "--of", "ann")

    result = segue("approvals", "list", *options, on=AgentInstallation(kept))

    assert "segue approvals list --after '[1, 2]'" in " ".join(result.output.split())
    assert kept.calls == [("approvals", 1, "[0, 1]", "ann")]


def test_what_waits_as_json_has_its_workflow(segue: Segue) -> None:
    result = segue("approvals", "--json", on=AgentInstallation(Kept(pending=WAITING)))

    assert json.loads(result.stdout) == WAITING.model_dump(mode="json")


@pytest.mark.parametrize(("option", "told"), [("--yes", "Approved"), ("--no", "Denied")])
def test_a_decision_is_passed_on_and_the_agent_goes_on(
    segue: Segue, option: str, told: str
) -> None:
    installation = AgentInstallation()
    more = ("--who", "ann", "--reason", "fine", "--arguments", '{"amount": 7}', "--seen", "ab12")

    result = segue(
        "approvals", "decide", "w1/q1", option, *more, "--workflow", "w1", on=installation
    )

    assert told in result.stdout
    yes = option == "--yes"
    assert installation.kept.calls == [
        ("decide", "w1/q1", yes, "ann", "fine", '{"amount": 7}', "ab12", "w1")
    ]
    assert installation.agents.detached


def test_a_decision_as_json_holds_the_question(segue: Segue) -> None:
    options = ("--no", "--who", "ann", "--json")

    result = segue("approvals", "decide", "w1/q1", *options, on=AgentInstallation())

    assert json.loads(result.stdout) == {
        "approved": False,
        "request": APPROVAL.model_dump(mode="json"),
    }


def test_a_decision_on_nothing_ends_with_11(segue: Segue) -> None:
    result = segue("approvals", "decide", "x", "--yes", "--who", "ann", on=AgentInstallation())

    assert result.exit_code == 11
    assert "segue approvals" in result.stderr


@pytest.mark.parametrize("missing", [("--yes",), ("--who", "ann")])
def test_a_decision_needs_an_answer_and_a_name(segue: Segue, missing: tuple[str, ...]) -> None:
    installation = AgentInstallation()

    assert segue("approvals", "decide", "w1/q1", *missing, on=installation).exit_code == 2
    assert installation.kept.calls == []


def test_a_question_without_words_is_named_by_its_tool_or_kind(segue: Segue) -> None:
    bare = APPROVAL.model_copy(update={"question": ""})
    budget = bare.model_copy(update={"tool": "", "kind": "budget"})
    pending = PendingApprovals(approvals=(bare, budget))

    told = segue("approvals", on=AgentInstallation(Kept(pending=pending))).stdout

    assert "transfer" in told
    assert "budget" in told


# --- effects ---


@pytest.mark.parametrize("command", [(), ("list",)])
def test_unknown_effects_are_listed_with_their_keys(segue: Segue, command: tuple[str, ...]) -> None:
    installation = AgentInstallation(Kept(effects=(EFFECT,)))

    result = segue("effects", *command, "--limit", "5", "--after", "a", on=installation)

    assert "w1/call-1" in result.stdout
    assert "segue effects resolve" in result.stderr
    assert installation.kept.calls == [("effects", 5, "a")]


def test_no_unknown_effect_is_said_in_words(segue: Segue) -> None:
    assert "known outcome" in segue("effects", on=AgentInstallation()).stdout


def test_effects_as_json_are_a_list(segue: Segue) -> None:
    result = segue("effects", "--json", on=AgentInstallation(Kept(effects=(EFFECT,))))

    assert json.loads(result.stdout) == [EFFECT.model_dump(mode="json")]


@pytest.mark.parametrize(
    ("option", "happened", "told"),
    [("--happened", True, "transfer happened"), ("--did-not", False, "transfer did not happen")],
)
def test_what_was_found_out_goes_on_record(
    segue: Segue, option: str, happened: bool, told: str
) -> None:
    installation = AgentInstallation()
    more = (option, "--who", "ann", "--why", "seen")

    result = segue("effects", "resolve", "w1/call-1", *more, on=installation)
    listed = segue("effects", "resolve", "w1/call-1", *more, "--json", on=installation)

    assert f"{told}, says ann" in result.stdout
    assert installation.kept.calls[0] == ("resolve", "w1/call-1", happened, "ann", "seen")
    assert json.loads(listed.stdout)["resolved_by"] == "ann"


def test_an_effect_that_was_never_begun_ends_with_11(segue: Segue) -> None:
    options = ("--happened", "--who", "ann", "--why", "seen")

    assert segue("effects", "resolve", "x", *options, on=AgentInstallation()).exit_code == 11


def test_a_finding_needs_an_outcome(segue: Segue) -> None:
    options = ("--who", "ann", "--why", "seen")

    assert segue("effects", "resolve", "x", *options, on=AgentInstallation()).exit_code == 2


# --- audit ---


@pytest.mark.parametrize("command", [(), ("list",)])
def test_entries_are_listed(segue: Segue, command: tuple[str, ...]) -> None:
    installation = AgentInstallation(Kept(entries=(ENTRY,)))

    result = segue("audit", *command, "--subject", "w1/q1", "--after", "3", on=installation)

    for words in ("ann", "approval.approved", "w1/q1", "fine"):
        assert words in result.stdout
    assert result.stderr == ""
    assert installation.kept.calls == [("audit", "w1/q1", 3, 100)]


def test_a_full_page_of_entries_says_how_to_go_on(segue: Segue) -> None:
    result = segue("audit", "--limit", "1", on=AgentInstallation(Kept(entries=(ENTRY,))))

    assert "--after 4" in result.stderr


def test_entries_as_json_are_a_list(segue: Segue) -> None:
    result = segue("audit", "--json", on=AgentInstallation(Kept(entries=(ENTRY,))))

    assert json.loads(result.stdout) == [ENTRY.model_dump(mode="json")]


def test_an_empty_log_is_said_in_words(segue: Segue) -> None:
    assert "No entry" in segue("audit", on=AgentInstallation()).stdout


def test_a_sound_log_ends_with_0_and_another_with_8(segue: Segue) -> None:
    broken = Kept(check=AuditCheck(ok=False, entry=3, reason="it is gone"))

    sound = segue("audit", "verify", on=AgentInstallation())
    told = segue("audit", "verify", on=AgentInstallation(broken))
    listed = segue("audit", "verify", "--json", on=AgentInstallation(broken))

    assert (sound.exit_code, told.exit_code, listed.exit_code) == (0, 8, 8)
    assert "Entry 3 is not what was written: it is gone." in told.stdout
    assert json.loads(listed.stdout) == {"ok": False, "entry": 3, "reason": "it is gone"}


def test_the_log_is_exported_line_by_line(segue: Segue, tmp_path: Path) -> None:
    entries = (ENTRY, ENTRY.model_copy(update={"seq": 5}))
    file = tmp_path / "audit.jsonl"

    screen = segue("audit", "export", on=AgentInstallation(Kept(entries=entries)))
    segue("audit", "export", "--out", str(file), on=AgentInstallation(Kept(entries=entries)))

    assert screen.stdout == "4\n5\n"
    assert file.read_text(encoding="utf-8") == "4\n5\n"


# --- usage ---


def test_usage_is_told_in_calls_tokens_and_money(segue: Segue) -> None:
    line = UsageLine(agent="Clerk", model="gpt-x", calls=2, cost_usd=Decimal("0.5000"), offline=1)
    spent = Spent(model_calls=2, attempts=3, input_tokens=10, cost_usd=Decimal("0.5"))
    used = UsageView(subject="w1", kind="workflow", spent=spent, lines=(line,))

    result = segue("usage", "w1", on=AgentInstallation(Kept(used=used)))

    for words in ("Workflow w1", "2, in 3 attempts", "10 in", "$0.5", "gpt-x (offline)", "Clerk"):
        assert words in result.stdout


@pytest.mark.parametrize(
    ("cost", "told"),
    [("0", "2 calls of unknown price"), ("1.50", "$1.5 and 2 calls of unknown price")],
)
def test_an_unknown_price_is_never_shown_as_free(segue: Segue, cost: str, told: str) -> None:
    spent = Spent(model_calls=3, cost_usd=Decimal(cost), unpriced_calls=2)
    used = UsageView(subject="trip", kind="conversation", spent=spent)

    result = segue("usage", "trip", on=AgentInstallation(Kept(used=used)))

    assert told in result.stdout
    assert "$0" not in result.stdout


def test_usage_as_json_keeps_money_exact(segue: Segue) -> None:
    spent = Spent(model_calls=1, cost_usd=Decimal("0.000000000001"))
    used = UsageView(subject="w1", kind="workflow", spent=spent)

    body = json.loads(segue("usage", "w1", "--json", on=AgentInstallation(Kept(used=used))).stdout)

    assert Decimal(body["spent"]["cost_usd"]) == Decimal("0.000000000001")


# --- payloads ---


def test_a_collection_is_told(segue: Segue) -> None:
    told = segue("payloads", "collect", on=AgentInstallation())
    listed = segue("payloads", "collect", "--json", on=AgentInstallation())

    assert "Removed 2 payloads (3 bytes); 1 old ones are still needed." in told.stdout
    assert json.loads(listed.stdout) == {
        "kept": 1,
        "deleted": 2,
        "freed_bytes": 3,
        "joined": False,
    }


def test_whoever_stops_waiting_leaves_the_collection_running(segue: Segue) -> None:
    class Interrupted(FakeRecords):
        async def collect_payloads(self) -> CollectedPayloads:
            signal.raise_signal(signal.SIGINT)
            await asyncio.Event().wait()
            return await super().collect_payloads()

    installation = AgentInstallation()
    installation.agents.records = Interrupted(installation.kept)

    result = segue("payloads", "collect", on=installation)

    assert result.exit_code == 130
    assert "goes on" in result.stderr
    assert installation.agents.detached
