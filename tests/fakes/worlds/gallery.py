"""The gallery at work: real Temporal, a real database, the offline model."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from segue.gallery.catalogue import ROWS, Row
from segue.gallery.register.feature import GALLERY
from segue.gallery.register.parts import gallery_parts, gallery_rules
from segue.gallery.service.gallery import GalleryService
from segue.gallery.tools.images import Images
from segue.gallery.tools.tool_servers.connections import sample_servers
from segue.gallery.tools.toolbox import Toolbox
from segue.llm.config import LlmConfig, OpenAIService
from segue.llm.offline.rulebook import RuleBook
from segue.llm.offline.rules import AgentRules
from segue.runs.service.records import AgentRecords
from segue.runtime.embedded import Endpoint
from segue.runtime.worker import build_worker
from segue.storage.database import Database
from tests.fakes.programs.openai import ScriptedOpenAI
from tests.fakes.worlds.agents import AgentWorld, agent_world

NOBODY = ScriptedOpenAI("http://127.0.0.1:1")  # the offline rules answer: it is never asked
_NO_SERVER = OpenAIService(base_url="http://127.0.0.1:1/v1", api="chat")
# Without keys, and with a service at which nobody answers: as on a machine where nothing runs.
_OFFLINE = LlmConfig(services={"ollama": _NO_SERVER, "deepseek": _NO_SERVER})


@asynccontextmanager
async def gallery_world(
    server: Endpoint,
    database: Database,
    *,
    rows: Sequence[Row] = ROWS,
    folders: Sequence[Path] = (),
    rules: Sequence[AgentRules] | None = None,
) -> AsyncGenerator[AgentWorld]:
    """A worker of all queues of the gallery, answered by its rules.

    Args:
        server: Where the queues are.
        database: Migrated.
        rows: The patterns that are served.
        folders: From which pictures may be read.
        rules: What models say; None: what the patterns' own rules do.
    """
    book = RuleBook(*(gallery_rules(rows) if rules is None else rules))
    kept = AsyncExitStack()
    servers = sample_servers(Path(kept.enter_context(TemporaryDirectory(prefix="segue-gallery-"))))
    async with (
        kept,
        agent_world(
            server, NOBODY, database, config=_OFFLINE, rules=book, mcp_servers=servers
        ) as world,
        AsyncExitStack() as stack,
        world.models(),
    ):
        for part in gallery_parts(Toolbox(images=Images(folders)), rows):
            await stack.enter_async_context(build_worker(world.client, part))
        yield world


def gallery_service(world: AgentWorld, rows: Sequence[Row] = ROWS) -> GalleryService:
    """What faces have of the gallery."""

    async def children(workflow_id: str) -> Sequence[str]:
        return await GALLERY.children(world.database, workflow_id)

    records = replace(world.records(), children=children)
    return GalleryService(world.client, AgentRecords(records, world.client), rows)
