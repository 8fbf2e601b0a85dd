"""Logging: one handler on standard error, with secrets removed from whatever is written.

Redaction happens on the finished text, so that it also covers arguments and tracebacks. It is the
net under the rule that secrets are not logged, not a licence to log them.
"""

import asyncio
import copy
import json
import logging
import re
import sys
import time
import traceback
from collections.abc import Callable
from typing import Literal

from temporalio import activity
from temporalio.exceptions import ApplicationError
from temporalio.runtime import (
    LogForwardingConfig,
    LoggingConfig,
    Runtime,
    TelemetryConfig,
    TelemetryFilter,
)

Level = Literal["debug", "info", "warning", "error"]

_GONE = "[redacted]"

# Loggers whose messages name what happened, and leave what was said to the exception.
_OURS = {"segue", "temporalio"}

# Names of Temporal's SDK and ours; both kinds of its records have some of them.
_RUN_IDS = {
    "workflow_id": "workflow_id",
    "workflow_run_id": "run_id",
    "run_id": "run_id",
    "workflow_type": "workflow_type",
    "activity_type": "activity_type",
    "attempt": "attempt",
}

# The value after a telling name, in URLs, headers, JSON and Python reprs; then values that tell by
# themselves: bearer tokens, passwords in URLs, keys in OpenAI's form.
_SECRETS = (
    re.compile(r"(?i)(\bauthorization[\"']?\s*[:=]\s*[\"']?)(?:(?:bearer|basic)\s+)?[^\s\"',}]+"),
    re.compile(
        r"(?i)(\b[\w-]*(?:token|secret|password|api[_-]?key|code_verifier)[\"']?\s*[:=]\s*[\"']?)"
        r"[^\s\"'&,;)}]+"
    ),
    re.compile(r"(?i)(\bbearer\s+)[\w.~+/=-]{16,}"),
    re.compile(r"(\b[a-z][a-z0-9+.-]*://[^\s/:@]*:)[^\s/@]+(?=@)"),
    re.compile(r"(\b)sk-[\w-]{8,}"),
)


# What the core says while it looks for a server, every ten seconds at least, and for how long it
# must be silent until the next such record means another outage.
CORE = "temporalio.core"
_REFUSED_CLIENTS = "mcp.server.transport_security"
_NO_TEMPORAL = re.compile(r"gRPC call \w+ retried|Error when recording heartbeat")
_OUTAGE_ENDS_AFTER_S = 60.0

# What the SDK's core says goes where everything goes; by itself it writes to standard output.
CORE_LOGGING = LoggingConfig(
    filter=TelemetryFilter(core_level="WARN", other_level="ERROR"),
    forwarding=LogForwardingConfig(logging.getLogger(CORE), append_target_to_name=False),
)


def configure(level: Level, *, json: bool = False, sealed: bool = False) -> None:
    """Send logs of this level and worse to standard error; called once, by the program's entry.

    Call it before the first connection to Temporal: the SDK's core writes to standard *output* by
    itself, among the results that a user may be reading from there.

    Args:
        level: Least severe level that is written; ``debug`` also shows what Temporal's SDK says.
        json: One JSON object a line instead of text, for log collectors.
        sealed: What people say is encrypted, so it must not be here either. Exceptions are written
            without their texts, and other libraries' records as the places they come from; both
            may quote anything. ``debug`` is then ``info``.
    """
    if sealed and level == "debug":
        level = "info"
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonFormatter(sealed=sealed) if json else _TextFormatter(sealed=sealed))
    if level != "debug":
        handler.addFilter(_is_news)
        handler.addFilter(_OnceAnOutage())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    core = Runtime(telemetry=TelemetryConfig(logging=CORE_LOGGING))
    Runtime.set_default(core, error_if_already_set=False)


def redact(text: str) -> str:
    """The text without tokens, keys, passwords and client secrets."""
    for pattern in _SECRETS:
        text = pattern.sub(rf"\1{_GONE}", text)
    return text


