"""Which way a sync decides."""

from typing import Annotated

from pydantic import Field

from segue.settings.base import Room


class AgentSettings(Room):
    """Which way a sync decides."""

    use_agent_sdk: Annotated[
        bool, Field(alias="USE_AGENT_SDK", description="Let an agent sync songs.")
    ] = False
    use_mcp_provider: Annotated[
        bool, Field(alias="USE_MCP_PROVIDER", description="Let it use the Spotify MCP server.")
    ] = False
    use_multi_agent: Annotated[
        bool, Field(alias="USE_MULTI_AGENT", description="Let several agents share the work.")
    ] = False
    model: Annotated[
        str | None, Field(alias="AGENT_MODEL", description="Their model; unset: LLM_MODEL.")
    ] = None
    temperature: Annotated[
        float | None,
        Field(alias="AGENT_TEMPERATURE", ge=0, le=2, description="Its temperature, 0 to 2."),
    ] = None
    max_iterations: Annotated[
        int,
        Field(alias="MAX_AGENT_ITERATIONS", ge=1, le=100, description="Turns of one run, at most."),
    ] = 10
    max_tokens: Annotated[
        int,
        Field(
            alias="SEGUE_AGENT_MAX_TOKENS",
            ge=64,
            le=1_000_000,
            description="Tokens of one answer, at most; reasoning counts.",
        ),
    ] = 4_096
    songs_at_once: Annotated[
        int,
        Field(
            alias="SEGUE_AGENT_SONGS_AT_ONCE",
            ge=1,
            le=50,
            description="Songs of one sync that agents work on at once.",
        ),
    ] = 8
    rollout_percentage: Annotated[
        int,
        Field(
            alias="AGENT_ROLLOUT_PERCENTAGE",
            ge=0,
            le=100,
            description="Share of the syncs that agents get, in percent.",
        ),
    ] = 0
    shadow_percentage: Annotated[
        int,
        Field(
            alias="SEGUE_AGENT_SHADOW_PERCENTAGE",
            ge=0,
            le=100,
            description="Share of the pipeline's syncs that agents repeat without writing.",
        ),
    ] = 0
    failure_bound: Annotated[
        int,
        Field(
            alias="SEGUE_AGENT_FAILURE_BOUND",
            ge=1,
            le=100,
            description="Failed agent syncs, in percent of the last 20, that end the roll-out.",
        ),
    ] = 20
