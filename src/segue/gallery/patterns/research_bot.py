"""A research bot: plan searches, make them at once, write a report that names what failed."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    import json
    import re

    from agents import Agent, ModelSettings, Runner, WebSearchTool
    from pydantic import BaseModel

    from segue.gallery.pattern import Pattern, Sample
    from segue.gallery.tools.texts import passages_of, search
    from segue.llm.offline.replies import Refusal, Reply
    from segue.llm.offline.rules import AgentRules
    from segue.llm.offline.situation import Situation
    from segue.runs.workflow.agent_run import run_agent
    from segue.runtime.gathering import gather_whole

MOST_SEARCHES = 20


class WebSearchItem(BaseModel):
    """A search that the planner wants.

    Attributes:
        reason: Why it matters to the query.
        query: The search term.
    """

    reason: str
    query: str


class WebSearchPlan(BaseModel):
    """All searches of a plan."""

    searches: list[WebSearchItem]


class ReportData(BaseModel):
    """What the writer makes of it."""

    short_summary: str
    markdown_report: str
    follow_up_questions: list[str]


class SearchResult(BaseModel):
    """What came of a search.

    Attributes:
        failure: Why nothing did; empty: something did.
    """

    term: str
    summary: str = ""
    failure: str = ""


def planner_agent() -> Agent[None]:
    """The agent that plans searches."""
    return Agent(
        name="Research planner",
        instructions="Plan the web searches that best answer the query: between 5 and 20 terms.",
        output_type=WebSearchPlan,
    )


def search_agent() -> Agent[None]:
    """The agent that makes one search, with the tool of the model's provider."""
    return Agent(
        name="Research searcher",
        instructions=(
            "Search the web for the term and summarise the results in 2-3 paragraphs of less than"
            " 300 words. Capture the main points, without any commentary."
        ),
        tools=[WebSearchTool()],
        model_settings=ModelSettings(tool_choice="required"),
    )


def writer_agent() -> Agent[None]:
    """The agent that writes the report."""
    return Agent(
        name="Research writer",
        instructions=(
            "You are a senior researcher. Outline, then write a detailed report in markdown for the"
            " query, from the summaries of the searches alone; name what they do not tell."
        ),
        output_type=ReportData,
    )


@workflow.defn(name="ResearchWorkflow")
class ResearchWorkflow:
    """Research a question on the web."""

    @workflow.run
    async def run(self, query: str) -> str:
        """The report in markdown."""
        plan = await Runner.run(planner_agent(), f"Query: {query}")
        searches = plan.final_output_as(WebSearchPlan).searches[:MOST_SEARCHES]
        results = await gather_whole(self._search(each) for each in searches)
        summaries = {each.term: each.summary for each in results if not each.failure}
        question = f"Original query: {query}\nSummarized search results: {json.dumps(summaries)}"
        report = await Runner.run(writer_agent(), question)
        return report.final_output_as(ReportData).markdown_report + failures_of(results)

    async def _search(self, item: WebSearchItem) -> SearchResult:
        # One failed search is no reason to lose the others: it ends as a failure, not as an error.
        question = f"Search term: {item.query}\nReason for searching: {item.reason}"
        outcome = await run_agent(search_agent(), question)
        if outcome.failure:
            return SearchResult(term=item.query, failure=outcome.failure.message)
        return SearchResult(term=item.query, summary=str(outcome.output))


def failures_of(results: list[SearchResult]) -> str:
    """The end of the report: which searches gave nothing, and why."""
    lines = [f"- {each.term}: {each.failure}" for each in results if each.failure]
    return "\n\n## Searches that failed\n\n" + "\n".join(lines) if lines else ""


# --- what the offline model answers ---

_LITTLE = {"about", "between", "could", "optimizing", "query", "should", "their", "which", "would"}
_NOTE = "(from sample pages that Segue ships, not from the web)"
_planner = AgentRules("Research planner")
_searcher = AgentRules("Research searcher")
_writer = AgentRules("Research writer")


@_planner.when()
def _plan(situation: Situation) -> Reply:
    words = list(dict.fromkeys(re.findall(r"[a-z]{5,}", situation.text.lower())))
    subject, *others = [word for word in words if word not in _LITTLE] or ["nothing"]
    return WebSearchPlan(
        searches=[
            WebSearchItem(reason=f"The query names {word}.", query=f"{subject} {word}")
            for word in others[:8] or [subject]
        ]
    )


@_searcher.when()
def _search(situation: Situation) -> Reply:
    term = situation.text.partition("\n")[0].removeprefix("Search term: ")
    pages = search(passages_of("research.md"), term, 2, every=True)
    if not pages:  # a search that fails, as one on the web may
        return Refusal(f"None of the sample pages has {term!r}.")
    return "\n".join(f"{page.title}: {page.text}" for page in pages[:2]) + f" {_NOTE}"


@_writer.when()
def _write(situation: Situation) -> Reply:
    query, _, text = situation.text.partition("\nSummarized search results: ")
    summaries: dict[str, str] = json.loads(text)
    title = query.removeprefix("Original query: ")
    parts = [f"## {term}\n\n{summary}" for term, summary in summaries.items()]
    return ReportData(
        short_summary=f"{len(parts)} searches on: {title}",
        markdown_report="\n\n".join([f"# {title}", *(parts or ["No search found anything."])]),
        follow_up_questions=[f"What is newer on {term}?" for term in summaries],
    )


PATTERN = Pattern(
    title="Research bot",
    shows="A plan of web searches, all of them at once, and a report that names those that failed.",
    when="A question needs many searches that do not depend on each other.",
    when_not=(
        "Each search depends on what the one before found: one agent with the tool does that."
        " Another public demo has a `ResearchWorkflow` too, whose result is an object: this one is"
        " that of the samples, whose result is a text."
    ),
    durable=(
        "The plan, every search by itself, and the report: `segue run research_bot --stream` shows"
        " each as it is there. Of twenty searches under way those that have ended are not made"
        " again."
    ),
    adapt="Bound the searches by `MOST_SEARCHES`; put a tool of yours beside the provider's.",
    workflow=ResearchWorkflow,
    samples=(
        Sample(
            "Caribbean vacation spots in April, optimizing for surfing, hiking and water sports",
            answer=(
                "^# Caribbean vacation spots",
                "## caribbean surfing\n\n.*Rincon",
                "Waitukubuli",
                "Cabarete for kite surfing",
                "dry season",
                "not from the web",
            ),
        ),
        Sample(
            "Caribbean hiking and skiing",
            answer=(
                "Waitukubuli",
                "## Searches that failed\n\n- caribbean skiing: The model declined",
            ),
        ),
    ),
    rules=(_planner, _searcher, _writer),
)
