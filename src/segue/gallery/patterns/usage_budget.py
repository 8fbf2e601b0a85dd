"""A run that stops when its budget is used up, and gives what it has so far."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    import re

    from agents import Agent
    from pydantic import Field

    from segue.gallery.pattern import Pattern, Sample
    from segue.llm.offline.replies import Reply, call
    from segue.llm.offline.rules import AgentRules
    from segue.llm.offline.situation import Situation
    from segue.runs.contracts import Budget
    from segue.runs.workflow.agent_run import run_agent
    from segue.runs.workflow.run_options import RunOptions
    from segue.runs.workflow.tools import ToolArguments, tool


class Finding(ToolArguments):
    """What the agent notes."""

    page: int = Field(description="Number of the page, from 1.")
    gist: str = Field(description="What stands there, in one sentence.")


@workflow.defn(name="UsageBudgetWorkflow")
class UsageBudgetWorkflow:
    """Have pages read one after the other, for as much as that may cost."""

    def __init__(self) -> None:
        self._findings: list[str] = []

    @workflow.run
    async def run(self, request: str, turns: int, tokens: int | None = None) -> str:
        """What was found, and whether the budget was enough.

        Args:
            request: In the user's words.
            turns: Calls of models that may be made, >= 0.
            tokens: That may be used, in and out together; None: any number.
        """
        options = RunOptions(budget=Budget(turns=turns, tokens=tokens))
        outcome = await run_agent(self._reading_agent(), request, options)
        end = outcome.output if outcome.failure is None else f"Stopped: {outcome.failure.message}"
        usage = f"{outcome.spent.model_calls} calls of models, {outcome.spent.tool_calls} of tools"
        return "\n".join([*self._findings, f"{end} ({usage})"])

    def _reading_agent(self) -> Agent[None]:
        return Agent(
            name="Reader",
            instructions="Read the pages in order, note a finding of each, then say so.",
            tools=[tool("note", "Note a finding.", Finding, self._note, effect="repeatable")],
        )

    async def _note(self, finding: Finding) -> str:
        self._findings.append(f"{finding.page}. {finding.gist}")
        return "Noted."


# --- what the offline model answers ---

_rules = AgentRules("Reader")
_PAGES = re.compile(r"(?P<pages>\d+) pages", re.IGNORECASE)


@_rules.when()
def _begin(_: Situation) -> Reply:
    return _page(1)


@_rules.after("note")
def _go_on(situation: Situation) -> Reply:
    match, read = _PAGES.search(situation.text), len(situation.outputs)
    return _page(read + 1) if match and read < int(match["pages"]) else "All pages are read."


def _page(number: int) -> Reply:
    return call("note", page=number, gist=f"Page {number} has sample text (no model).")


PATTERN = Pattern(
    title="A budget of usage",
    shows="Limits in calls, tokens, dollars or seconds, and an end that keeps what was found.",
    when="Nobody knows beforehand how long an agent will take, and everybody pays for it.",
    when_not="The work has a fixed number of steps: `max_turns` says that.",
    durable=(
        "What was spent is counted where answers are stored, with every retry and every agent that"
        " is a tool: a crash neither forgets a call nor counts one twice."
    ),
    adapt='Ask a person for more (`on_limit="ask"`), or go on with a cheaper model (`degrade`).',
    workflow=UsageBudgetWorkflow,
    samples=(
        Sample("Read the 5 pages", 3, answer=(r"3\. Page 3", "Stopped: .*budget", "3 calls of")),
        Sample("Read the 2 pages", 9, answer=(r"2\. Page 2", "All pages are read")),
    ),
    rules=(_rules,),
)
