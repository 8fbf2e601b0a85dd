"""Financial research: planner, searches at once, a writer with analysts as tools, a verifier."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    import json
    import re

    from agents import (
        Agent,
        ModelSettings,
        Runner,
        RunResult,
        RunResultStreaming,
        WebSearchTool,
    )
    from pydantic import BaseModel

    from segue.gallery.pattern import Pattern, Sample
    from segue.gallery.tools.texts import passages_of, search
    from segue.llm.offline.replies import Refusal, Reply, call
    from segue.llm.offline.rules import AgentRules
    from segue.llm.offline.situation import Situation
    from segue.runs.workflow.agent_run import run_agent
    from segue.runtime.gathering import gather_whole

MOST_SEARCHES = 15


class FinancialSearchItem(BaseModel):
    """A search that the planner wants.

    Attributes:
        reason: Why it is relevant.
        query: The search term.
    """

    reason: str
    query: str


class FinancialSearchPlan(BaseModel):
    """All searches of a plan."""

    searches: list[FinancialSearchItem]


class FinancialReportData(BaseModel):
    """What the writer makes of it."""

    short_summary: str
    markdown_report: str
    follow_up_questions: list[str]


class AnalysisSummary(BaseModel):
    """What an analyst has to say."""

    summary: str


class VerificationResult(BaseModel):
    """What the auditor has to say.

    Attributes:
        issues: What is wrong, where it is not verified.
    """

    verified: bool
    issues: str


def planner_agent() -> Agent[None]:
    """The agent that plans searches."""
    return Agent(
        name="Financial planner",
        instructions=(
            "Plan the web searches for a financial analysis: recent headlines, earnings calls,"
            " filings, analysts' comments, the industry. Between 5 and 15 terms."
        ),
        output_type=FinancialSearchPlan,
    )


def search_agent() -> Agent[None]:
    """The agent that makes one search."""
    return Agent(
        name="Financial searcher",
        instructions=(
            "Search the web for the term and summarise it in at most 300 words. Focus on key"
            " numbers, events and quotes that are useful to a financial analyst."
        ),
        tools=[WebSearchTool()],
        model_settings=ModelSettings(tool_choice="required"),
    )


async def summary_of(result: RunResult | RunResultStreaming) -> str:
    """What an analyst's run tells the writer: the text, without its wrapping."""
    return result.final_output_as(AnalysisSummary).summary


def writer_agent() -> Agent[None]:
    """The agent that writes the report, with two analysts as its tools."""
    fundamentals = Agent[None](
        name="Fundamentals analyst",
        instructions=(
            "Analyse the company's recent performance: revenue, profit, margins, growth. At most"
            " two paragraphs."
        ),
        output_type=AnalysisSummary,
    )
    risks = Agent[None](
        name="Risk analyst",
        instructions=(
            "Look for red flags in the company's outlook: competition, regulation, supply, growth."
            " At most two paragraphs."
        ),
        output_type=AnalysisSummary,
    )
    return Agent(
        name="Financial writer",
        instructions=(
            "You are a senior financial analyst. Write a long report in markdown from the query and"
            " the summaries, with an executive summary and follow-up questions. Call the analysts'"
            " tools for short write-ups."
        ),
        tools=[
            fundamentals.as_tool(
                tool_name="fundamentals_analysis",
                tool_description="Get a short write-up of key financial metrics.",
                custom_output_extractor=summary_of,
            ),
            risks.as_tool(
                tool_name="risk_analysis",
                tool_description="Get a short write-up of potential red flags.",
                custom_output_extractor=summary_of,
            ),
        ],
        output_type=FinancialReportData,
    )


def verifier_agent() -> Agent[None]:
    """The agent that audits the report."""
    return Agent(
        name="Financial verifier",
        instructions=(
            "You are a meticulous auditor. Verify that the report is consistent, clearly sourced,"
            " and makes no unsupported claims. Point out any issues."
        ),
        output_type=VerificationResult,
    )


@workflow.defn(name="FinancialResearchWorkflow")
class FinancialResearchWorkflow:
    """Research a company."""

    @workflow.run
    async def run(self, query: str) -> str:
        """Report, follow-up questions and verification, as one text."""
        plan = await Runner.run(planner_agent(), f"Query: {query}")
        searches = plan.final_output_as(FinancialSearchPlan).searches[:MOST_SEARCHES]
        results = await gather_whole(self._search(each) for each in searches)
        summaries = json.dumps(dict(results))
        question = f"Original query: {query}\nSummarized search results: {summaries}"
        report = (await Runner.run(writer_agent(), question)).final_output_as(FinancialReportData)
        check = await Runner.run(verifier_agent(), report.markdown_report)
        return as_text(report, check.final_output_as(VerificationResult))

    async def _search(self, item: FinancialSearchItem) -> tuple[str, str]:
        # The writer and the auditor are told of a failed search: a gap in the sources is news.
        question = f"Search term: {item.query}\nReason: {item.reason}"
        outcome = await run_agent(search_agent(), question)
        failure = outcome.failure
        return item.query, f"SEARCH FAILED: {failure.message}" if failure else str(outcome.output)


