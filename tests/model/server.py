"""The server that runs the model, as tests start it, look at it and kill it."""

import re
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import httpx2

from segue.runtime.ports import LOOPBACK
from segue.runtime.processes import leash_command

MODEL = "small"
_GENERATED = re.compile(r"^llamacpp:tokens_predicted_total (\S+)$", re.MULTILINE)
_READY_WITHIN_S = 120.0  # it reads the weights from disk first


@dataclass
class LlamaServer:
    """A llama.cpp server; close it when done.

    Attributes:
        program: ``llama-server``.
        weights: A GGUF file.
        log: Takes what it writes.
    """

    program: Path
    weights: Path
    port: int
    log: BinaryIO
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def url(self) -> str:
        """Without a path."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def base_url(self) -> str:
        """What clients take as ``base_url``."""
        return f"{self.url}/v1"

    def start(self) -> None:
        """Start it and wait until it answers."""
        command = [
            *(str(self.program), "-m", str(self.weights), "--alias", MODEL),
            *("--host", LOOPBACK, "--port", str(self.port), "--jinja", "--metrics", "--no-ui"),
            # One thread: two wait for each other whenever something else runs, and Segue does.
            *("-c", "8192", "-np", "2", "-t", "1"),
        ]
        self._process = subprocess.Popen(
            leash_command(command), stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log
        )
        deadline = time.monotonic() + _READY_WITHIN_S
        while not self._is_ready():
            assert self._process.poll() is None, "the model's server ended at its start"
            assert time.monotonic() < deadline, "the model's server is not ready"
            time.sleep(0.1)

    def kill(self) -> None:
        """SIGKILL."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    async def generated_tokens(self) -> int:
        """How many tokens it has said since its start."""
        async with httpx2.AsyncClient(trust_env=False, timeout=30) as http:
            text = (await http.get(f"{self.url}/metrics")).text
        found = _GENERATED.search(text)
        assert found, text
        return int(float(found[1]))

    async def is_busy(self) -> bool:
        """Whether it works on an answer."""
        async with httpx2.AsyncClient(trust_env=False, timeout=30) as http:
            slots = (await http.get(f"{self.url}/slots")).json()
        return any(slot["is_processing"] for slot in slots)

    async def is_idle(self) -> bool:
        """Whether it works on none."""
        return not await self.is_busy()

    def _is_ready(self) -> bool:
        try:
            return httpx2.get(f"{self.url}/health", trust_env=False, timeout=5).is_success
        except httpx2.HTTPError:
            return False
