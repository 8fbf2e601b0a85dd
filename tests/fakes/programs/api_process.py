"""The HTTP API as a process: ``segue api`` on a stack of its own, asked over HTTP."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx2

from segue.music.contracts.songs import Track
from segue.music.register.local_catalogue import catalogue_import
from segue.settings.load import embedded_settings
from segue.web.open_keys import open_keys
from segue.web.scopes import Scope
from tests.fakes.programs.processes import write_catalogue
from tests.fakes.worlds.web import bearer

_WITHIN_S = 120.0  # a stack starts within ten seconds; the rest is a busy machine
_POLL_S = 0.05


@dataclass
class ApiProcess:
    """``segue api`` and a client of it.

    Attributes:
        folder: The data folder; it outlives a restart.
        environment: More settings.
        url: Where it answers.
    """

    folder: Path
    environment: dict[str, str] = field(default_factory=dict[str, str])
    url: str = ""
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def output(self) -> str:
        """What it said so far."""
        return (self.folder / "api.out").read_text(encoding="utf-8")

    def start(self, *arguments: str) -> None:
        """Start, and wait until it answers."""
        with (self.folder / "api.out").open("wb") as out:
            self._process = subprocess.Popen(
                [*_SEGUE, "api", "--port", "0", *arguments],
                env=self._environment(),
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + _WITHIN_S
        while "answers at" not in self.output:
            assert self._process.poll() is None, self.output
            assert time.monotonic() < deadline, self.output
            time.sleep(_POLL_S)
        self.url = self.output.partition("answers at ")[2].partition(";")[0]

    def stop(self) -> int:
        """SIGTERM, and the exit status."""
        assert self._process, "it was not started"
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(timeout=_WITHIN_S)

    def segue(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run another command on the same data."""
        return subprocess.run(
            [*_SEGUE, *arguments],
            env=self._environment(),
            capture_output=True,
            text=True,
            timeout=_WITHIN_S,
            check=False,
        )

    def first_key(self) -> dict[str, str]:
        """Headers with the key that the first start made."""
        text = (self.folder / "api-key").read_text(encoding="ascii").strip()
        return {"Authorization": f"Bearer {text}"}

    async def key(self, *scopes: Scope) -> dict[str, str]:
        """Headers with a new key, made beside the process as the command does."""
        async with open_keys(embedded_settings(self.folder)) as keys:
            return bearer(await keys.create("test", scopes))

    def client(self, headers: dict[str, str] | None = None) -> httpx2.AsyncClient:
        """A client; close it."""
        return httpx2.AsyncClient(
            base_url=self.url, headers=headers or {}, trust_env=False, timeout=60
        )

    def _environment(self) -> dict[str, str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("SEGUE_", "TEMPORAL_", "SPOTIFY_", "LLM_"))
        }
        own = {"SEGUE_DATA_DIR": str(self.folder), "SEGUE_ENV_FILE": os.devnull}
        return {**kept, **own, **self.environment}


_SEGUE = (sys.executable, "-m", "segue")


@contextmanager
def running_api(
    folder: Path, catalogue: Sequence[Track], **environment: str
) -> Generator[ApiProcess]:
    """An API whose catalogue holds these tracks; its stack ends with it."""
    csv_file = write_catalogue(folder / "tracks.csv", catalogue)
    catalogue_import(embedded_settings(folder), csv_file, lambda _: None)
    process = ApiProcess(folder, environment)
    try:
        process.start()
        yield process
    finally:
        status = process.stop()
    assert status == 0, process.output
