"""A web search that the model's provider runs, near the user's city."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from agents import Agent, Runner, WebSearchTool
    from agents.models.fake_id import FAKE_RESPONSES_ID
    from openai.types.responses import ResponseFunctionWebSearch
    from openai.types.responses.response_function_web_search import ActionSearch
    from openai.types.responses.web_search_tool_param import UserLocation

    from segue.gallery.pattern import Pattern, Sample
    from segue.gallery.tools.texts import passages_of, search
    from segue.llm.offline.replies import Reply, Steps
    from segue.llm.offline.rules import AgentRules
    from segue.llm.offline.situation import Situation


def searching_agent(user_city: str) -> Agent[None]:
    """The agent that searches."""
    place = UserLocation(type="approximate", city=user_city)
    return Agent(
        name="Web searcher",
        instructions="You are a helpful agent. Search the web, and name your source.",
        tools=[WebSearchTool(user_location=place)],
    )


@workflow.defn(name="WebSearchWorkflow")
class WebSearchWorkflow:
    """Ask an agent that may search the web."""

    @workflow.run
    async def run(self, question: str, user_city: str = "New York") -> str:
        """Answer a question of somebody in a city."""
        result = await Runner.run(searching_agent(user_city), question)
        return str(result.final_output)


# --- what the offline model answers ---

_rules = AgentRules("Web searcher")


@_rules.when()
def _search(situation: Situation) -> Reply:
    city = situation.hosted["web_search"]["user_location"]["city"]
    query = f"{situation.text} {city}"
    step = ResponseFunctionWebSearch(
        id=FAKE_RESPONSES_ID,
        action=ActionSearch(type="search", query=query, queries=[query]),
        status="completed",
        type="web_search_call",
    )
    passages = search(passages_of("web.md"), query)
    if not passages:
        return Steps([step], "Offline, I found nothing on this in my few sample pages.")
    best = passages[0]
    return Steps(
        [step],
        f"{best.first_sentence} ({best.source}; offline: a made-up sample page, not the web.)",
    )


PATTERN = Pattern(
    title="A search on the web",
    shows="`WebSearchTool`: the provider searches while it answers, and knows the user's city.",
    when="Answers need what is newer than the model, and your models are OpenAI's.",
    when_not=(
        "You must know what was read, or use another provider: make a search service's call an"
        " activity, as `tools` does with the weather."
    ),
    durable=(
        "The answer. The search is a part of the model's call: where that is made again, the"
        " provider searches again, and may find something else."
    ),
    adapt=(
        "`search_context_size` and `filters` of the tool say how much is read, and of whom. Offline"
        " a full-text search in a few shipped sample pages stands in, and says so."
    ),
    workflow=WebSearchWorkflow,
    samples=(
        Sample(
            "search the web for 'local sports news' and give me 1 interesting update in a"
            " sentence.",
            "New York",
            answer=(r"^The New York rowers .* harbour cup", r"https://\S+harbour-cup; offline"),
        ),
        Sample("What is there of local sports?", "Paris", answer=("^In Paris", "bakers-relay")),
        Sample("Xylophone prices?", "Atlantis", answer="^Offline, I found nothing"),
    ),
    rules=(_rules,),
)
