"""LiteLLM in the form of the Agents SDK; imported by ``litellm_models`` when it is used."""

import warnings
from dataclasses import replace

import litellm
from agents.extensions.models.litellm_model import LitellmModel
from litellm.llms.custom_httpx.async_client_cleanup import close_litellm_async_clients
from openai import AsyncOpenAI

from segue.llm.whole_streams import Passed, whole

litellm.suppress_debug_info = True  # it prints advice to the console at each failure
litellm.turn_off_message_logging = True
# Its aiohttp transport takes a cut connection for the end of the answer.
litellm.disable_aiohttp_transport = True

# Pydantic says so of types of LiteLLM's own, when the first answer comes.
warnings.filterwarnings("ignore", "Item '.*' on TypedDict class", UserWarning)

_NO_RETRIES = {"max_retries": 0, "num_retries": 0}


class WholeLitellmModel(LitellmModel):
    """The SDK's model, which never tries again by itself and fails when the answer was cut."""

    async def _fetch_response(
        self,
        instructions: Passed,
        items: Passed,
        settings: Passed,
        *rest: Passed,
        **options: Passed,
    ) -> Passed:
        once = replace(settings, extra_args={**(settings.extra_args or {}), **_NO_RETRIES})
        return whole(await super()._fetch_response(instructions, items, once, *rest, **options))


async def close() -> None:
    """Close the connections that LiteLLM keeps."""
    clients: Passed = litellm.in_memory_llm_clients_cache
    for client in clients.cache_dict.values():
        if isinstance(client, AsyncOpenAI):  # LiteLLM's own way to close leaves these open
            await client.close()
    await close_litellm_async_clients()
    clients.flush_cache()
