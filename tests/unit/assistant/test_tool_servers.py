"""What MCP servers offer the assistant, and whose address they are asked at."""

import logging
from collections.abc import Sequence

import pytest
from mcp_types import Tool

from segue.assistant.register.tool_servers import open_tool_servers
from segue.assistant.tool_servers import ToolServers
from segue.assistant.wire.payloads import ServerTool, ServerTools, ToolList
from segue.errors.tools import ToolServerAwayError
from segue.platform.mcp.client import ToolServerClient
from segue.wiring.features import FEATURES, features_named, read_settings
from segue.wiring.platform import WORKER, open_platform


class Listed(ToolServerClient):
    """A server that offers some tools; None: it is away."""

    offered: Sequence[str] | None = ()

    async def tools(self) -> list[Tool]:
        if self.offered is None:
            raise ToolServerAwayError("away")
        return [Tool(name=name, input_schema={"type": "object"}) for name in self.offered]


def server(name: str, offered: Sequence[str] | None) -> Listed:
    made = Listed(name, "here", lambda _: pytest.fail("it is not connected to"))
    object.__setattr__(made, "offered", offered)
    return made


def names_of(tools: ToolList) -> list[list[str]]:
    return [[tool.name for tool in each.tools] for each in tools.servers]


async def test_of_one_name_there_is_one_tool_and_none_that_a_model_cannot_name():
    servers = ToolServers(
        [
            server("a", ["calculator", "note", "no name", "x" * 65]),
            server("b", ["note", "open_it_session", "find"]),
        ],
        own=["calculator"],
    )

    offered = await servers.refresh(ToolList())

    assert names_of(offered) == [["note"], ["find"]]
    assert offered.servers[0].tools[0].parameters == {"type": "object", "properties": {}}


async def test_of_a_server_that_is_away_what_it_offered_last_stays():
    known = ToolList(servers=(ServerTools(server="a", tools=(ServerTool(name="note"),)),))

    offered = await ToolServers([server("a", None), server("b", None)]).refresh(known)

    assert names_of(offered) == [["note"], []]
    assert [each.away for each in offered.servers] == [True, True]


def test_only_what_changes_is_told_and_a_server_that_is_back_is_whole_again():
    note, find = ServerTool(name="note"), ServerTool(name="find")
    a, b = ServerTools(server="a", tools=(note,)), ServerTools(server="b", tools=(find,))
    known = ToolList(servers=(a, b))
    away = ToolList(servers=(a, b.model_copy(update={"away": True})))
    alone = ToolList(servers=(a,))
    changes = known.changes_to(away)

    assert known.changes_to(known) is None
    assert changes == ToolList(servers=(ServerTools(server="b", away=True),))
    for before, after in ((known, away), (away, known), (ToolList(), known)):
        changes = before.changes_to(after)
        assert changes is not None
        assert before.changed_by(changes) == after
    gone = known.changes_to(alone)
    assert gone is not None
    assert names_of(known.changed_by(gone)) == [["note"], []]


async def test_a_tool_that_is_gated_from_now_on_is_so_although_its_server_is_away():
    known = ToolList(servers=(ServerTools(server="a", tools=(ServerTool(name="pay"),)),))

    now = await ToolServers([server("a", None)], ask_before=["pay"]).refresh(known)
    changes = known.changes_to(now)

    assert changes is not None
    (row,) = known.changed_by(changes).servers
    assert row.tools[0].asks


def test_a_server_that_is_gone_is_told_of_once():
    known = ToolList(servers=(ServerTools(server="a", tools=(ServerTool(name="note"),)),))
    changes = known.changes_to(ToolList())

    assert changes is not None
    assert known.changed_by(changes).changes_to(ToolList()) is None


async def test_who_asks_before_a_tool_that_nobody_offers_is_warned_once(caplog):
    servers = ToolServers([server("a", ["pay"])], ask_before=["pay", "pya"])
    with caplog.at_level(logging.WARNING):
        offered = await servers.refresh(ToolList())
        await servers.refresh(offered)

    assert offered.servers[0].tools[0].asks
    assert [record.message for record in caplog.records] == [
        "SEGUE_CHAT_ASK_BEFORE names tools that no server offers: pya"
    ]


async def test_a_server_that_is_no_part_of_the_installation_is_away():
    with pytest.raises(ToolServerAwayError, match="not a part of this installation"):
        await ToolServers([]).call("gone", "note", {}, {})


async def test_a_server_with_an_address_is_asked_there_and_any_other_is_held_by_the_worker(
    monkeypatch, tmp_path
):
    for name in ("SEGUE_IT_MCP_URL", "SEGUE_FINANCE_MCP_URL", "SEGUE_MCP_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SEGUE_ENV_FILE", "/nowhere")
    monkeypatch.setenv("SEGUE_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("SEGUE_IT_MCP_URL", "http://127.0.0.1:1/mcp")
    monkeypatch.setenv("SEGUE_CHAT_ASK_BEFORE", "stock_price, ")
    async with (
        open_platform(read_settings(), features=FEATURES, kind=WORKER) as platform,
        open_tool_servers(platform) as servers,
    ):
        offered = await servers.refresh(ToolList())
    async with (
        open_platform(read_settings(), features=features_named(FEATURES, ["assistant"])) as alone,
        open_tool_servers(alone) as none,
    ):
        nothing = await none.refresh(ToolList())

    assert names_of(offered) == [["stock_price", "calculate_roi"], []]
    assert [tool.asks for tool in offered.servers[0].tools] == [True, False]
    assert [each.away for each in offered.servers] == [False, True]
    assert nothing == ToolList()
