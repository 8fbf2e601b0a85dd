"""A real, small language model in a real llama.cpp server, for whoever has both.

``SEGUE_LLAMA_SERVER`` names the program and ``SEGUE_LLAMA_MODEL`` the weights (GGUF); ``make
test-model`` looks for both. Without them these tests skip.
"""

import os
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
def llama(tmp_path_factory: pytest.TempPathFactory) -> Generator[LlamaServer]:
    """The model, served; one server for all of these tests."""
    program, weights = _part("SEGUE_LLAMA_SERVER"), _part("SEGUE_LLAMA_MODEL")
    (port,) = free_ports(1)
    with (tmp_path_factory.mktemp("llama") / "server.log").open("ab") as log:
        server = LlamaServer(program, weights, port, log)
        server.start()
        yield server
        server.kill()


@pytest.fixture
def llm_config(llama: LlamaServer) -> LlmConfig:
    """Segue's way to the model."""
    return LlmConfig(
        model=MODEL, openai_base_url=llama.base_url, openai_api_key="none", openai_api="chat"
    )
