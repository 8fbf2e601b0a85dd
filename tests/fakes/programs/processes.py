"""Real processes for tests: started here, ended here."""

import csv
import subprocess
import sys
import time
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx2

from segue.music.catalogues.local.faults import FaultPlan
from segue.music.contracts.songs import Track

START_SECONDS = 20  # a loaded machine; a start takes well under one second
POLL_SECONDS = 0.02


def write_catalogue(path: Path, tracks: Iterable[Track]) -> Path:
    """A catalogue CSV of these tracks."""
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["id", "title", "artists", "album", "release_date", "duration_ms", "isrc"])
        for track in tracks:
            rows.writerow([
                track.uri.rpartition(":")[2],
                track.title,
                "|".join(track.artists),
                track.album or "",
                track.release_date or "",
                track.duration_ms or "",
                track.isrc or "",
            ])
    return path


@dataclass
class LocalCatalogueProcess:
    """The local catalogue service in its own process.

    Attributes:
        folder: Where its files are; they outlive a kill.
        catalogue: First CSV; None takes the shipped one.
        old_api: Speak as before February 2026.
        initial_faults: In force from the start of each process.
    """

    folder: Path
    catalogue: Path | None = None
    old_api: bool = False
    initial_faults: FaultPlan | None = None
    port: int = 0
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start and wait until it answers; a restart keeps the port."""
        ready = self.folder / "ready"
        ready.unlink(missing_ok=True)
        self._process = subprocess.Popen([*self._command(), "--ready-file", str(ready)])
        deadline = time.monotonic() + START_SECONDS
        while not ready.exists():
            assert self._process.poll() is None, "the local catalogue ended at its start"
            assert time.monotonic() < deadline, "the local catalogue did not start"
            time.sleep(POLL_SECONDS)
        self.port = int(ready.read_text(encoding="utf-8"))

    def kill(self) -> None:
        """SIGKILL: no chance to clean up."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def stop(self) -> int | None:
        """SIGTERM, and the exit status."""
        if self._process is None:
            return None
        self._process.terminate()
        status = self._process.wait(timeout=START_SECONDS)
        self._process = None
        return status

    def restart(self) -> None:
        """Kill, if it runs, and start again on the same port and files."""
        self.kill()
        self.start()

    def faults(self, plan: FaultPlan) -> None:
        """Put a plan in force."""
        answer = httpx2.post(
            f"{self.url}/_faults", json=plan.model_dump(mode="json"), trust_env=False
        )
        answer.raise_for_status()

    def counters(self) -> dict[str, dict[str, int]]:
        """``requests`` per method and path, ``injected`` per kind of fault."""
        report = httpx2.get(f"{self.url}/_faults", trust_env=False).json()
        return {"requests": report["requests"], "injected": report["injected"]}

    def _command(self) -> list[str]:
        command = [
            *(sys.executable, "-m", "segue.music.catalogues.local.serve"),
            *("--index", str(self.folder / "index.db")),
            *("--playlists", str(self.folder / "playlists.db")),
            *("--port", str(self.port)),
        ]
        if self.catalogue is not None:
            command += ["--catalogue", str(self.catalogue)]
        if self.initial_faults is not None:
            command += ["--faults", self.initial_faults.model_dump_json()]
        return command + (["--old-api"] if self.old_api else [])


@contextmanager
def running_local_catalogue(
    folder: Path, tracks: Iterable[Track] | None = None, *, old_api: bool = False
) -> Generator[LocalCatalogueProcess]:
    """A service that is answering, and is gone afterwards."""
    catalogue = None if tracks is None else write_catalogue(folder / "tracks.csv", tracks)
    process = LocalCatalogueProcess(folder, catalogue, old_api=old_api)
    process.start()
    try:
        yield process
    finally:
        process.stop()
