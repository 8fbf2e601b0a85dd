"""The gallery as one value."""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from segue.gallery.catalogue import QUEUES
from segue.platform.feature import Command, Feature, Queue
from segue.settings.gallery import GallerySettings

if TYPE_CHECKING:
    from agents.mcp import MCPServer

    from segue.gallery.service.gallery import GalleryService
    from segue.llm.offline.rules import AgentRules
    from segue.platform.platform import Platform
    from segue.runtime.worker import WorkerParts
    from segue.settings.load import Settings
    from segue.storage.database import Database

PANEL = "The gallery of patterns"
_PLAIN = (
    "Patterns of the gallery write their arguments and results unencrypted, for clients without a"
    " key; SEGUE_FEATURES leaves the gallery out."
)


@asynccontextmanager
async def _parts(platform: "Platform") -> "AsyncGenerator[Sequence[WorkerParts]]":
    from segue.gallery.register.parts import gallery_parts
    from segue.gallery.tools.credentials import Credentials
    from segue.gallery.tools.images import Images
    from segue.gallery.tools.toolbox import Toolbox
    from segue.gallery.tools.warehouse import Warehouse

    settings = platform.settings.of(GallerySettings)
    warehouse = Warehouse(Credentials(settings.credentials))
    yield gallery_parts(Toolbox(images=Images(settings.folders), warehouse=warehouse))


@asynccontextmanager
async def _open_service(platform: "Platform") -> "AsyncGenerator[GalleryService]":
    from segue.gallery.service.gallery import GalleryService

    yield GalleryService(await platform.client(), await platform.records())


async def _children(_database: "Database", workflow_id: str) -> Sequence[str]:
    """Patterns name a child after its parent, so that what it used is on the parent's account."""
    return (f"{workflow_id}/",)


async def _warnings(settings: "Settings") -> Sequence[str]:
    if settings.conversations.encryption_keys is None:
        return ()
    return (_PLAIN,)


def _mcp_servers(settings: "Settings") -> "Mapping[str, Callable[..., MCPServer]]":
    from segue.gallery.tools.tool_servers.connections import sample_servers

    return sample_servers(settings.data.directory)


def _rules() -> "Sequence[AgentRules]":
    from segue.gallery.register.parts import gallery_rules

    return gallery_rules()


GALLERY = Feature(
    name="gallery",
    queues=tuple(Queue(name) for name in QUEUES),
    parts=_parts,
    open_service=_open_service,
    rules=_rules,
    mcp_servers=_mcp_servers,
    children=_children,
    warnings=_warnings,
    settings=(GallerySettings,),
    routes=("segue.web.routes.patterns:router",),
    commands=(
        Command("segue.cli.patterns:patterns", PANEL),
        Command("segue.cli.patterns:run", PANEL),
        Command("segue.cli.patterns:new", PANEL),
    ),
)
