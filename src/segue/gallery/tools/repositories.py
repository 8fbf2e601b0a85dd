"""The MCP server of a repository, which a model's provider asks, and its stand-in offline."""

from typing import Literal
from urllib.parse import urlsplit

from agents import HostedMCPTool
from agents.models.fake_id import FAKE_RESPONSES_ID
from openai.types.responses.response_output_item import McpCall
from pydantic_core import to_json

from segue.gallery.tools.texts import passages_of, search
from segue.llm.offline.replies import AskApproval, Steps
from segue.llm.offline.situation import Situation

CODEX = "https://gitmcp.io/openai/codex"
LABEL = "gitmcp"


def repository_server(url: str, require_approval: Literal["always", "never"]) -> HostedMCPTool:
    """The server behind a URL, for an agent; the provider connects to it, and no worker does."""
    return HostedMCPTool(
        tool_config={
            "type": "mcp",
            "server_label": LABEL,
            "server_url": url,
            "require_approval": require_approval,
        }
    )


def search_tool(situation: Situation) -> str:
    """The name of the server's tool that searches: it has the repository's name in it."""
    name = urlsplit(_url(situation)).path.rstrip("/").rpartition("/")[2] or "repository"
    return f"search_{name}_documentation"


def ask_to_search(situation: Situation) -> AskApproval:
    """The question of a provider whether it may call that tool."""
    return AskApproval(LABEL, search_tool(situation), {"query": situation.text})


def answer_from_pages(situation: Situation) -> Steps:
    """The call of that tool as a provider shows it, and an answer from a shipped sample page."""
    url = _url(situation)
    pages = [page for page in passages_of("repositories.md") if page.source == url]
    passages = search(pages, situation.text, most=1)
    step = McpCall(
        id=FAKE_RESPONSES_ID,
        name=search_tool(situation),
        server_label=LABEL,
        arguments=to_json({"query": situation.text}).decode(),
        output="\n".join(page.text for page in passages),
        status="completed",
        type="mcp_call",
    )
    if not passages:
        return Steps([step], f"Offline, I have no sample page of {url} on this.")
    best = passages[0]
    source = f"{best.source}; offline: a shipped sample page, no server was asked."
    return Steps([step], f"{best.first_sentence} ({source})")


def _url(situation: Situation) -> str:
    return str(situation.hosted["hosted_mcp"]["tool_config"]["server_url"])
