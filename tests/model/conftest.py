"""A real, small language model in a real llama.cpp server, for whoever has both.

``SEGUE_LLAMA_SERVER`` names the program and ``SEGUE_LLAMA_MODEL`` the weights (GGUF); ``make
test-model`` looks for both. Without them these tests skip.
"""

import lzma
import os
import stat
from collections.abc import Generator
from pathlib import Path

import pytest

from segue.llm.config import LlmConfig
from segue.runtime.ports import free_ports
from tests.model.server import MODEL, LlamaServer


def _part(variable: str) -> Path:
    named = os.environ.get(variable)
    if not named:
        pytest.skip(f"{variable} is not set: there is no model to ask (make test-model)")
    return Path(named)


@pytest.fixture(scope="session")
def llama_program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The server; one that is packed is unpacked."""
    packed = _part("SEGUE_LLAMA_SERVER")
    if packed.suffix != ".xz":
        return packed
    program = tmp_path_factory.mktemp("llama") / "llama-server"
    program.write_bytes(lzma.decompress(packed.read_bytes()))
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return program


@pytest.fixture(scope="session")
def llama(llama_program: Path, tmp_path_factory: pytest.TempPathFactory) -> Generator[LlamaServer]:
    """The model, served."""
    (port,) = free_ports(1)
    with (tmp_path_factory.mktemp("llama") / "server.log").open("ab") as log:
        server = LlamaServer(llama_program, _part("SEGUE_LLAMA_MODEL"), port, log)
        server.start()
        yield server
        server.kill()


@pytest.fixture
def llm_config(llama: LlamaServer) -> LlmConfig:
    """Segue's way to the model."""
    return LlmConfig(
        model=MODEL, openai_base_url=llama.base_url, openai_api_key="none", openai_api="chat"
    )
