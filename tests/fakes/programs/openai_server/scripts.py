"""The scripts in force and the calls they have answered."""

import asyncio
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from tests.fakes.programs.openai_server.asked import Asked
from tests.fakes.programs.openai_server.steps import Step

UNSCRIPTED = "?"
_MODEL_MARK = "scripted:"


class Script(BaseModel):
    """A script as it is set.

    Attributes:
        steps: Played in order, each ``times`` times; later calls get 400 ``script_ended``.
        keep_bodies: So many of the newest calls keep their body, the older ones lose it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    steps: tuple[Step, ...]
    keep_bodies: int = 100


class RecordedCall(BaseModel):
    """A call that came, and what became of it. All times are epoch seconds.

    Attributes:
        number: Within the script, from 1.
        model: As it was asked for.
        step: Index of the step that answered; None: the script had ended, or there is none.
        headers: Names in lower case.
        body: The request's JSON; None once ``keep_bodies`` newer ones have come.
        first_byte_at: The status line went out.
        first_delta_at: The first piece of the answer went out; the whole of it, if not streamed.
        held: Whether it waited for ``release``.
        outcome: ``running``; ``held`` until it is released; ``answered``: sent to its end;
            ``cut``: by the script; ``gone``: the client left before the end.
    """

    number: int
    api: Literal["responses", "chat"]
    model: str
    streamed: bool
    step: int | None
    headers: dict[str, str]
    body: dict[str, Any] | None
    body_bytes: int
    received_at: float
    first_byte_at: float | None = None
    first_delta_at: float | None = None
    ended_at: float | None = None
    held: bool = False
    outcome: Literal["running", "held", "answered", "cut", "gone"] = "running"


@dataclass
class _Running:
    script: Script
    calls: list[RecordedCall] = field(default_factory=list[RecordedCall])
    gate: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))

    def step(self, number: int) -> int | None:
        """Index of the step for the call of this number, from 1."""
        before = 0
        for index, step in enumerate(self.script.steps):
            if step.times is None or number <= before + step.times:
                return index
            before += step.times
        return None


@dataclass(frozen=True)
class Due:
    """What answers a call.

    Attributes:
        step: None: nothing; ``why`` says why.
        serial: Of the call, unique while the server runs.
        gate: One permit for each ``release``.
    """

    script: str
    call: RecordedCall
    step: Step | None
    serial: int
    gate: asyncio.Semaphore
    why: str = ""


class Scripts:
    """All scripts, by name."""

    def __init__(self) -> None:
        self._serials = itertools.count(1)  # outlives a reset: ids never come twice
        self.reset()

    def reset(self) -> None:
        """Forget all scripts and calls."""
        self._running: dict[str, _Running] = {}
        self._unscripted = _Running(Script(name=UNSCRIPTED, steps=()))

    def put(self, script: Script) -> None:
        """Set a script; one of the same name is replaced and its calls are forgotten."""
        self._running[script.name] = _Running(script)

    def names(self) -> Sequence[str]:
        """In the order in which they were set."""
        return tuple(self._running)

    def counts(self) -> Mapping[str, int]:
        """Calls so far, by script; calls that found none under ``?``."""
        counted = {name: len(running.calls) for name, running in self._running.items()}
        return counted | {UNSCRIPTED: len(self._unscripted.calls)}

    def calls(self, name: str) -> Sequence[RecordedCall]:
        """The calls of a script.

        Raises:
            KeyError: No script of this name.
        """
        return tuple(self._find(name).calls)

    def release(self, name: str, count: int) -> None:
        """Let ``count`` held answers of a script go on; those yet to be held count too.

        Raises:
            KeyError: No script of this name.
        """
        running = self._find(name)
        for _ in range(count):
            running.gate.release()

    def take(
        self, asked: Asked, body: dict[str, Any], headers: Mapping[str, str], *, now: float
    ) -> Due:
        """Record a call and give the step that answers it."""
        name = self._chosen(asked)
        running = self._unscripted if name is None else self._running[name]
        number = len(running.calls) + 1
        index = running.step(number)
        call = RecordedCall(
            number=number,
            api=asked.api,
            model=asked.model,
            streamed=asked.streamed,
            step=index,
            headers=dict(headers),
            body=body,
            body_bytes=asked.size,
            received_at=now,
        )
        running.calls.append(call)
        if number > running.script.keep_bodies:
            running.calls[number - running.script.keep_bodies - 1].body = None
        return Due(
            script=running.script.name,
            call=call,
            step=None if index is None else running.script.steps[index],
            serial=next(self._serials),
            gate=running.gate,
            why=f"Script {name!r} has no step for call {number}."
            if name
            else f"No script for the model {asked.model!r} or this API key.",
        )

    def _chosen(self, asked: Asked) -> str | None:
        marked = asked.model.partition(_MODEL_MARK)[2]
        names = (marked, asked.model, asked.key)
        return next((name for name in names if name in self._running), None)

    def _find(self, name: str) -> _Running:
        return self._unscripted if name == UNSCRIPTED else self._running[name]
