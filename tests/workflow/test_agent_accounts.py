"""What runs used: the same in result, ledger and metrics, whatever is replayed."""

from collections.abc import AsyncGenerator
from decimal import Decimal
from uuid import uuid4

import pytest

from segue.llm.config import LlmConfig
from segue.runs.contracts import RunOutcome, Spent
from segue.runs.service.client import pending_approvals, send_message
from segue.runs.service.metrics import exposition
from segue.runs.store.usage import ReportLine
from segue.runs.worker.plugin import agent_plugins
from segue.runs.workflow.thread_state import ThreadState
from segue.runtime.embedded import Endpoint
from segue.runtime.worker import build_replayer
from segue.storage.database import Database
from tests.fakes.programs.openai import ScriptedOpenAI
from tests.fakes.programs.openai_server.faults import overloaded, rate_limited, server_error
from tests.fakes.programs.openai_server.steps import Usage, handoff, text, tool_calls
from tests.fakes.workflows.accounted import PRICED, Office
from tests.fakes.workflows.threads import TOOLS, Chat, chat_setup, page, say
from tests.fakes.worlds.agents import AgentWorld, agent_world

FALLBACK = "gpt-4.1-mini"
FRONT, CLERK = "gpt-scripted:front", "gpt-scripted:clerk"
EVERYTHING = [("page", {"number": 1}), ("today", {}), ("ask_clerk", {"input": "Well?"})]
# 300 tokens at 0.40 and 20 at 1.60 dollars a million, as the price table has it for the fallback.
COST = Decimal("0.000152")

Metrics = dict[str, float]  # by name and labels, as Prometheus reads them


@pytest.fixture
async def world(
    temporal_server: Endpoint, scripted_openai: ScriptedOpenAI, sqlite_database: Database
) -> AsyncGenerator[AgentWorld]:
    """A world in which another model answers where one is out."""
    config = LlmConfig(
        openai_base_url=scripted_openai.base_url,
        openai_api_key="test",
        fallback_models=(FALLBACK,),
    )
    async with agent_world(
        temporal_server, scripted_openai, sqlite_database, config=config
    ) as made:
        yield made


async def metrics(world: AgentWorld) -> Metrics:
    """Every count under its name and labels; how long things took is left out."""
    lines = (await exposition(world.ports.accounts)).decode().splitlines()
    counts = (line.rpartition(" ") for line in lines if line.startswith("openai_"))
    return {
        name: float(value)
        for name, _, value in counts
        if "_bucket{" not in name and "_sum{" not in name
    }


async def script_everything(world: AgentWorld) -> None:
    """Two turns, alike: three tools, a handoff, and a model that is out."""
    calls = tool_calls(EVERYTHING, usage=Usage(input=100, cached=40, output=10))
    leaves = handoff("Back", usage=Usage(input=200, output=5))
    await world.openai.script("front", [calls, leaves, calls, leaves])
    await world.openai.script(
        "clerk", [text("The clerk says so.", usage=Usage(input=30, output=3), times=None)]
    )
    await world.openai.script(PRICED, [server_error(times=None)])
    await world.openai.script(
        FALLBACK, [text("Done.", usage=Usage(input=300, output=20), times=None)]
    )


def everything(times: int) -> Metrics:
    """What that many turns of ``script_everything`` count."""
    invoked = {
        name: 1
        for agent in ("Front", "Clerk", "Back")
        for name in (
            f'openai_agent_invocations_total{{agent_name="{agent}",status="success"}}',
            f'openai_agent_duration_seconds_count{{agent_name="{agent}"}}',
        )
    }
    once = {
        **invoked,
        'openai_agent_handoffs_total{from_agent="Front",to_agent="Back"}': 1,
        _model(FRONT, "success"): 2,
        _model(CLERK, "success"): 1,
        _model(PRICED, "model.unavailable"): 1,
        _model(FALLBACK, "success"): 1,
        _tool("page", "success"): 1,
        _tool("today", "success"): 1,
        _tool("ask_clerk", "success"): 1,
    }
    return {name: times * count for name, count in once.items()}


TURN = Spent(
    model_calls=4,
    attempts=5,
    input_tokens=630,
    cached_tokens=40,
    output_tokens=38,
    cost_usd=COST,
    unpriced_calls=3,
    tool_calls=3,
    handoffs=1,
)


async def test_result_ledger_and_metrics_agree_and_a_replay_counts_nothing_again(
    world: AgentWorld,
):
    await script_everything(world)
    state, accounts = ThreadState(conversation=uuid4().hex), world.ports.accounts
    async with world.worker([Office], [page]):
        chat = await world.start(Office.run, state)
        first = await send_message(chat, say("One."))
    assert (first.output, first.agent) == ("Done.", "Back")
    assert first.models == (FRONT, CLERK, FALLBACK)
    assert first.spent == TURN
    assert await accounts.spent_by(conversation=state.conversation) == TURN
    assert await accounts.spent_by(workflow_id=chat.id) == TURN
    counted = await metrics(world)
    assert counted == everything(times=1)

    async with world.worker([Office], [page]):  # it knows nothing: every question is a replay
        assert await pending_approvals(chat) == []
        await build_replayer([Office], plugins=agent_plugins()).replay_workflow(
            await chat.fetch_history()
        )
        assert await metrics(world) == counted
        second = await send_message(chat, say("Two."))
        await build_replayer([Office], plugins=agent_plugins()).replay_workflow(
            await chat.fetch_history()
        )

    assert second.spent == TURN
    assert await accounts.spent_by(conversation=state.conversation) == TURN.plus(TURN)
    assert await metrics(world) == everything(times=2)
    assert _sum(await accounts.report(chat.id)) == _without_tools(TURN.plus(TURN))


