from types import SimpleNamespace

import pytest

from segue.errors.model import ContentFilteredError, ModelRequestError, UnusableAnswerError
from segue.llm.whole_streams import WholeStream, whole


class Chunks:
    """A stream of chunks with these finish reasons."""

    response = "the HTTP response"

    def __init__(self, *reasons):
        self.reasons = reasons

    async def __aiter__(self):
        for reason in self.reasons:
            yield SimpleNamespace(choices=[SimpleNamespace(finish_reason=reason)])
        yield SimpleNamespace(choices=[])  # the usage


class LitellmChunks(Chunks):
    """LiteLLM ends every stream well, and remembers what the service said."""

    intermittent_finish_reason = None

    def __init__(self, said):
        super().__init__(None, "stop")
        self.received_finish_reason = said


async def read(stream):
    return [chunk async for chunk in WholeStream(stream)]


@pytest.mark.parametrize("reason", ["stop", "tool_calls", "anything new"])
async def test_a_stream_that_was_ended_passes_whole(reason):
    assert len(await read(Chunks(None, None, reason))) == 4


async def test_a_stream_that_merely_stops_is_half_an_answer():
    with pytest.raises(UnusableAnswerError):
        await read(Chunks(None, None))


async def test_what_litellm_says_in_the_services_name_does_not_count():
    assert len(await read(LitellmChunks("stop"))) == 3
    with pytest.raises(UnusableAnswerError):
        await read(LitellmChunks(None))


@pytest.mark.parametrize(
    ("reason", "kind"), [("content_filter", ContentFilteredError), ("length", ModelRequestError)]
)
async def test_an_answer_that_was_cut_off_does_not_pass(reason, kind):
    with pytest.raises(kind):
        await read(Chunks(None, reason))
    with pytest.raises(kind):
        whole(SimpleNamespace(choices=[SimpleNamespace(finish_reason=reason)]))


def test_an_answer_without_choices_is_left_to_the_sdk():
    answer = SimpleNamespace(choices=None)
    assert whole(answer) is answer


def test_what_is_no_stream_is_no_answer():
    with pytest.raises(UnusableAnswerError):
        whole(("response", "<html>"))


def test_the_stream_is_otherwise_what_it_was():
    response, stream = whole(("made up", Chunks()))
    assert (response, stream.response) == ("made up", "the HTTP response")
