"""Models that LiteLLM reaches (extra ``litellm``), which is imported when the first is made."""

import logging
import os

from agents import Model

from segue.llm.names import OtherModel

# LiteLLM reads these when it is imported: take the price list and header table from the package and
# not from GitHub, and leave the environment alone (in its other mode it loads ``.env`` into it).
_QUIET = {
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS": "True",
    "LITELLM_LOCAL_BLOG_POSTS": "True",
    "LITELLM_MODE": "PRODUCTION",
}
_LOGGERS = ("LiteLLM", "LiteLLM Router", "LiteLLM Proxy")


def litellm_model(model: OtherModel, *, api_key: str | None, base_url: str | None = None) -> Model:
    """A model by LiteLLM, which is imported now: about three seconds, once in a process.

    Args:
        model: The model and its service.
        api_key: None: LiteLLM finds the service's own variable.
        base_url: None: the service's usual address.
    """
    _keep_quiet()
    from segue.llm.litellm_adapter import WholeLitellmModel  # noqa: PLC0415 - only for its users

    return WholeLitellmModel(model=model.for_litellm, api_key=api_key, base_url=base_url)


async def close_litellm() -> None:
    """Close LiteLLM's connections, which it keeps for the whole process."""
    from segue.llm.litellm_adapter import close  # noqa: PLC0415 - only for its users

    await close()


def _keep_quiet() -> None:
    for name, value in _QUIET.items():
        # LiteLLM has no other switch for what it does at import; nothing is read here.
        os.environ.setdefault(name, value)  # noqa: TID251 - it writes, it reads nothing
    for name in _LOGGERS:
        logging.getLogger(name).disabled = True  # it logs requests, which hold prompts
