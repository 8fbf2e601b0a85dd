"""What a Prometheus server reads."""

from decimal import Decimal
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from segue.runs.service.metrics import CONTENT_TYPE, exposition
from segue.runs.store.accounting import Accounts
from segue.runs.store.effects import EffectLedger, Intent
from segue.runs.store.usage import ModelUse, Payer
from segue.storage.address import database_url
from segue.storage.database import Database
from tests.fakes.worlds.databases import prepare

PAYER = Payer(workflow_id="flow", conversation="thread", agent='Cl"erk')


@pytest.fixture
async def database(tmp_path: Path):
    made = Database(database_url(None, tmp_path))
    await prepare(made)
    yield made
    await made.aclose()


@pytest.fixture
def accounts(database):
    return Accounts(database)


async def samples(accounts):
    text = (await exposition(accounts)).decode()
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def a_run(database, accounts):
    await accounts.attempt_started("op", 1, payer=PAYER, model="gpt-5")
    use = ModelUse(
        model="gpt-5",
        passed_over=(("gpt-5-pro", "model.quota_exceeded"),),
        input_tokens=100,
        cached_tokens=40,
        output_tokens=10,
        cost_usd=Decimal("0.25"),
    )
    await accounts.model_call("op", 2, payer=PAYER, use=use)
    await accounts.attempt_started("op", 2, payer=PAYER, model="gpt-5")
    effects = EffectLedger(database)
    intent = Intent(key="k", tool="pay", workflow_id="flow", arguments_digest="d")
    await effects.begin(intent, attempt=1)
    await effects.finish("k", "ok")
    await accounts.handoff("h", payer=PAYER, to_agent="Boss")
    await accounts.invocation("run", payer=PAYER, status="ok", duration_s=3)
    await accounts.invocation("run2", payer=PAYER, status="run.refused", duration_s=0.3)


async def test_the_metrics_have_the_names_and_labels_that_dashboards_know(database, accounts):
    await a_run(database, accounts)

    found = await samples(accounts)

    agent = ("agent_name", 'Cl"erk')
    expected = {
        ("openai_agent_invocations_total", agent, ("status", "success")): 1,
        ("openai_agent_invocations_total", agent, ("status", "run.refused")): 1,
        ("openai_agent_handoffs_total", ("from_agent", 'Cl"erk'), ("to_agent", "Boss")): 1,
        ("openai_model_invocations_total", ("model", "gpt-5"), ("status", "success")): 1,
        ("openai_model_invocations_total", ("model", "gpt-5"), ("status", "lost")): 1,
        (
            "openai_model_invocations_total",
            ("model", "gpt-5-pro"),
            ("status", "model.quota_exceeded"),
        ): 1,
        ("openai_tool_invocations_total", ("status", "success"), ("tool_name", "pay")): 1,
        ("segue_tokens_total", ("direction", "input"), ("model", "gpt-5")): 100,
        ("segue_tokens_total", ("direction", "cached"), ("model", "gpt-5")): 40,
        ("segue_tokens_total", ("direction", "output"), ("model", "gpt-5")): 10,
        ("segue_cost_usd_total", ("model", "gpt-5")): 0.25,
        ("openai_agent_duration_seconds_sum", agent): 3.3,
        ("openai_agent_duration_seconds_count", agent): 2,
    }
    assert {key: found[key] for key in expected} == pytest.approx(expected)


async def test_the_histogram_counts_each_run_in_every_bound_above_it(database, accounts):
    await a_run(database, accounts)

    buckets = {
        dict(labels)["le"]: value
        for (name, *labels), value in (await samples(accounts)).items()
        if name == "openai_agent_duration_seconds_bucket"
    }

    assert len(buckets) == 16
    assert (buckets["0.25"], buckets["0.5"], buckets["2.5"]) == (0, 1, 1)
    assert (buckets["5.0"], buckets["3600.0"], buckets["+Inf"]) == (2, 2, 2)


async def test_a_repeated_run_changes_no_metric(database, accounts):
    await a_run(database, accounts)
    before = await exposition(accounts)
    await a_run(database, accounts)

    assert await exposition(accounts) == before


async def test_every_process_shows_the_same_metrics(database, accounts):
    await a_run(database, accounts)

    assert await exposition(Accounts(database)) == await exposition(accounts)


async def test_metrics_are_described_before_anything_ran(accounts):
    text = (await exposition(accounts)).decode()

    for name in (
        "openai_agent_invocations_total counter",
        "openai_agent_duration_seconds histogram",
        "openai_agent_handoffs_total counter",
        "openai_model_invocations_total counter",
        "openai_tool_invocations_total counter",
        "segue_tokens_total counter",
        "segue_cost_usd_total counter",
    ):
        assert f"# TYPE {name}\n" in text
    assert CONTENT_TYPE.startswith("text/plain; version=0.0.4")
