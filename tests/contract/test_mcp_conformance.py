"""Every MCP server of ours against the protocol's own conformance suite.

The suite is written for a server of its own, with tools, prompts and resources that it names. What
it asks of those is expected to fail; everything else is not.
"""

import asyncio

import pytest

from tests.fakes.programs.mcp_conformance import Check, conformance_checks
from tests.fakes.programs.spotify_mcp import ServerProcess, environment_of

# As in `segue mcp NAME`, with options under which it offers all that it has.
SERVERS: dict[str, tuple[str, ...]] = {
    "spotify": ("--stateful", "--removals"),
    "finance": (),
    "it": (),
}

OLDER, NEWER = "2025-11-25", "2026-07-28"

_NO_SUCH_TOOL = "asks for a tool of the suite's own server"
_NO_PROMPTS = "we have no prompts, resources, completion or log levels, and offer none"
_NO_TASKS = "an extension that we do not declare"

# Scenarios in which checks fail, and why they do.
EXPECTED = {
    **dict.fromkeys(
        (
            *("tools-call-image", "tools-call-audio", "tools-call-embedded-resource"),
            *("tools-call-mixed-content", "tools-call-with-progress", "tools-call-with-logging"),
            *("tools-call-sampling", "tools-call-elicitation", "json-schema-2020-12"),
            *("elicitation-sep1034-defaults", "elicitation-sep1330-enums", "server-sse-polling"),
            *("http-custom-header-server-validation", "input-required-result-basic-elicitation"),
            *("input-required-result-basic-sampling", "input-required-result-basic-list-roots"),
            *("input-required-result-request-state", "input-required-result-multi-round"),
            *("input-required-result-multiple-input-requests", "input-required-result-result-type"),
            *("input-required-result-tampered-state", "input-required-result-capability-check"),
        ),
        _NO_SUCH_TOOL,
    ),
    **dict.fromkeys(
        (
            *("prompts-list", "prompts-get-simple", "prompts-get-with-args"),
            *("prompts-get-embedded-resource", "prompts-get-with-image"),
            *("resources-list", "resources-read-text", "resources-read-binary"),
            *("resources-templates-read", "resources-subscribe", "resources-unsubscribe"),
            *("completion-complete", "logging-set-level", "input-required-result-non-tool-request"),
        ),
        _NO_PROMPTS,
    ),
    **dict.fromkeys(
        (
            *("tasks-lifecycle", "tasks-capability-negotiation", "tasks-wire-fields"),
            *("tasks-request-state-removal", "tasks-mrtr-input", "tasks-request-headers"),
            *("tasks-dispatch-and-envelope", "tasks-required-task-error", "tasks-mrtr-composition"),
        ),
        _NO_TASKS,
    ),
}
# Single checks of scenarios that hold otherwise.
EXPECTED_CHECKS = {
    "sep-2575-server-rejects-undeclared-capability": _NO_SUCH_TOOL,
    "sep-2575-missing-capability-http-400": _NO_SUCH_TOOL,
    "sep-2549-prompts-list-caching-hints": _NO_PROMPTS,
    "sep-2549-resources-list-caching-hints": _NO_PROMPTS,
    "sep-2549-resources-templates-list-caching-hints": _NO_PROMPTS,
}
# Checks of which none may be missing, or a run would show nothing.
SHOWN = {
    OLDER: {
        *("server-initialize", "ping", "tools-list", "tools-name-format"),
        *("localhost-host-rebinding-rejected", "localhost-host-valid-accepted"),
    },
    NEWER: {
        *("tools-list", "tools-list-deterministic-order", "localhost-host-rebinding-rejected"),
        *("sep-2575-server-implements-discover", "sep-2575-discover-capabilities-match-handlers"),
        *("sep-2575-http-server-meta-invalid-400", "sep-2575-server-unsupported-version-error"),
        *("sep-2549-tools-list-caching-hints", "sep-2549-cache-scope-valid"),
        *("sep-2243-server-reject-invalid-headers", "sep-2243-server-reject-error-code"),
    },
}
# The same of servers that keep sessions, which the newer revision does not know.
SHOWN_OF_SESSIONS = {
    "server-session-terminated-returns-404",
    "server-accepts-multiple-post-streams",
}


@pytest.fixture
async def served(tmp_path):
    """Starts a server by its name; gives its address."""
    started = []

    async def start(name: str) -> str:
        process = ServerProcess(
            environment_of(tmp_path, "http://127.0.0.1:1"), SERVERS[name], name=name
        )
        started.append(process)
        await process.start()
        return process.url

    yield start
    for process in started:
        process.end()


def why_excused(check: Check) -> str | None:
    """Why a check need not hold; None: it must."""
    return EXPECTED.get(check.scenario) or EXPECTED_CHECKS.get(check.name)


@pytest.mark.parametrize("revision", [OLDER, NEWER])
@pytest.mark.parametrize("name", SERVERS)
async def test_all_holds_that_does_not_need_the_server_of_the_suite(served, name, revision):
    checks = await asyncio.to_thread(conformance_checks, await served(name), revision)

    failures = [check for check in checks if check.status == "FAILURE"]
    assert [check for check in failures if why_excused(check) is None] == []
    has_sessions = "--stateful" in SERVERS[name] and revision == OLDER
    shown = SHOWN[revision] | (SHOWN_OF_SESSIONS if has_sessions else set())
    assert shown - {check.name for check in checks if check.status == "SUCCESS"} == set()
    not_offered = [check for check in failures if why_excused(check) == _NO_PROMPTS]
    assert [check for check in not_offered if "Method not found" not in check.message] == []
    excused = {word for check in checks for word in (check.scenario, check.name)}
    excused &= EXPECTED.keys() | EXPECTED_CHECKS.keys()
    assert excused - {word for check in failures for word in (check.scenario, check.name)} == set()
