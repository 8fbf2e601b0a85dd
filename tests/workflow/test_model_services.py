"""Several services at once: where the first dies, the second answers, and the account says so."""

from contextlib import AsyncExitStack

from segue.llm.config import LlmConfig, OpenAIService
from segue.runs.contracts import RunOutcome
from segue.runs.store.usage import ReportLine
from segue.runtime.embedded import Endpoint
from segue.storage.database import Database
from tests.fakes.programs.openai import ScriptedOpenAI, running_openai
from tests.fakes.programs.openai_server.steps import text
from tests.fakes.workflows.agent_runs import AskOnce, weather
from tests.fakes.worlds.agents import AgentWorld, agent_world

NEAR, FAR = "near/gpt-same", "far/gpt-same"
KEY = "far-secret"


def config(near: ScriptedOpenAI, far: ScriptedOpenAI) -> LlmConfig:
    """The same model at two services; only the second wants a key."""
    second = OpenAIService(base_url=far.base_url, key_variable="FAR_KEY", api_key=KEY, api="chat")
    services = {"near": OpenAIService(base_url=near.base_url, api="chat"), "far": second}
    return LlmConfig(model=NEAR, fallback_models=(FAR,), services=services)


async def asked(world: AgentWorld) -> tuple[RunOutcome, list[ReportLine]]:
    run = await world.start(AskOnce.run, NEAR, "Where?")
    outcome = RunOutcome.model_validate(await run.result())
    assert KEY not in (await run.fetch_history()).to_json()
    return outcome, await world.ports.accounts.report(run.id)


async def test_where_the_first_service_dies_the_second_answers_and_the_account_says_which(
    temporal_server: Endpoint, scripted_openai: ScriptedOpenAI, sqlite_database: Database
):
    await scripted_openai.script("gpt-same", [text("Far.")])
    async with AsyncExitStack() as stack:
        near = await stack.enter_async_context(running_openai())
        await near.script("gpt-same", [text("Near.")])
        async with (
            agent_world(
                temporal_server,
                scripted_openai,
                sqlite_database,
                config=config(near, scripted_openai),
            ) as world,
            world.worker([AskOnce], [weather]),
        ):
            alive, alive_account = await asked(world)
            await stack.aclose()
            dead, dead_account = await asked(world)

    (call,) = await scripted_openai.calls("gpt-same")
    assert (alive.output, alive.models) == ("Near.", (NEAR,))
    assert [(line.model, line.attempts) for line in alive_account] == [(NEAR, 1)]
    assert (dead.output, dead.models) == ("Far.", (FAR,))
    assert [(line.model, line.attempts) for line in dead_account] == [(FAR, 2)]
    assert call.headers["authorization"] == f"Bearer {KEY}"