def _is_news(record: logging.LogRecord) -> bool:
    """Whether a record is logged: not Temporal's about a try that an activity failed on purpose.

    Nor what other libraries say below a warning: each request with its address, which holds the
    words of a search. Nor that an MCP client was refused for its Host or Origin: it is told, any
    client can cause it as often as it likes, and the record holds what it sent.

    Such tries are our daily business: they are tried again, and what remains is the run's result.
    So are those that were cancelled, because the worker stops or Temporal was away for a while. An
    exception that nobody foresaw is still shown.
    """
    is_ours = record.name.partition(".")[0] in _OURS
    if record.name == _REFUSED_CLIENTS or not (is_ours or record.levelno >= logging.WARNING):
        return False
    if getattr(record, "__temporal_error_identifier", None) != "ActivityFailure":
        return True
    routine = (ApplicationError, asyncio.CancelledError)
    return not (record.exc_info and isinstance(record.exc_info[1], routine))


class _OnceAnOutage(logging.Filter):
    """Lets one record an outage of Temporal pass: the SDK's core writes hundreds.

    Args:
        clock: Seconds, monotonic.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._last = -_OUTAGE_ENDS_AFTER_S

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether no such record came for a while before this one."""
        if record.name != CORE or not _NO_TEMPORAL.search(record.getMessage()):
            return True
        before, self._last = self._last, self._clock()
        return self._last - before >= _OUTAGE_ENDS_AFTER_S


def _without_content(record: logging.LogRecord) -> logging.LogRecord:
    clean_record = copy.copy(record)
    if record.name.partition(".")[0] not in _OURS:
        clean_record.msg, clean_record.args = (
            f"said something in {record.module}:{record.lineno}",
            None,
        )
    if record.exc_info and record.exc_info[1] is not None:
        clean_record.exc_info, clean_record.exc_text = None, _places(record.exc_info[1])
    return clean_record


def _places(error: BaseException) -> str:
    """Kinds and places of an exception and its causes, the outermost first; none of their texts."""
    lines, link = list[str](), error
    while True:
        code = getattr(link, "code", None) or getattr(link, "type", None)
        kind = f"{type(link).__name__} ({code})" if isinstance(code, str) else type(link).__name__
        lines.append(f"{kind} [text not shown: encryption is on]")
        lines += [line.rstrip() for line in traceback.format_tb(link.__traceback__)]
        following = link.__cause__ or (None if link.__suppress_context__ else link.__context__)
        if following is None:
            return "\n".join(lines)
        link = following


def _run_ids(record: logging.LogRecord) -> dict[str, str]:
    """Which run of which workflow a record comes from, and its activity, where it is of one."""
    info: dict[str, object] = getattr(record, "temporal_activity", None) or getattr(
        record, "temporal_workflow", {}
    )
    if not info and activity.in_activity():
        own = activity.info()
        info = {
            "workflow_id": own.workflow_id,
            "workflow_run_id": own.workflow_run_id,
            "activity_type": own.activity_type,
            "attempt": own.attempt,
        }
    return {
        name: str(info[key])
        for key, name in _RUN_IDS.items()
        if info.get(key) is not None and name not in vars(record)
    }


class _TextFormatter(logging.Formatter):
    def __init__(self, *, sealed: bool) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s")
        self._sealed = sealed

    def format(self, record: logging.LogRecord) -> str:
        safe_record = _without_content(record) if self._sealed else record
        return redact(super().format(safe_record))


class _JsonFormatter(logging.Formatter):
    def __init__(self, *, sealed: bool) -> None:
        super().__init__()
        self._sealed = sealed

    def format(self, record: logging.LogRecord) -> str:
        record = _without_content(record) if self._sealed else record
        entry = {
            "time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": redact(record.getMessage()),
        }
        entry |= _run_ids(record)
        if record.exc_info:
            entry["error"] = redact(self.formatException(record.exc_info))
        elif record.exc_text:
            entry["error"] = redact(record.exc_text)
        return json.dumps(entry, ensure_ascii=False)
