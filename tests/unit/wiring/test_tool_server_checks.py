"""What ``segue doctor`` says of MCP servers that run elsewhere."""

from dataclasses import replace

import pytest
from pydantic import SecretStr

from segue.errors.tools import ToolServerAwayError, ToolServerRefusedError
from segue.finance.finance_mcp import finance_mcp_server
from segue.finance.service import FinanceService
from segue.platform.mcp.http import PATH, mcp_app
from segue.runtime.http_host import Address, bound, serving
from segue.settings.finance import FinanceSettings
from segue.settings.load import embedded_settings
from segue.settings.mcp import McpSettings
from segue.wiring.features import FEATURES
from segue.wiring.tool_server_checks import tool_server_checks

KEY = "a-token-of-the-owner"


async def nobody() -> FinanceService:
    raise AssertionError("no tool is called")


def looks(folder, url, token):
    settings = replace(
        embedded_settings(folder),
        brought=(FinanceSettings.model_construct(mcp_url=url),),
        mcp=McpSettings.model_construct(token=SecretStr(token)),
    )
    (finance,) = [feature for feature in FEATURES if feature.name == "finance"]
    return dict(tool_server_checks([finance], settings))


async def test_a_server_elsewhere_is_asked_and_one_without_an_address_is_not(tmp_path):
    address = Address("The server", "")
    app = mcp_app(finance_mcp_server(nobody), host=address.host, token=KEY)
    with bound(address) as listener:
        url = f"{listener.url}{PATH}"
        async with serving(app, listener):
            detail = await looks(tmp_path, url, KEY)["Finance MCP server"]()
            with pytest.raises(ToolServerRefusedError):
                await looks(tmp_path, url, KEY[::-1])["Finance MCP server"]()
    with pytest.raises(ToolServerAwayError) as away:
        await looks(tmp_path, url, KEY)["Finance MCP server"]()

    assert detail == f"2 tools at {url}"
    assert "correct its address" in away.value.hint
    assert looks(tmp_path, None, KEY) == {}
