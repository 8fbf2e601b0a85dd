"""The platform of a process: settings to database, clients, payloads and models, opened once.

Every process has one. What it needs is opened at its first use and closed in reverse order.
"""

from collections.abc import AsyncGenerator, Callable, Hashable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar, cast

from temporalio.client import Client, Plugin

from segue.platform.feature import Feature
from segue.runs.events import Announce, Event
from segue.runs.service.records import AgentRecords
from segue.runs.service.stored_records import KeptRecords
from segue.runtime.client import connect
from segue.runtime.lasting import Lasting
from segue.runtime.payloads.drivers import PayloadPath
from segue.sessions.events.fanout import TurnEvents
from segue.sessions.histories.keys import HistoryKeys
from segue.sessions.sealing import Seal
from segue.settings.load import Settings
from segue.storage.database import Database
from segue.wiring.database import COMMAND, Claim, check_claim, open_database
from segue.wiring.encryption import end_unreadable, history_keys, seal_of
from segue.wiring.features import FEATURES, rules_of
from segue.wiring.joining import joined_stack
from segue.wiring.payloads import PayloadPorts, open_payloads
from segue.wiring.records import open_turn_events, record_stores
from segue.wiring.stack import StackInfo

if TYPE_CHECKING:  # loading it takes longer than most commands
    from segue.runs.ports import AgentPorts

FACE_WAITS = timedelta(seconds=20)
WORKER_WAITS = timedelta(seconds=30)

_Part = TypeVar("_Part")


@dataclass(frozen=True)
class Kind:
    """What a kind of process does differently.

    Attributes:
        joins: Without TEMPORAL_ADDRESS it joins the stack of its data folder, or starts one.
        runs_agents: Its clients have the plugins of agents, as workers need them.
        waits: How long Temporal may take to answer.
        claim: What its database is to the namespace.
    """

    joins: bool
    runs_agents: bool
    waits: timedelta
    claim: Claim


FACE = Kind(joins=True, runs_agents=False, waits=FACE_WAITS, claim=Claim.CHECK)
WORKER = Kind(joins=False, runs_agents=True, waits=WORKER_WAITS, claim=Claim.FIRST)
# Of the embedded server, which nobody else uses: whoever changed DATABASE_URL meant it.
EMBEDDED_WORKER = replace(WORKER, claim=Claim.ADOPT)


