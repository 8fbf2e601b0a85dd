"""The key with which MCP servers seal what clients carry from one round of a call to the next.

With a key of each process, a question to the user would die with a restart, or at a second process.
"""

import secrets
from pathlib import Path

from mcp.server.mcpserver import RequestStateSecurity

from segue.storage.private_files import make_private_file

KEY_FILE = "mcp-request-state.key"
_KEY_BYTES = 32  # what AES-256 takes


def request_state_security(folder: Path) -> RequestStateSecurity:
    """The security of every MCP server of a data folder; the first one makes the key.

    Args:
        folder: Made when missing.

    Raises:
        OSError: The key can neither be read nor made.
    """
    file = folder / KEY_FILE
    key = _read(file)
    while key is None:
        draft = folder / f"{KEY_FILE}.{secrets.token_hex(8)}"
        make_private_file(draft)
        draft.write_text(secrets.token_hex(_KEY_BYTES), encoding="ascii")
        try:
            file.hardlink_to(draft)  # whole, and never over another's
        except FileExistsError:
            pass
        finally:
            draft.unlink()
        key = _read(file)
    return RequestStateSecurity(keys=[key])


def _read(file: Path) -> str | None:
    try:
        return file.read_text(encoding="ascii")
    except FileNotFoundError:
        return None
