"""What the workflows with agents, their activities and their agents say to each other."""

from pydantic import ConfigDict, Field

from segue.music.contracts.agent_use import GivenBack
from segue.music.contracts.base import Wire
from segue.music.contracts.songs import SongMetadata, Track
from segue.music.contracts.strategies import Strategy
from segue.music.contracts.verdicts import Verdict
from segue.runs.contracts import Spent


class AgentPlan(Wire):
    """Whether and how agents are used; workflows never read settings.

    Attributes:
        enabled: False: an ``AgentError`` before any model sees a word.
        model: None: the configured one, or the offline rules.
        temperature: 0 to 2; None: the model's own.
        max_turns: Calls of models in one run, > 0.
        max_tokens: Of one answer, > 0; None: the service's own limit.
        accept_above: Confidence above which a choice needs nobody else's opinion, 0 to 1.
        floor: Confidence of the matcher below which a person is asked whatever a model says. Both
            numbers are the matcher's own (``MatchPolicy.accept`` and ``review``, as confidences).
    """

    enabled: bool = False
    model: str | None = None
    temperature: float | None = None
    max_turns: int = Field(default=10, gt=0)
    max_tokens: int | None = Field(default=None, gt=0)
    accept_above: float = Field(default=0.8, ge=0, le=1)
    floor: float = Field(default=0.45, ge=0, le=1)


class SongMatchInput(Wire):
    """Input of ``SongMatchWorkflow``: one row that agents are to choose a track for.

    Attributes:
        run_id: Of the sync that asks.
        row: 0-based position in the import.
        strategy: ``assisted``, ``simple``, ``agent``, ``multi-agent`` or ``mcp``.
        playlist_id: For the record; nothing is written there.
        plan: None: the worker's.
        record: Whether a doubt is put before a person; False in shadow mode.
    """

    run_id: str
    row: int
    song: SongMetadata
    strategy: Strategy
    playlist_id: str | None = None
    plan: AgentPlan | None = None
    record: bool = True


class AgentVerdict(Verdict):
    """A verdict and what it cost.

    Attributes:
        spent: On models and tools.
        models: Who answered, in order.
        offline: The offline rules answered at least once.
    """

    spent: Spent = Spent()
    models: tuple[str, ...] = ()
    offline: bool = False


class RowDoubt(Wire):
    """One doubtful row: the song and the matcher's verdict, which is ``review``."""

    row: int
    song: SongMetadata
    verdict: Verdict


class DoubtsInput(Wire):
    """Input of ``DoubtsWorkflow``.

    Attributes:
        doubts: At most a few dozen; each costs at most two calls of a model.
        plan, record: As in ``SongMatchInput``.
    """

    run_id: str
    doubts: tuple[RowDoubt, ...]
    plan: AgentPlan | None = None
    record: bool = True


class RowVerdict(Wire):
    """The verdict of one row."""

    row: int
    verdict: AgentVerdict


class DoubtsResult(Wire):
    """Answer of ``DoubtsWorkflow``: a verdict for each doubt, in their order.

    Attributes:
        asked: Rows for which a model was asked: no track is worth a question when all are vetoed.
        failed: Rows of them for which none answered, or not the same when asked again; they stay in
            doubt.
        reasons: Why.
        spent: By all rows together.
    """

    verdicts: tuple[RowVerdict, ...]
    asked: int = 0
    failed: int = 0
    reasons: tuple[GivenBack, ...] = ()
    spent: Spent = Spent()
    offline: bool = False


# --- what models answer ---------------------------------------------------------------------------


class _Answered(Wire):
    # Services refuse a schema of an answer that leaves fields open.
    model_config = ConfigDict(frozen=True, extra="forbid")


class Pick(_Answered):
    """Structured output of the disambiguation agent."""

    index: int | None = Field(description="Index of the candidate that is the song; null: none.")
    reason: str = Field(description="One sentence that says why.")


class Choice(_Answered):
    """Structured output of the agents that search and choose."""

    uri: str | None = Field(description="The uri of the track that is the song; null: none.")
    confidence: float = Field(description="How sure, from 0 to 1.")
    reason: str = Field(description="One sentence that says why.")


class NamedSong(_Answered):
    """Structured output of the agent that reads a user's sentence."""

    title: str = Field(description="Title of the song that is asked for; empty: none is.")
    artist: str = Field(description="Its artist; empty: not said.")


# --- what agents hand over to each other ----------------------------------------------------------


class FoundTracks(_Answered):
    """From the search agent to the matching agent."""

    uris: list[str] = Field(description="The uris of the tracks found, likeliest first.")
    note: str = Field(description="What the searches were, in one sentence.")


class MatchedTrack(_Answered):
    """From the matching agent to the playlist agent."""

    uri: str = Field(description="The uri of the track that is the song.")
    confidence: float = Field(description="How sure, from 0 to 1.")
    reason: str = Field(description="One sentence that says why.")


# --- steps ----------------------------------------------------------------------------------------


class SongChoice(Wire):
    """What a model chose, before anybody has looked whether it may.

    Attributes:
        uri: None: no track is the song.
        confidence: As the model says, 0 to 1.
        reason: The model's words.
    """

    uri: str | None
    confidence: float = 0.0
    reason: str = ""


class AnsweredDoubt(Wire):
    """Input of ``ai-disambiguate``: a song, the verdict in doubt, and what a model said to it.

    Attributes:
        choice: None: no model was asked.
        candidates: Everything that this run has found; the verdict's alternatives are part of it.
        accept_above, floor: Of the plan.
        record: Whether what stays in doubt is put before a person.
    """

    song: SongMetadata
    verdict: Verdict
    choice: SongChoice | None = None
    candidates: tuple[Track, ...] = ()
    accept_above: float = 0.8
    floor: float = 0.45
    record: bool = True


class AgentSearchInput(Wire):
    """Input of ``agent-search``: a query as a model wrote it."""

    query: str
    limit: int


class AgentMatchInput(Wire):
    """Input of ``agent-match``: what a model wants compared, out of what this run has found."""

    song: SongMetadata
    candidates: tuple[Track, ...]