def as_text(report: FinancialReportData, check: VerificationResult) -> str:
    """What the client prints."""
    questions = "\n".join(report.follow_up_questions)
    return (
        f"=====REPORT=====\n\n{report.markdown_report}\n\n"
        f"=====FOLLOW UP QUESTIONS=====\n\n{questions}\n\n"
        f"=====VERIFICATION=====\n\nVerified: {check.verified}\nIssues: {check.issues}"
    )


# --- what the offline model answers ---

_ASPECTS = ("earnings", "revenue", "competition", "regulation", "dividend")
_FAILED = "SEARCH FAILED"
_NOTE = "(from sample pages that Segue ships, not from the web)"
_planner = AgentRules("Financial planner")
_searcher = AgentRules("Financial searcher")
_writer = AgentRules("Financial writer")
_fundamentals = AgentRules("Fundamentals analyst")
_risks = AgentRules("Risk analyst")
_verifier = AgentRules("Financial verifier")


@_planner.when()
def _plan(situation: Situation) -> Reply:
    names = re.findall(r"(?<!^)(?<![.:] )\b[A-Z][a-z]+", situation.text.removeprefix("Query: "))
    subject = names[0] if names else "Apple"
    return FinancialSearchPlan(
        searches=[
            FinancialSearchItem(reason=f"A report needs {aspect}.", query=f"{subject} {aspect}")
            for aspect in _ASPECTS
        ]
    )


@_searcher.when()
def _search(situation: Situation) -> Reply:
    term = situation.text.partition("\n")[0].removeprefix("Search term: ")
    pages = search(passages_of("research.md"), term, 2, every=True)
    if not pages:  # a search that fails, as one on the web may
        return Refusal(f"None of the sample pages has {term!r}.")
    return f"{pages[0].text} {_NOTE}"


def _summaries(situation: Situation) -> dict[str, str]:
    return json.loads(situation.text.partition("\nSummarized search results: ")[2])


@_writer.when()
def _analyse(situation: Situation) -> Reply:
    summaries = _summaries(situation)
    figures = [text for term, text in summaries.items() if term.split()[-1] in _ASPECTS[:2]]
    dangers = [text for term, text in summaries.items() if term.split()[-1] in _ASPECTS[2:4]]
    return [
        call("fundamentals_analysis", input=" ".join(figures)),
        call("risk_analysis", input=" ".join(dangers)),
    ]


@_writer.after("fundamentals_analysis", "risk_analysis")
def _write(situation: Situation) -> Reply:
    title = situation.text.partition("\n")[0].removeprefix("Original query: ")
    gaps = [term for term, text in _summaries(situation).items() if text.startswith(_FAILED)]
    parts = [
        f"# {title}",
        f"## Fundamentals\n\n{situation.output_of('fundamentals_analysis').text}",
        f"## Risks\n\n{situation.output_of('risk_analysis').text}",
    ]
    if gaps:
        parts.append("## Searches that failed\n\n" + "\n".join(f"- {term}" for term in gaps))
    return FinancialReportData(
        short_summary=f"An answer to: {title}",
        markdown_report="\n\n".join(parts),
        follow_up_questions=["What did the quarter after this one bring?"],
    )


@_fundamentals.when()
def _figures(situation: Situation) -> Reply:
    return AnalysisSummary(summary=f"The figures: {situation.text}")


@_risks.when()
def _dangers(situation: Situation) -> Reply:
    return AnalysisSummary(summary=f"The risks: {situation.text}")


@_verifier.when()
def _verify(situation: Situation) -> Reply:
    has_gaps = "Searches that failed" in situation.text
    return VerificationResult(
        verified=not has_gaps, issues="Some searches failed." if has_gaps else ""
    )


PATTERN = Pattern(
    title="Financial research",
    shows="Agents of six kinds: a planner, searchers, a writer with analysts as tools, an auditor.",
    when="A report is put together by specialists, and somebody checks it in the end.",
    when_not="One agent's answer is enough: each more costs time and money, and may be wrong.",
    durable=(
        "The plan, every search, each analyst's write-up, the report and its verification, one by"
        " one. A search that fails is told to the writer, and so to the auditor."
    ),
    adapt="Give analysts your own sources as tools, and end with a person instead of the auditor.",
    workflow=FinancialResearchWorkflow,
    samples=(
        Sample(
            "Write up an analysis of Apple Inc.'s most recent quarter.",
            answer=(
                "^=====REPORT=====\n\n# Write up",
                r"The figures: .*\$94\.9 billion",
                "The risks: .*Digital Markets Act",
                "not from the web",
                "- Apple dividend",
                "=====FOLLOW UP QUESTIONS=====\n\nWhat",
                "=====VERIFICATION=====\n\nVerified: False\nIssues: Some searches failed",
            ),
        ),
    ),
    rules=(_planner, _searcher, _writer, _fundamentals, _risks, _verifier),
)
