"""What faces see of the gallery. Fields are only ever added, with defaults."""

from typing import Any

from pydantic import BaseModel

from segue.runs.contracts import Failure


class PatternParameter(BaseModel, frozen=True):
    """An argument of a pattern's workflow, by position.

    Attributes:
        type: As Python writes it.
        is_optional: It may be left out.
    """

    name: str
    type: str
    is_optional: bool = False


class PatternView(BaseModel, frozen=True):
    """A pattern of agents.

    Attributes:
        slug: Its name.
        shows: What it shows, one sentence.
        when: When to use it.
        when_not: When something else is better.
        workflow: The workflow's type.
        queue: Where it waits for a worker.
        parameters: Of the workflow.
        sample: Its arguments where none are given.
    """

    slug: str
    title: str
    shows: str
    when: str
    when_not: str
    workflow: str
    queue: str
    parameters: tuple[PatternParameter, ...] = ()
    sample: tuple[Any, ...] = ()


class PatternRun(BaseModel, frozen=True):
    """A run of a pattern.

    Attributes:
        status: Temporal's word: running, completed, failed, canceled, terminated, timed_out.
        result: What the workflow returned, as JSON; None while it runs.
        failure: Why it ended without a result.
        offline: At least a part was answered by rules, without a model.
    """

    workflow_id: str
    pattern: str
    status: str = "running"
    result: Any = None
    failure: Failure | None = None
    offline: bool = False


class PatternStep(BaseModel, frozen=True):
    """Something that a run of a pattern has done.

    Attributes:
        kind: ``answer``: a model has answered an agent; ``activity``: a tool has ended;
            ``failed``: one of them came to a bad end and may be tried again.
        name: Of the agent, or of the activity.
        text: What came of it, shortened; empty where a model asked for something to be done.
    """

    kind: str
    name: str
    text: str = ""


class PatternCheck(BaseModel, frozen=True):
    """How a sample of a pattern went.

    Attributes:
        sample: Which of the pattern's, 1-based.
        problem: What is wrong with its answer; empty: nothing.
        seconds: How long it took.
    """

    slug: str
    sample: int
    problem: str = ""
    seconds: float = 0.0
