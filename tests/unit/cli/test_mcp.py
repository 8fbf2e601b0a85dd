"""``segue mcp``: what reaches the server, and what clients are told to run."""

import json

import pytest

from segue.errors.settings import SettingsError
from segue.music.contracts.mcp_server import McpServerOptions
from segue.platform.mcp.options import ClientCommand, ServingOptions
from tests.fakes.doubles.music_service import FakeInstallation


class McpInstallation(FakeInstallation):
    """Notes how it was asked to serve."""

    def __init__(self):
        super().__init__()
        self.served: list[McpServerOptions] = []
        self.tool_servers: list[tuple[str, ServingOptions]] = []
        self.fails: SettingsError | None = None

    async def serve_spotify_mcp(self, how, announce):
        if self.fails:
            raise self.fails
        self.served.append(how)
        if how.transport == "http":
            announce("http://127.0.0.1:8003/mcp")

    async def serve_tool_server(self, name, how, announce):
        self.tool_servers.append((name, how))
        if how.transport == "http":
            announce("http://127.0.0.1:8001/mcp")

    def mcp_commands(self):
        command = ClientCommand("/bin/python", ("-m", "segue"), {"SEGUE_DATA_DIR": "/data/it's"})
        return {"segue": command, "segue-finance": command}


def test_over_stdio_nothing_but_the_protocol_is_printed(segue):
    installation = McpInstallation()

    result = segue("mcp", "spotify", on=installation)

    assert (result.exit_code, result.stdout) == (0, "")
    assert installation.served == [McpServerOptions()]


def test_every_option_reaches_the_server(segue):
    installation = McpInstallation()

    result = segue(
        *("mcp", "spotify", "--transport", "http", "--host", "::1", "--port", "0", "--stateful"),
        *("--removals", "--no-jobs", "--allowed-host", "a.example", "--allowed-host", "b.example"),
        on=installation,
    )

    assert "answers at http://127.0.0.1:8003/mcp" in result.stdout
    assert installation.served == [
        McpServerOptions(
            transport="http",
            host="::1",
            port=0,
            removals=True,
            jobs=False,
            stateful=True,
            allowed_hosts=("a.example", "b.example"),
        )
    ]


@pytest.mark.parametrize("name", ["finance", "it"])
def test_a_features_server_is_served_by_its_name(segue, name):
    installation = McpInstallation()

    silent = segue("mcp", name, on=installation)
    over_http = segue(
        *("mcp", name, "--transport", "http", "--port", "0", "--allowed-host", "a.example"),
        on=installation,
    )

    assert (silent.exit_code, silent.stdout) == (0, "")
    assert "answers at http://127.0.0.1:8001/mcp" in over_http.stdout
    assert installation.tool_servers == [
        (name, ServingOptions()),
        (name, ServingOptions("http", None, 0, ("a.example",))),
    ]


def test_a_server_that_must_not_start_says_why(segue):
    installation = McpInstallation()
    installation.fails = SettingsError("terms", hint="read them")

    result = segue("mcp", "spotify", on=installation)

    assert result.exit_code == 3
    assert "terms" in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize("client", ["claude", "cursor"])
def test_the_snippet_for_json_clients_is_json(segue, client):
    result = segue("mcp", "config", client, on=McpInstallation())

    server = {
        "command": "/bin/python",
        "args": ["-m", "segue"],
        "env": {"SEGUE_DATA_DIR": "/data/it's"},
    }
    assert json.loads(result.stdout) == {"mcpServers": {"segue": server, "segue-finance": server}}


def test_the_snippet_for_goose_names_command_arguments_and_paths(segue):
    lines = segue("mcp", "config", "goose", on=McpInstallation()).stdout.splitlines()

    assert lines[:2] == ["extensions:", "  segue:"]
    assert '    cmd: "/bin/python"' in lines
    assert lines[lines.index("    args:") + 1] == '      - "-m"'
    assert lines[lines.index("  segue-finance:") + 1] == "    name: segue-finance"
    assert lines[-1] == '''      SEGUE_DATA_DIR: "/data/it's"'''
