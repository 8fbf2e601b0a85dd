"""What travels between a workflow that runs an agent and the worker that calls the model.

All of it lives in histories: fields are only ever added, with defaults. What is large (items,
agent cards) lies in the session store, and travels as a reference.
"""

from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel, Field

Item = dict[str, Any]
Span = tuple[int, int]


class Turns(BaseModel, frozen=True):
    """Every item of the conversation's finished turns, up to one of them."""

    upto: int


class Kept(BaseModel, frozen=True):
    """Items that the store holds, by their sequence numbers, both included."""

    span: Span


class New(BaseModel, frozen=True):
    """Items that nobody has stored yet; the model activity stores them."""

    items: tuple[Item, ...]


class Beginning(New, frozen=True):
    """What a turn begins with: whoever stores it begins the turn, and that happens once.

    Attributes:
        operation: Under which it is stored.
        title: Of a new thread.
    """

    operation: str
    title: str = ""


# Told apart by their fields: what a field has by default does not travel.
PromptPart = Turns | Kept | Beginning | New


class Budget(BaseModel, frozen=True):
    """Limits that a run or a thread may not pass; None: no limit.

    Attributes:
        tokens: In and out together, of every attempt.
        cost_usd: Of calls whose price is known.
        tool_calls: Calls of tools, of sub-agents too.
        turns: Calls of models, of sub-agents too.
        seconds: Wall time since the run began.
        on_limit: End with a typed failure, ask a person for as much again, or go on with
            ``degrade_to``.
        degrade_to: The model for the rest of the run; needed by ``degrade``.
    """

    tokens: int | None = Field(default=None, ge=0)
    cost_usd: Decimal | None = Field(default=None, ge=0)
    tool_calls: int | None = Field(default=None, ge=0)
    turns: int | None = Field(default=None, ge=0)
    seconds: float | None = Field(default=None, ge=0)
    on_limit: Literal["stop", "ask", "degrade"] = "stop"
    degrade_to: str | None = None


class Spent(BaseModel, frozen=True):
    """What a run or a thread has used so far.

    Attributes:
        attempts: Calls of models with every retry; at least ``model_calls``.
        cached_tokens: The part of ``input_tokens`` that the service had cached.
        cost_usd: Of the calls whose price is known.
        unpriced_calls: Calls whose price is not known; they are not in ``cost_usd``.
    """

    model_calls: int = 0
    attempts: int = 0
    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    cost_usd: Decimal = Decimal(0)
    unpriced_calls: int = 0
    tool_calls: int = 0
    handoffs: int = 0

    @property
    def tokens(self) -> int:
        """In and out together."""
        return self.input_tokens + self.output_tokens

    def plus(self, other: "Spent") -> "Spent":
        """The sum of two uses."""
        return Spent(**{
            name: getattr(self, name) + getattr(other, name) for name in Spent.model_fields
        })


class Log(BaseModel, frozen=True):
    """Where a run's items are kept.

    Attributes:
        id: Of the conversation, or of this run alone.
        kind: ``thread``: a conversation that people come back to; ``run``: one run's own.
        parent: Deleting that one deletes this one.
        root: Whose budget pays; None: its own.
    """

    id: str
    kind: Literal["thread", "run"] = "run"
    parent: str | None = None
    root: str | None = None


class PlainTool(BaseModel, frozen=True):
    """A call of a tool that ran in the workflow itself, for the accounts."""

    key: str
    tool: str
    agent: str
    error_code: str | None = None
    seconds: float = 0.0


class Invoked(BaseModel, frozen=True):
    """A run of an agent inside another run: as a tool, in a guardrail, or after a handoff."""

    agent: str
    status: str
    seconds: float


class Ending(BaseModel, frozen=True):
    """How a run ends if the next answer is its last word: ``RunClosing`` without that answer.

    Attributes:
        operation: Of the closing.
        started_with: Name of the agent that the run began with; empty: it is the one that ends it.
        seconds: Wall time until the question was put.
        tools: The tools that were called, each once.
    """

    operation: str
    started_with: str = ""
    plain_tools: tuple[PlainTool, ...] = ()
    invoked: tuple[Invoked, ...] = ()
    spent: Spent = Spent()
    models: tuple[str, ...] = ()
    offline: bool = False
    seconds: float = 0.0
    tools: tuple[str, ...] = ()


class ModelCall(BaseModel, frozen=True):
    """One question to a model.

    Attributes:
        log: Where the items are.
        operation: Stable over attempts: a second try finds what the first one stored.
        number: Of the call within its turn; viewers see the texts of a turn in this order.
        agent: Name of the agent that asks.
        model: None: the configured one.
        card: Digest of the agent card: instructions, tools, handoffs, output type.
        card_text: The card itself, the first time that a run uses it.
        settings: ``ModelSettings`` as plain data.
        prompt: In order.
        turn: Where to stream; None: nobody watches this run.
        inline: The whole answer is needed in the workflow (to validate it, or to guard it).
        cached: An answer to the same question may be reused.
        thread_budget: Checked against what the whole thread has spent, before the call.
        previous_response_id: Of OpenAI's own conversation state.
        conversation_id: Of OpenAI's own conversation state.
        prompt_template: OpenAI's stored prompt, as plain data.
        patience: Seconds that the model's service may be away.
        ending: The activity closes the run itself if the answer is its last word: text, and
            nothing to do. None: the workflow closes it.
        packs: A long answer may come back compressed (``segue.runs.travelling``).
    """

    log: Log
    operation: str
    number: int = 1
    agent: str
    model: str | None = None
    card: str
    card_text: str | None = None
    settings: dict[str, Any] = Field(default_factory=dict)
    prompt: tuple[PromptPart, ...]
    turn: str | None = None
    inline: bool = False
    cached: bool = False
    thread_budget: Budget | None = None
    previous_response_id: str | None = None
    conversation_id: str | None = None
    prompt_template: dict[str, Any] | None = None
    patience: float = 900.0
    ending: Ending | None = None
    packs: bool = False


