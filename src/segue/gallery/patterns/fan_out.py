"""The same agent for each of many items, some at once; what fails stands beside what does not."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    import re
    from collections.abc import Sequence
    from itertools import islice

    from agents import Agent
    from pydantic import BaseModel

    from segue.gallery.pattern import Pattern, Sample
    from segue.llm.offline.conditions import matches, mentions
    from segue.llm.offline.replies import Refusal
    from segue.llm.offline.rules import AgentRules
    from segue.runs.workflow.agent_run import run_agent
    from segue.runtime.gathering import gather_whole

BATCH = 10  # items of one child: its history stays small, however many there are
AT_ONCE = 4  # children


class Judgement(BaseModel):
    """What came of one item.

    Attributes:
        mood: The agent's word; empty where there is none.
        failure: Why there is none.
    """

    item: str
    mood: str = ""
    failure: str = ""


def judging_agent() -> Agent[None]:
    """The agent that is run for each item."""
    return Agent(
        name="Mood judge",
        instructions="Say of a review in one word whether it is `good`, `bad` or `mixed`.",
    )


@workflow.defn(name="FanOutBatchWorkflow")
class FanOutBatchWorkflow:
    """Judge some items at once."""

    @workflow.run
    async def run(self, items: list[str]) -> list[Judgement]:
        """A judgement of each, in order."""
        return list(await gather_whole(self._judge(item) for item in items))

    async def _judge(self, item: str) -> Judgement:
        outcome = await run_agent(judging_agent(), item)
        if outcome.failure is not None:
            return Judgement(item=item, failure=outcome.failure.message)
        return Judgement(item=item, mood=str(outcome.output))


@workflow.defn(name="FanOutWorkflow")
class FanOutWorkflow:
    """Judge any number of items, in batches."""

    def __init__(self) -> None:
        self._count = 0

    @workflow.run
    async def run(self, items: list[str]) -> list[Judgement]:
        """A judgement of each, in order."""
        rest = iter(range(0, len(items), BATCH))
        judgements: list[Judgement] = []
        while some := list(islice(rest, AT_ONCE)):
            for batch in await gather_whole(self._batch(items, at) for at in some):
                judgements += batch
        return judgements

    @workflow.query
    def progress(self) -> int:
        """How many items are judged."""
        return self._count

    async def _batch(self, items: Sequence[str], at: int) -> list[Judgement]:
        judgements = await workflow.execute_child_workflow(
            FanOutBatchWorkflow.run,
            list(items[at : at + BATCH]),
            id=f"{workflow.info().workflow_id}/{at}",
        )
        self._count += len(judgements)
        return judgements


# --- what the offline model answers ---

_rules = AgentRules("Mood judge")
_rules.when(lambda situation: not re.search(r"[^\W\d_]", situation.text)).reply(
    Refusal("There is no word in it.")
)
_rules.when(mentions("but")).reply("mixed")
_rules.when(matches(r"great|good|love|lovely")).reply("good")
_rules.when(matches(r"bad|awful|broke")).reply("bad")
_rules.otherwise().reply("mixed")

PATTERN = Pattern(
    title="Fan-out over many items",
    shows="A run of an agent for each item, a bounded number at once, and failures as results.",
    when="Hundreds of items need the same judgement, and one that fails must not lose the others.",
    when_not="A handful of items, or they depend on each other: one run with a list is cheaper.",
    durable=(
        "Each judgement by itself. After a crash, or a deploy in the middle, only items without one"
        " are asked again; batches are workflows of their own, so no history grows too long."
    ),
    adapt="Change what a batch does; keep the batches, and let the parent only collect.",
    workflow=FanOutWorkflow,
    children=(FanOutBatchWorkflow,),
    samples=(
        Sample(
            [
                "Great songs",
                "It broke at once",
                "Lovely, but too short",
                "!!!",
                *(f"Song {number} is good" for number in range(1, 9)),
            ],
            answer=(
                '"Great songs","mood":"good"',
                '"It broke at once","mood":"bad"',
                'too short","mood":"mixed"',
                '"!!!","failure":".+"',
                '"Song 8 is good","mood":"good"',
            ),
        ),
    ),
    rules=(_rules,),
)