class OpenPlatform:
    """The parts of a process; it is a :class:`segue.platform.platform.Platform`.

    Attributes:
        settings: As loaded.
        features: All of the process.
    """

    def __init__(self, settings: Settings, features: Sequence[Feature], kind: Kind) -> None:
        self.settings = settings
        self.features = features
        self._kind = kind
        self._parts: dict[Hashable, Lasting[Any]] = {}
        self._opened: list[Lasting[Any]] = []
        self._clients: list[Client] = []
        self._detached = False
        self._announcers: list[Announce] | None = None

    async def database(self) -> Database:
        """The database, with the newest schema; a worker brings it up to date.

        Raises:
            SettingsError: Its address is none.
            StorageError: It cannot be used.
        """
        return await self._part(
            "database",
            lambda: open_database(
                self.settings,
                migrates=not self._kind.joins,
                application=COMMAND if self._kind.joins else f"{COMMAND} worker",
            ),
        )

    async def client(self, namespace: str | None = None, *, is_plain: bool = False) -> Client:
        """A client of a namespace, with the plugins and the payload path of all.

        Args:
            namespace: None: the configured one.
            is_plain: What it writes is neither encrypted nor stored elsewhere.

        Raises:
            TemporalUnreachableError: No answer in time, or no such namespace.
            SegueError: A part that it needs cannot be opened.
        """
        stack = await self._stack()
        payloads = await self.payloads()
        plugins = await self._plugins() if self._kind.runs_agents else ()
        name = namespace or self.settings.temporal.namespace
        path = payloads.path.writing_plain() if is_plain else payloads.path
        return await self._part(
            ("client", name, is_plain), lambda: self._connect(name, stack, path, plugins)
        )

    @property
    def seal(self) -> Seal | None:
        """The master keys of what is encrypted at rest; None: it is plain.

        Raises:
            SettingsError: A key is no key.
        """
        return seal_of(self.settings)

    async def announce(self, event: Event) -> None:
        """Tell whoever wants to know of an event; the same one again is told once.

        Raises:
            StorageError: The database is away.
            TemporalUnreachableError: Temporal is.
        """
        if self._announcers is None:
            announcers = [await feature.announce(self) for feature in self.features]
            self._announcers = [each for each in announcers if each is not None]
        for announce in self._announcers:
            await announce(event)

    async def agents(self) -> "AgentPorts":
        """Models and the stores of agents.

        Raises:
            SettingsError: A model's key or package is missing, or an encryption key is no key.
        """
        from segue.wiring.agents import open_agent_ports  # noqa: PLC0415 - loads models' packages

        database, histories = await self.database(), await self.histories()
        return await self._part(
            "agents",
            lambda: open_agent_ports(
                self.settings, database, histories, rules_of(self.features), self.announce
            ),
        )

    async def payloads(self) -> PayloadPorts:
        """What payloads go through, and where large ones lie.

        Raises:
            SettingsError: S3 is asked for and a setting or its package is missing.
        """
        database, histories = await self.database(), await self.histories()
        return await self._part(
            "payloads", lambda: open_payloads(self.settings, database, histories)
        )

    async def histories(self) -> HistoryKeys | None:
        """The keys of encrypted histories; None: they are plain."""
        database = await self.database()

        @asynccontextmanager
        async def open_keys() -> AsyncGenerator[HistoryKeys | None]:
            yield history_keys(self.settings, database)

        return await self._part("histories", open_keys)

    async def stored_records(self) -> KeptRecords:
        """What agents left behind in the database; nothing is started."""
        stores = record_stores(
            self.settings, await self.database(), await self.histories(), self.features
        )
        return KeptRecords(stores)

    async def records(self) -> AgentRecords:
        """What a person does with what agents leave behind, running ones included."""
        stores = record_stores(
            self.settings, await self.database(), await self.histories(), self.features
        )
        return AgentRecords(stores, await self.client())

    async def turn_events(self) -> TurnEvents:
        """Turns of agents, to be watched as they go: one reader for each in this process."""
        database = await self.database()
        return await self._part("turn events", lambda: open_turn_events(self.settings, database))

    async def service(self, name: str) -> Any:  # noqa: ANN401 - each feature has a type of its own
        """The service of a feature."""
        feature = next(feature for feature in self.features if feature.name == name)
        return await self._part(("service", name), lambda: feature.open_service(self))

    async def ui_url(self) -> str | None:
        """Temporal's web page, where one is known."""
        stack = await self._stack()
        return stack.ui_url if stack else None

    async def companion_url(self, name: str) -> str | None:
        """Where a companion of the stack answers; None: no stack of ours runs it."""
        stack = await self._stack()
        return stack.companions.get(name) if stack else None

    def detach(self) -> None:
        """Leave a stack that this process started running until its work is done."""
        self._detached = True

    async def __aenter__(self) -> "OpenPlatform":
        return self

    async def __aexit__(self, *exc: object) -> None:
        # A part is open after what it stands on is, so the reverse is an order to close in. What is
        # still opening is nobody's yet.
        opening = [part for part in self._parts.values() if part not in self._opened]
        async with AsyncExitStack() as closing:
            for part in (*self._opened, *opening):
                closing.push_async_exit(part)

    async def _stack(self) -> StackInfo | None:
        if not self._kind.joins or self.settings.temporal.address is not None:
            return None
        return await self._part(
            "stack", lambda: joined_stack(self.settings, stays=lambda: self._detached)
        )

    async def _plugins(self) -> Sequence[Plugin]:
        from segue.runs.register import plugins_for  # noqa: PLC0415 - loads the agents' packages

        agents = await self.agents()
        if agents.histories is not None:
            agents.histories.when_deleted(self._end_unreadable)
        servers = {
            name: start
            for feature in self.features
            for name, start in feature.mcp_servers(self.settings).items()
        }
        return plugins_for(agents, mcp_servers=servers)

    @asynccontextmanager
    async def _connect(
        self,
        namespace: str | None,
        stack: StackInfo | None,
        path: PayloadPath,
        plugins: Sequence[Plugin],
    ) -> AsyncGenerator[Client]:
        client = await connect(
            stack.temporal_address if stack else None,
            self.settings.temporal_environment,
            namespace=namespace,
            wait=self._kind.waits,
            plugins=plugins,
            payloads=path,
        )
        if namespace == self.settings.temporal.namespace:
            await check_claim(client, await self.database(), self._kind.claim)
        self._clients.append(client)
        yield client

    async def _end_unreadable(self, workflow_id: str) -> None:
        for client in self._clients:
            await end_unreadable(client, workflow_id)

    async def _part(
        self, name: Hashable, opening: Callable[[], AbstractAsyncContextManager[_Part]]
    ) -> _Part:
        if name not in self._parts:
            self._parts[name] = Lasting(lambda: self._note(name, opening))
        return cast("_Part", await self._parts[name].get())

    @asynccontextmanager
    async def _note(
        self, name: Hashable, opening: Callable[[], AbstractAsyncContextManager[_Part]]
    ) -> AsyncGenerator[_Part]:
        async with opening() as part:
            self._opened.append(self._parts[name])
            yield part


def open_platform(
    settings: Settings, *, features: Sequence[Feature] = FEATURES, kind: Kind = FACE
) -> OpenPlatform:
    """The platform as a context; nothing is opened before it is used.

    Args:
        settings: As loaded.
        features: All that the process serves or shows.
        kind: Of the process.
    """
    return OpenPlatform(settings, features, kind)