class Failure(BaseModel, frozen=True):
    """Why a run ended without an answer: an error of ``segue.errors`` as plain data."""

    code: str
    message: str
    hint: str = ""


class RunOutcome(BaseModel, frozen=True):
    """How a run ended.

    Attributes:
        output: The answer: text, or what the agent's output type holds, as plain data.
        text_seq: Where the store holds the whole text, when ``output`` is only its beginning.
        turn: Number of the turn in its conversation, 1-based; 0: a run of its own.
        agent: Who answered last.
        offline: At least one answer came from the offline rules.
        tools: The tools that were called, each once.
    """

    output: Any = None
    failure: Failure | None = None
    log: Log
    text_seq: int | None = None
    shortened: bool = False
    turn: int = 0
    agent: str = ""
    models: tuple[str, ...] = ()
    offline: bool = False
    spent: Spent = Spent()
    seconds: float = 0.0
    tools: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether there is an answer."""
        return self.failure is None


class RunClosed(BaseModel, frozen=True):
    """A closed run.

    Attributes:
        number: Of its turn, 1-based; 0: the log is a run's own.
        text_seq: Sequence number of the item that holds the answer.
        compact_upto: Turns up to this one should be summarised before the next; None: not needed.
        is_crowded: The model could not read the turns before it.
        outcome: How the run had ended already, where that is another end: it counts.
    """

    number: int = 0
    text_seq: int | None = None
    compact_upto: int | None = None
    is_crowded: bool = False
    outcome: RunOutcome | None = None


class ModelAnswer(BaseModel, frozen=True):
    """What the model said, with long texts left in the store.

    Attributes:
        items: Output items; a text that stayed in the store is its beginning only.
        first: Sequence number of the first of them.
        stored: Where the new items of the prompt are now, one span for each of its parts.
        shortened: Which of ``items`` (0-based) are only a beginning.
        model: Who answered.
        offline: The rules answered, no model.
        spent: Of this call with its lost attempts.
        response_id: Of the service.
        thread: What the whole thread has spent, this call included.
        upto: The last finished turn when this one began, where the call did not know it.
        closed: The run, which this answer has ended; None: it goes on.
    """

    items: tuple[Item, ...]
    first: int
    stored: tuple[Span, ...] = ()
    shortened: tuple[int, ...] = ()
    model: str = ""
    offline: bool = False
    spent: Spent = Spent()
    response_id: str | None = None
    thread: Spent | None = None
    upto: int | None = None
    closed: RunClosed | None = None


class TurnOpening(BaseModel, frozen=True):
    """Begin a turn: store what the user said."""

    log: Log
    operation: str
    items: tuple[Item, ...]
    turn: str | None = None
    title: str = ""


class TurnOpened(BaseModel, frozen=True):
    """Where a turn begins.

    Attributes:
        upto: The last finished turn; 0: none.
        span: Of what the user said.
        compact_upto: Turns up to this one should be summarised first; None: not needed.
    """

    upto: int
    span: Span
    compact_upto: int | None = None


class Handed(BaseModel, frozen=True):
    """One agent gave the conversation to another.

    Attributes:
        at: Seconds after the run began.
    """

    from_agent: str
    to_agent: str
    at: float = 0.0


class RunClosing(Ending, frozen=True):
    """End a run: its turn, what it used, and how it ended.

    Attributes:
        agent: Who had the last word.
        status: ``ok``, or the code of the error.
        transcript: The turn in order, the user's words first.
        text_at: Position in the transcript of the answer, 0-based; None: it has none.
        unshown: What was said, where later prompts show it cut or not at all.
        is_crowded: The model could not read what came before this turn.
        whole: Long texts come back whole; False: they stay in the store.
    """

    log: Log
    agent: str
    status: str
    transcript: tuple[PromptPart, ...] = ()
    text_at: int | None = None
    handoffs: tuple[Handed, ...] = ()
    turn: str | None = None
    error: str | None = None
    unshown: tuple[PromptPart, ...] = ()
    is_crowded: bool = False
    whole: bool = False


class ToolAnswer(BaseModel, frozen=True):
    """What a tool's activity gave back.

    Attributes:
        text: For the model; only its beginning where ``seq`` is set.
        seq: Where the store holds the whole output item.
    """

    text: str
    seq: int | None = None


Effect = Literal["once", "repeatable"]


class ToolCall(BaseModel, frozen=True):
    """Which tool call an activity belongs to; travels in a header, never in its arguments.

    Attributes:
        key: The idempotency key: the same for every attempt of one call, in every run of the
            workflow.
        effect: ``once``: a begun effect with no recorded outcome is never begun again.
        answers: The activity's result is told to the model as it is (``ToolAnswer``).
        turn: Where to tell of it; None: nobody watches.
        whole: A long result comes back whole; False: it stays in the store.
        first: The first activity of its tool call; one call is counted once.
        tries: Of the activity that may fail; None: its retry policy alone bounds them.
    """

    key: str
    call_id: str
    tool: str
    agent: str
    log: Log
    effect: Effect = "once"
    answers: bool = False
    turn: str | None = None
    whole: bool = True
    first: bool = True
    tries: int | None = None
