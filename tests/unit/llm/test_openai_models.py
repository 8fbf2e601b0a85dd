import json

import httpx2
import pytest
from agents import ModelSettings, ModelTracing
from openai import AsyncOpenAI

from segue.llm.openai_models import openai_model

ANSWER = {
    "id": "c1",
    "object": "chat.completion",
    "created": 0,
    "model": "o3",
    "choices": [
        {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Hi"}}
    ],
}


@pytest.mark.parametrize(
    ("base_url", "name"),
    [
        ("https://api.openai.com/v1", "max_completion_tokens"),
        ("https://models.example/v1", "max_tokens"),
    ],
)
async def test_a_limit_on_tokens_has_the_name_that_the_service_knows(base_url, name):
    bodies = []

    def answer(request):
        bodies.append(json.loads(request.content))
        return httpx2.Response(200, json=ANSWER)

    http = httpx2.AsyncClient(transport=httpx2.MockTransport(answer))
    client = AsyncOpenAI(api_key="k", base_url=base_url, http_client=http)
    await openai_model(client, "o3", api="chat").get_response(
        None,
        "Hello",
        ModelSettings(max_tokens=400),
        [],
        None,
        [],
        ModelTracing.DISABLED,
        previous_response_id=None,
        conversation_id=None,
        prompt=None,
    )
    await client.close()

    (body,) = bodies
    assert {key for key in body if key.startswith("max_")} == {name}
    assert body[name] == 400
