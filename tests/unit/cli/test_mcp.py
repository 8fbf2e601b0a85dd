"""``segue mcp``: what reaches the server, and what clients are told to run."""

import json

import pytest

from segue.errors.settings import SettingsError
from segue.music.contracts.mcp_server import ClientCommand, McpServerOptions
from tests.fakes.music_service import FakeInstallation


class McpInstallation(FakeInstallation):
    """Notes how it was asked to serve."""

    def __init__(self):
        super().__init__()
        self.served: list[McpServerOptions] = []
        self.fails: SettingsError | None = None

    async def serve_spotify_mcp(self, how, announce):
        if self.fails:
            raise self.fails
        self.served.append(how)
        if how.transport == "http":
            announce("http://127.0.0.1:8003/mcp")

    def mcp_command(self):
        return ClientCommand("/bin/python", ("-m", "segue"), {"SEGUE_DATA_DIR": "/data/it's"})


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

    assert json.loads(result.stdout) == {
        "mcpServers": {
            "segue": {
                "command": "/bin/python",
                "args": ["-m", "segue"],
                "env": {"SEGUE_DATA_DIR": "/data/it's"},
            }
        }
    }


def test_the_snippet_for_goose_names_command_arguments_and_paths(segue):
    lines = segue("mcp", "config", "goose", on=McpInstallation()).stdout.splitlines()

    assert lines[:2] == ["extensions:", "  segue:"]
    assert '    cmd: "/bin/python"' in lines
    assert lines[lines.index("    args:") + 1] == '      - "-m"'
    assert lines[-1] == '''      SEGUE_DATA_DIR: "/data/it's"'''
