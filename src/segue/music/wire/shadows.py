"""What passes between a sync and the path that runs beside it without writing."""

from segue.music.contracts.agent_use import AgentUse
from segue.music.contracts.base import Wire
from segue.music.contracts.strategies import Strategy
from segue.music.contracts.verdicts import Verdict


class ShadowedRow(Wire):
    """What the new path would have done with a row.

    Attributes:
        verdict: None: it failed.
    """

    row: int
    verdict: Verdict | None = None


class RecordShadowInput(Wire):
    """Input of ``record-shadow``; ``use`` is what ``rows`` cost together."""

    run_id: str
    strategy: Strategy
    rows: tuple[ShadowedRow, ...]
    use: AgentUse = AgentUse()


class ShadowInput(Wire):
    """Input of ``ShadowSyncWorkflow``.

    Attributes:
        run_id: Of the sync beside which it runs.
        rows: Source rows of that sync; the first hundred are looked at.
        strategy: The new path.
        songs_at_once: That agents work on, > 0.
    """

    run_id: str
    import_id: str
    rows: int
    strategy: Strategy
    songs_at_once: int = 8