async def test_a_report_says_which_agent_used_which_model(world: AgentWorld):
    await script_everything(world)
    async with world.worker([Office], [page]):
        chat = await world.start(Office.run, ThreadState(conversation=uuid4().hex))
        await send_message(chat, say("One."))
    report = {(line.agent, line.model): line for line in await world.ports.accounts.report(chat.id)}
    assert list(report) == [("Back", FALLBACK), ("Clerk", CLERK), ("Front", FRONT)]
    back, clerk = report["Back", FALLBACK], report["Clerk", CLERK]
    assert (back.calls, back.attempts, back.cost_usd, back.unpriced_calls) == (1, 2, COST, 0)
    assert (clerk.calls, clerk.attempts, clerk.cost_usd, clerk.unpriced_calls) == (1, 1, 0, 1)


async def test_retries_are_counted_by_how_each_ended_and_paid_once(agents: AgentWorld):
    answer = text("Done.", usage=Usage(input=50, output=5))
    await agents.openai.script("a", [overloaded(), rate_limited(0.1), answer])
    setup = chat_setup("a")
    async with agents.worker([Chat], TOOLS):
        outcome = await send_message(await agents.start(Chat.run, setup), say("Go."))
    assert outcome.spent == Spent(
        model_calls=1, attempts=3, input_tokens=50, output_tokens=5, unpriced_calls=1
    )
    assert await agents.ports.accounts.spent_by(conversation=outcome.log.id) == outcome.spent
    assert await metrics(agents) == {
        'openai_agent_invocations_total{agent_name="Clerk",status="success"}': 1,
        'openai_agent_duration_seconds_count{agent_name="Clerk"}': 1,
        _model(setup.model, "model.unavailable"): 1,
        _model(setup.model, "model.rate_limited"): 1,
        _model(setup.model, "success"): 1,
    }


async def test_failures_are_counted_under_their_codes(agents: AgentWorld):
    unfit = tool_calls([("page", {"no": 1})], usage=Usage(input=50, output=5))
    await agents.openai.script("a", [unfit, text(" ", times=None)])
    setup = chat_setup("a")
    async with agents.worker([Chat], TOOLS):
        outcome = await send_message(await agents.start(Chat.run, setup), say("Go."))
    counted = await metrics(agents)
    assert outcome.failure is not None
    code = outcome.failure.code
    assert code == "model.unusable_answer"
    assert counted == {
        f'openai_agent_invocations_total{{agent_name="Clerk",status="{code}"}}': 1,
        'openai_agent_duration_seconds_count{agent_name="Clerk"}': 1,
        _model(setup.model, "success"): 1,
        _model(setup.model, code): 4,
        _tool("page", "error"): 1,
    }
    spent = await _spent(agents, outcome)
    assert (spent.tokens, spent.tool_calls) == (outcome.spent.tokens, outcome.spent.tool_calls)


async def test_the_cost_of_an_unknown_model_is_unknown_and_never_nothing(agents: AgentWorld):
    await agents.openai.script("a", [text("Done.", usage=Usage(input=1_000, output=1_000))])
    await agents.openai.script(PRICED, [text("Done.", usage=Usage(input=1_000, output=1_000))])
    async with agents.worker([Chat], TOOLS):
        unknown = await send_message(await agents.start(Chat.run, chat_setup("a")), say("Go."))
        known = chat_setup("").model_copy(update={"model": PRICED})
        priced = await send_message(await agents.start(Chat.run, known), say("Go."))
    assert (unknown.spent.unpriced_calls, unknown.spent.cost_usd) == (1, 0)
    assert (priced.spent.unpriced_calls, priced.spent.cost_usd) == (0, Decimal("0.00075"))
    for outcome in (unknown, priced):
        assert await _spent(agents, outcome) == outcome.spent


def _model(model: str, status: str) -> str:
    return f'openai_model_invocations_total{{model="{model}",status="{status}"}}'


def _tool(tool: str, status: str) -> str:
    return f'openai_tool_invocations_total{{status="{status}",tool_name="{tool}"}}'


async def _spent(world: AgentWorld, outcome: RunOutcome) -> Spent:
    return await world.ports.accounts.spent_by(conversation=outcome.log.id)


def _sum(report: list[ReportLine]) -> Spent:
    total = Spent()
    for line in report:
        total = total.plus(
            Spent(
                model_calls=line.calls,
                attempts=line.attempts,
                input_tokens=line.input_tokens,
                cached_tokens=line.cached_tokens,
                output_tokens=line.output_tokens,
                cost_usd=line.cost_usd,
                unpriced_calls=line.unpriced_calls,
            )
        )
    return total


def _without_tools(spent: Spent) -> Spent:
    return spent.model_copy(update={"tool_calls": 0, "handoffs": 0})
