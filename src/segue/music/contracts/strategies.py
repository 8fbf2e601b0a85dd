"""Who chooses the tracks of a sync, and how `auto` finds out: pure rules, no I/O.

Whatever chooses, writing stays with the plan of ``PlaylistSyncWorkflow``.
"""

import hashlib
import json
from dataclasses import dataclass
from enum import StrEnum

BUCKETS = 10_000  # hundredths of a percent
_PER_PERCENT = BUCKETS // 100


class Strategy(StrEnum):
    """Who chooses the tracks of a sync."""

    PIPELINE = "pipeline"  # the matcher alone
    ASSISTED = "assisted"  # the matcher; a model decides doubtful rows
    SIMPLE = "simple"  # one agent with search and match
    AGENT = "agent"  # one agent a song, with title and artist given
    MULTI_AGENT = "multi-agent"  # searching, matching and adding by handoffs
    MCP = "mcp"  # as `agent`, by tools of the Spotify MCP server
    AUTO = "auto"  # in requests only: flags and roll-out decide


PER_SONG = frozenset({Strategy.SIMPLE, Strategy.AGENT, Strategy.MULTI_AGENT, Strategy.MCP})


@dataclass(frozen=True)
class FlagSet:
    """What the settings say about agents.

    Attributes:
        use_agent_sdk: ``USE_AGENT_SDK``; without it `auto` never leaves the pipeline.
        use_multi_agent: ``USE_MULTI_AGENT``; wins over the MCP provider.
        use_mcp_provider: ``USE_MCP_PROVIDER``.
        rollout_percentage: ``AGENT_ROLLOUT_PERCENTAGE``, 0 to 100.
        shadow_percentage: ``SEGUE_AGENT_SHADOW_PERCENTAGE``, 0 to 100: share of the
            pipeline's syncs beside which the new path runs without writing.
        failure_bound_percent: ``SEGUE_AGENT_FAILURE_BOUND``, 0 to 100: `auto` goes back to the
            pipeline when the new path fails more often than this.
        songs_at_once: ``SEGUE_AGENT_SONGS_AT_ONCE``, > 0: a model takes seconds where the matcher
            takes milliseconds, and services limit how many requests one key may have in flight.
        allowed: Whether agents may see the catalogue's content at all; with Spotify only when
            ``use_agent_sdk`` is set, because its terms restrict it.
    """

    use_agent_sdk: bool = False
    use_multi_agent: bool = False
    use_mcp_provider: bool = False
    rollout_percentage: float = 0.0
    shadow_percentage: float = 0.0
    failure_bound_percent: float = 20.0
    songs_at_once: int = 8
    allowed: bool = True

    @property
    def new_path(self) -> Strategy | None:
        """The strategy that is rolled out; None while agents are off."""
        return self.song_strategy if self.use_agent_sdk and self.allowed else None

    @property
    def song_strategy(self) -> Strategy:
        """Who chooses when agents are asked for one song, rolled out or not."""
        if self.use_multi_agent:
            return Strategy.MULTI_AGENT
        return Strategy.MCP if self.use_mcp_provider else Strategy.AGENT


NO_AGENTS = FlagSet()


@dataclass(frozen=True)
class StrategyChoice:
    """The strategy of one sync, and why.

    Attributes:
        strategy: Never ``AUTO``.
        requested: What the request said.
        reason: In words.
        bucket: 0 to 99.99 where roll-out decided, else None.
    """

    strategy: Strategy
    requested: Strategy
    reason: str
    bucket: float | None = None


def sync_identity(catalogue: str, playlist: str, import_id: str) -> str:
    """What makes two syncs the same one for roll-out: from where, into which playlist of whom.

    Args:
        catalogue: Its name.
        playlist: Its id; its name where it does not exist yet.
        import_id: Of the source, derived from its content.
    """
    return json.dumps([catalogue, playlist, import_id], ensure_ascii=False)


def bucket(identity: str, *, salt: str = "") -> float:
    """Where a sync stands between 0 and 99.99: evenly spread, and always the same place.

    Args:
        identity: Of the sync, from :func:`sync_identity`.
        salt: Another one gives an independent place.
    """
    digest = hashlib.sha256(f"{salt}\0{identity}".encode()).digest()
    return int.from_bytes(digest[:8]) % BUCKETS / _PER_PERCENT


def choose(
    request: Strategy, flags: FlagSet, identity: str, *, fallen_back: bool = False
) -> StrategyChoice:
    """The strategy of a sync.

    Args:
        request: An explicit one wins; ``AUTO`` leaves it to the flags.
        flags: From the settings.
        identity: Of the sync; raising the percentage never moves a sync back to the pipeline.
        fallen_back: The new path failed too often and nobody has reset that.
    """
    if request is not Strategy.AUTO:
        return StrategyChoice(request, request, "asked for")
    new = flags.new_path
    if new is None:
        return StrategyChoice(Strategy.PIPELINE, request, "agents are off (USE_AGENT_SDK)")
    if fallen_back:
        return StrategyChoice(Strategy.PIPELINE, request, "agents failed too often")
    place = bucket(identity)
    share = flags.rollout_percentage
    if place < share:
        return StrategyChoice(new, request, f"rolled out to {share:g} %; this sync is in", place)
    return StrategyChoice(
        Strategy.PIPELINE, request, f"rolled out to {share:g} %; this sync is out", place
    )


def shadowed_by(choice: StrategyChoice, flags: FlagSet, identity: str) -> Strategy | None:
    """The strategy that runs beside a sync without writing; None for most syncs.

    Its share is drawn independently of the roll-out's, so that both can grow on their own.
    """
    if choice.strategy is not Strategy.PIPELINE or choice.requested is not Strategy.AUTO:
        return None
    return flags.new_path if bucket(identity, salt="shadow") < flags.shadow_percentage else None
