"""A feature as the platform sees it: one value in the list that processes and faces go through."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # a command line that only shows its help loads none of this
    from collections.abc import AsyncGenerator

    from agents.mcp import MCPServer
    from mcp.server.mcpserver import MCPServer as OfferedServer

    from segue.llm.offline.rules import AgentRules
    from segue.platform.platform import Platform
    from segue.runs.events import Announce
    from segue.runtime.processes import Child
    from segue.runtime.worker import WorkerParts
    from segue.settings.base import Room
    from segue.settings.load import Settings
    from segue.storage.database import Database
    from segue.storage.pruning import Expiry


OpenPlatform = Callable[[], Awaitable["Platform"]]
"""Gives the platform of a process, opened at the first call."""

AGENTS_PANEL = "What agents said and did"
SEGUE_PANEL = "Segue itself"


@dataclass(frozen=True)
class Queue:
    """Where a feature's workflows or activities wait for a worker.

    Attributes:
        task_queue: Its name.
        namespace: Temporal's namespace; None: the configured one.
        activities_only: No workflow waits there.
        asks_models: Agents run there, so that models answer in its namespace too.
    """

    task_queue: str
    namespace: str | None = None
    activities_only: bool = False
    asks_models: bool = True


@dataclass(frozen=True)
class Check:
    """One line of ``segue doctor``.

    Attributes:
        name: What was looked at.
        ok: Whether it works; None where nothing is needed or wrong, but there is something to know.
        detail: What was found.
        next_step: What to do; empty when nothing.
    """

    name: str
    ok: bool | None
    detail: str
    next_step: str = ""


@dataclass(frozen=True)
class Measure:
    """A number that Prometheus is told, by labels; the same from every process.

    Attributes:
        name: ``segue_…``, in Prometheus' form.
        text: What it is.
        labels: Names of what tells its values apart.
        values: By the labels' values.
        only_grows: It is a counter and no gauge; its name ends in ``_total``.
    """

    name: str
    text: str
    labels: tuple[str, ...]
    values: Mapping[tuple[str, ...], float]
    only_grows: bool = False


@dataclass(frozen=True)
class Companion:
    """A server that a feature needs on one machine beside Temporal and the worker.

    Attributes:
        name: As people are told of it: ``Local catalogue``.
        url: Where it answers.
        variable: The environment variable by which the worker is told.
        child: The process to keep running; None: somebody else runs it.
    """

    name: str
    url: str
    variable: str
    child: "Child | None" = None


@dataclass(frozen=True)
class Command:
    """A command or a group of commands.

    Attributes:
        source: Where it is defined: ``segue.cli.sync:sync``; its name is the last word.
        panel: Under which heading ``segue --help`` lists it: the feature's own, or one of ours.
    """

    source: str
    panel: str


def _on(_: "Settings") -> str:
    return ""


@dataclass(frozen=True, kw_only=True)
class ToolServer:
    """An MCP server that a feature offers to agents and to other programs.

    ``segue up`` runs it over HTTP, ``segue mcp NAME`` alone, over stdio too.

    Attributes:
        name: One word.
        title: As people are told of it: ``Finance MCP server``.
        port: Where it listens over HTTP; 0: any free port.
        port_setting: The variable that names the port.
        url: Where somebody else runs it; None: ``segue up`` does.
        variable: The environment variable by which workers are told where it answers.
        open: Opens it, over what gives the platform. That is asked for by calls only, so that
            clients need not wait for the handshake; what cannot be opened is that call's error.
        off: Why it must not run; empty: it may.
    """

    name: str
    title: str
    port: "Callable[[Settings], int]"
    port_setting: str
    url: "Callable[[Settings], str | None]"
    variable: str
    open: "Callable[[Settings, OpenPlatform], AbstractAsyncContextManager[OfferedServer[Any]]]"
    off: "Callable[[Settings], str]" = _on


def _no_rules() -> "Sequence[AgentRules]":
    return ()


def _no_mcp_servers(_: "Settings") -> "Mapping[str, Callable[..., MCPServer]]":
    return {}


@asynccontextmanager
async def _no_companions(_: "Settings") -> "AsyncGenerator[Sequence[Companion]]":
    yield ()


def _no_checks(_: "Settings") -> "Mapping[str, Callable[[], Awaitable[Check | str]]]":
    return {}


async def _no_children(_database: "Database", _workflow_id: str) -> Sequence[str]:
    return ()


async def _no_measures(_: "Platform") -> Sequence[Measure]:
    return ()


async def _no_expiries(_platform: "Platform", _before: float) -> "Sequence[Expiry]":
    return ()


async def _announce_nothing(_: "Platform") -> "Announce | None":
    return None


async def _no_warnings(_: "Settings") -> Sequence[str]:
    return ()


@dataclass(frozen=True, kw_only=True)
class Feature:
    """Everything that the platform must know to run a feature; see docs/features.md.

    What takes long to import is imported when it is called: the list of features is read by every
    command.

    Attributes:
        name: One word, the name of its rooms.
        queues: Where its work waits; a namespace named here is made on the embedded server.
        parts: Opens what its workers serve, one part a queue.
        open_service: Opens the one object that commands, routes, pages and MCP servers work with.
        rules: What the offline model answers for its agents.
        mcp_servers: Starts the MCP servers that its agents use, by the name workflows know.
        companions: Opens what must run beside the worker on one machine.
        checks: What ``segue doctor`` looks at, by name. A failure is told as an error of the tree;
            a text means that it works.
        children: How the ids of the children begin that one of its workflows has started.
        warnings: What its user should know before anything fails.
        standing: Types of its workflows that stay open while nobody needs them: they keep no stack
            in the background alive.
        measures: What its database says in numbers, asked at each scrape: cheap.
        tool_servers: MCP servers that it offers.
        expiries: What its tables need not keep of what ended before a moment (epoch seconds).
        announce: Whom activities tell of events; None: nobody.
        settings: Settings classes that it brings beside those of ``segue.settings.load``.
        routes: Where its routers are defined: ``segue.web.routes.syncs:router``.
        commands: Where its commands are defined.
    """

    name: str
    queues: tuple[Queue, ...]
    parts: "Callable[[Platform], AbstractAsyncContextManager[Sequence[WorkerParts]]]"
    open_service: "Callable[[Platform], AbstractAsyncContextManager[Any]]"
    rules: "Callable[[], Sequence[AgentRules]]" = _no_rules
    mcp_servers: "Callable[[Settings], Mapping[str, Callable[..., MCPServer]]]" = _no_mcp_servers
    companions: "Callable[[Settings], AbstractAsyncContextManager[Sequence[Companion]]]" = (
        _no_companions
    )
    checks: "Callable[[Settings], Mapping[str, Callable[[], Awaitable[Check | str]]]]" = _no_checks
    children: "Callable[[Database, str], Awaitable[Sequence[str]]]" = _no_children
    warnings: "Callable[[Settings], Awaitable[Sequence[str]]]" = _no_warnings
    standing: tuple[str, ...] = ()
    measures: "Callable[[Platform], Awaitable[Sequence[Measure]]]" = _no_measures
    tool_servers: tuple[ToolServer, ...] = ()
    expiries: "Callable[[Platform, float], Awaitable[Sequence[Expiry]]]" = _no_expiries
    announce: "Callable[[Platform], Awaitable[Announce | None]]" = _announce_nothing
    settings: "tuple[type[Room], ...]" = ()
    routes: tuple[str, ...] = ()
    commands: tuple[Command, ...] = ()
