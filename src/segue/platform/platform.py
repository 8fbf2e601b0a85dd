"""What a process stands on, as features see it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

from temporalio.client import Client

from segue.platform.feature import Feature
from segue.runs.events import Event
from segue.runs.service.records import AgentRecords
from segue.sessions.events.fanout import TurnEvents
from segue.sessions.sealing import Seal
from segue.settings.load import Settings
from segue.storage.database import Database

if TYPE_CHECKING:  # loading it takes longer than most commands
    from segue.runs.ports import AgentPorts


class Platform(Protocol):
    """The parts of a process, each opened at its first use, once, and closed with the process.

    All of them raise the error of whatever cannot be opened; the next call tries again.
    """

    @property
    def settings(self) -> Settings:
        """The settings that this process loaded."""
        ...

    @property
    def features(self) -> Sequence[Feature]:
        """All of the process."""
        ...

    @property
    def seal(self) -> Seal | None:
        """The master keys of what is encrypted at rest; None: it is plain."""
        ...

    async def announce(self, event: Event) -> None:
        """Tell whoever wants to know of an event; the same one again is told once."""
        ...

    async def database(self) -> Database:
        """The migrated database."""
        ...

    async def client(self, namespace: str | None = None, *, is_plain: bool = False) -> Client:
        """A client of Temporal.

        Args:
            namespace: None: the configured one.
            is_plain: What it writes is neither encrypted nor stored elsewhere.
        """
        ...

    async def agents(self) -> "AgentPorts":
        """Models and the stores of agents."""
        ...

    async def service(self, name: str) -> Any:  # noqa: ANN401 - each feature has a type of its own
        """The service of a feature."""
        ...

    async def records(self) -> AgentRecords:
        """What a person does with what agents leave behind, running ones included."""
        ...

    async def turn_events(self) -> TurnEvents:
        """Turns of agents, to be watched as they go."""
        ...

    async def ui_url(self) -> str | None:
        """Temporal's web page, where one is known."""
        ...

    async def companion_url(self, name: str) -> str | None:
        """Where a companion of the stack answers; None: no stack of ours runs it."""
        ...
