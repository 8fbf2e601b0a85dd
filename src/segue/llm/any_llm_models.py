"""Models that any-llm reaches (extra ``any-llm``); imported only when they are used."""

from functools import partial

from agents.extensions.models.any_llm_model import AnyLLMModel
from any_llm import AnyLLM
from any_llm.exceptions import UnsupportedParameterError

from segue.llm.names import OtherModel
from segue.llm.whole_streams import Passed, whole


def any_llm_model(
    model: OtherModel, *, api_key: str | None, base_url: str | None = None
) -> AnyLLMModel:
    """A model by any-llm; close it when done.

    Args:
        model: The model and its service.
        api_key: None: any-llm finds the service's own variable.
        base_url: None: the service's usual address.
    """
    return _WholeAnyLlmModel(model=model.for_any_llm, api_key=api_key, base_url=base_url)


class _WholeAnyLlmModel(AnyLLMModel):
    """The SDK's model, which never tries again by itself and fails when the answer was cut."""

    def _get_provider(self) -> Passed:
        if False not in self._provider_cache:
            self._provider_cache[False] = self._unretrying_provider()
        return self._provider_cache[False]

    def _unretrying_provider(self) -> Passed:
        make = partial(
            AnyLLM.create,
            self._provider_name,
            api_key=self.api_key,
            api_base=self.base_url,
            unified_exceptions=True,
        )
        try:
            provider = make(max_retries=0)
        except UnsupportedParameterError:  # this service's client never tries again anyway
            provider = make()
        if self._provider_name in {"gemini", "vertexai"}:
            self._normalize_google_tool_result_roles(provider)
        return provider

    async def _fetch_chat_response(self, *args: Passed, **options: Passed) -> Passed:
        return whole(await super()._fetch_chat_response(*args, **options))
