"""A search in files that the model's provider keeps: a vector store, by its id."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from agents import Agent, FileSearchTool, Runner
    from agents.models.fake_id import FAKE_RESPONSES_ID
    from openai.types.responses import ResponseFileSearchToolCall
    from openai.types.responses.response_file_search_tool_call import Result

    from segue.gallery.pattern import Pattern, Sample
    from segue.gallery.tools.texts import Passage, passages_of, search
    from segue.llm.offline.replies import Reply, Steps
    from segue.llm.offline.rules import AgentRules
    from segue.llm.offline.situation import Situation

SAMPLE_STORE = "vs_68855c27140c8191849b5f1887d8d335"


def file_agent(vector_store_id: str) -> Agent[None]:
    """The agent that searches in a store."""
    tool = FileSearchTool(
        max_num_results=3, vector_store_ids=[vector_store_id], include_search_results=True
    )
    return Agent(
        name="File searcher",
        instructions="You are a helpful agent. You answer only from what the search has found.",
        tools=[tool],
    )


@workflow.defn(name="FileSearchWorkflow")
class FileSearchWorkflow:
    """Ask an agent that searches in a store of files."""

    @workflow.run
    async def run(self, question: str, vector_store_id: str) -> str:
        """Answer a question from the files of a store."""
        result = await Runner.run(file_agent(vector_store_id), question)
        return str(result.final_output)


# --- what the offline model answers ---

_rules = AgentRules("File searcher")
_TEXT = "arrakis.md"


@_rules.when(
    lambda situation: situation.hosted["file_search"]["vector_store_ids"] == [SAMPLE_STORE]
)
def _search(situation: Situation) -> Reply:
    most = situation.hosted["file_search"]["max_num_results"]
    passages = search(passages_of(_TEXT), situation.text, most)
    step = ResponseFileSearchToolCall(
        id=FAKE_RESPONSES_ID,
        queries=[situation.text],
        results=[_result(each) for each in passages],
        status="completed",
        type="file_search_call",
    )
    if not passages:
        return Steps([step], "The files say nothing about this (offline: a shipped sample text).")
    best = passages[0]
    where = f'{best.source}, "{best.title}"; offline: a shipped sample text'
    return Steps([step], f"{best.first_sentence} ({where}.)")


_rules.otherwise().reply(
    f"Offline there is one store, {SAMPLE_STORE}; yours is at OpenAI, and LLM_MODEL is not set."
)


def _result(passage: Passage) -> Result:
    return Result(filename=passage.source, text=f"{passage.title}\n{passage.text}")


PATTERN = Pattern(
    title="A search in files",
    shows="`FileSearchTool`: the provider searches in a vector store of your files as it answers.",
    when="Your files may lie at OpenAI, and you want no index of your own.",
    when_not="They must stay with you: make a search in your own index an activity, and a tool.",
    durable=(
        "What was found and the answer, as one answer of the model. The store itself is the"
        " provider's: what is changed there in the meantime, a call that is made again sees."
    ),
    adapt=(
        "Make a store (`client.vector_stores.create`, then `files.upload_and_poll`) and give its"
        " id. Offline the published id of the samples is answered by SQLite's full-text search in"
        " a shipped text about a desert planet, and says so."
    ),
    workflow=FileSearchWorkflow,
    samples=(
        Sample(
            "Be concise, and tell me 1 sentence about Arrakis I might not know.",
            SAMPLE_STORE,
            answer=(r"^Of the two moons of Arrakis [^.]+\.", r'arrakis\.md, "Two moons', "offline"),
        ),
        Sample(
            "How much moisture does a stillsuit lose?",
            SAMPLE_STORE,
            answer="a thimbleful.*in a day",
        ),
        Sample("Who won the football cup?", SAMPLE_STORE, answer="^The files say nothing"),
        Sample("What is in it?", "vs_other", answer=f"^Offline there is one store, {SAMPLE_STORE}"),
    ),
    rules=(_rules,),
)
