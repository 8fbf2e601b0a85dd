"""What models and servers of the MCP patterns may do wrong, and what comes of it."""

import asyncio
import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from uuid import uuid4

import pytest
import pytest_asyncio

from segue.gallery.catalogue import row_of
from segue.gallery.service.gallery import workflow_type
from segue.gallery.tools.repositories import CODEX
from segue.llm.offline.replies import Reply, call
from segue.llm.offline.rules import AgentRules
from segue.llm.offline.situation import Situation
from segue.runs.workflow.interruptions import FIXED_ARGUMENTS
from segue.runtime.embedded import Endpoint
from segue.storage.address import database_url
from segue.storage.database import Database
from tests.fakes.deciding import decide_first
from tests.fakes.waiting import children
from tests.fakes.worlds.agents import AgentWorld
from tests.fakes.worlds.databases import prepare
from tests.fakes.worlds.gallery import gallery_world

pytestmark = pytest.mark.asyncio(loop_scope="session")

ASKING = ("mcp_approval", "hosted_mcp_approval")
CHILD = "segue.gallery.tools.tool_servers.files"


@dataclass(frozen=True)
class Edge:
    """Something that a model does in a pattern, and what its next answer tells of it."""

    slug: str
    agent: str
    does: Reply
    told: str


EDGES = (
    Edge("mcp_streamable_http", "Streamable HTTP assistant", call("add", a="x"), "do not fit"),
    Edge("mcp_sse", "SSE assistant", call("get_current_weather", city=""), "do not fit"),
    Edge("mcp_v2", "Streamable HTTP v2 assistant", call("add", a=1, b=2, c=3), "do not fit"),
    Edge(
        "mcp_memory",
        "Research scratchpad",
        call("search_nodes", notebook="somebody-else's", observations=[]),
        "gallery.notebook",
    ),
)


def telling(edge: Edge) -> AgentRules:
    """A model that does it, and then says what it was told."""
    rules = AgentRules(edge.agent)
    rules.when().reply(edge.does)

    @rules.after()
    def tell(situation: Situation) -> Reply:
        return situation.latest[-1].text

    return rules


def killing(child: str) -> AgentRules:
    """A model that wants to read the machine's files; then the server dies, and it reads on."""
    rules = AgentRules("File reader")
    rules.when().reply(call("read_text_file", path="../../../etc/passwd"))

    @rules.after("read_text_file", where=lambda s: len(s.outputs) == 1)
    def kill_and_read(_: Situation) -> Reply:
        (process,) = children(child)
        process.kill()
        return call("read_text_file", path="favorite_books.txt")

    @rules.after("read_text_file")
    def tell(situation: Situation) -> Reply:
        return "\n".join(answer.text for answer in situation.outputs)

    return rules


def offering(agent: str) -> AgentRules:
    """A model that names the tools it has on offer."""
    rules = AgentRules(agent)

    @rules.otherwise()
    def tools(situation: Situation) -> Reply:
        return " ".join(situation.tools)

    return rules


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def database(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Database]:
    """One for all of these tests."""
    database = Database(database_url(None, tmp_path_factory.mktemp("gallery-mcp")))
    await prepare(database)
    yield database
    await database.aclose()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(temporal_server: Endpoint, database: Database) -> AsyncGenerator[AgentWorld]:
    """One worker, whose models do what the edges say."""
    slugs = [*(edge.slug for edge in EDGES), "mcp_filters", "mcp_filesystem", *ASKING]
    rows = [row_of(slug) for slug in slugs]
    filtered = [offering("Adder"), offering("Role-bound assistant")]
    asking = [rule for slug in ASKING for rule in row_of(slug).pattern().rules]
    rules = [*map(telling, EDGES), *filtered, killing(CHILD), *asking]
    async with gallery_world(temporal_server, database, rows=rows, rules=rules) as made:
        yield made


async def run(world: AgentWorld, slug: str, *arguments: str) -> str:
    """The answer of a run of a pattern, as JSON."""
    row = row_of(slug)
    async with asyncio.timeout(30):
        result: object = await world.client.execute_workflow(
            workflow_type(row.pattern().workflow),
            args=arguments,
            id=f"{slug}-{uuid4().hex}",
            task_queue=row.queue,
        )
    return json.dumps(result, ensure_ascii=False)


@pytest.mark.parametrize("edge", EDGES, ids=lambda edge: edge.slug)
async def test_a_model_that_calls_a_server_wrongly_is_told_so_and_the_run_goes_on(
    world: AgentWorld, edge: Edge
):
    assert edge.told in await run(world, edge.slug)


@pytest.mark.parametrize(
    ("role", "offer"),
    [
        ("guest", "add get_current_weather"),
        ("owner", "add get_current_weather get_secret_word"),
        ("", "add get_current_weather"),
    ],
)
async def test_a_model_is_not_even_shown_what_a_filter_took_away(
    world: AgentWorld, role: str, offer: str
):
    assert json.loads(await run(world, "mcp_filters", "What have you?", role)) == ["add", offer]


async def test_a_file_server_refuses_what_is_outside_and_is_started_again_when_it_is_killed(
    world: AgentWorld,
):
    answer = await run(world, "mcp_filesystem")

    # Each of the three turns was refused once, had its server killed, and read a file of another.
    assert answer.count("gallery.file_refused") == 3
    assert answer.count("The Left Hand of Darkness") == 3
    assert "root:" not in answer


@pytest.mark.parametrize(
    ("approve", "reason", "answer"),
    [
        (True, "", "The secret word is strawberry."),
        (False, "Not before noon.", "I may not tell it: Not before noon."),
    ],
)
async def test_a_tool_of_a_server_waits_for_a_person_who_says_yes_or_no_with_a_reason(
    world: AgentWorld, approve: bool, reason: str, answer: str
):
    row = row_of("mcp_approval")
    handle = await world.client.start_workflow(
        workflow_type(row.pattern().workflow),
        args=["What is the secret word?", 60.0],
        id=f"mcp_approval-{uuid4().hex}",
        task_queue=row.queue,
    )
    request = await decide_first(handle, approve=approve, reason=reason)

    assert request.tool == "get_secret_word"
    assert await handle.result() == answer


@pytest.mark.parametrize(
    ("approve", "reason", "arguments", "answer"),
    [
        (False, "Not before noon.", None, "I did not look it up: Not before noon."),
        (False, "", None, "I did not look it up: A person decided not to run this tool."),
        (True, "", '{"query": "x"}', f"I did not look it up: {FIXED_ARGUMENTS}"),
    ],
    ids=["a reason", "no reason", "other arguments"],
)
async def test_a_call_that_the_provider_makes_is_not_made_without_a_plain_yes(
    world: AgentWorld, approve: bool, reason: str, arguments: str | None, answer: str
):
    row = row_of("hosted_mcp_approval")
    handle = await world.client.start_workflow(
        workflow_type(row.pattern().workflow),
        args=["Which language is this?", CODEX, 60.0],
        id=f"hosted_mcp_approval-{uuid4().hex}",
        task_queue=row.queue,
    )
    request = await decide_first(handle, approve=approve, reason=reason, arguments=arguments)

    assert (request.tool, json.loads(request.arguments)) == (
        "search_codex_documentation",
        {"query": "Which language is this?"},
    )
    assert await handle.result() == answer
