"""What the toy does outside of workflows."""

from temporalio import activity

from tests.fakes.toy_feature.errors import TallyError
from tests.fakes.toy_feature.wire import COUNT_WORDS, TallyRequest


class TallyActivities:
    """Counting.

    Args:
        most: Words in a text, at most.
    """

    def __init__(self, most: int) -> None:
        self._most = most

    @activity.defn(name=COUNT_WORDS)
    async def count_words(self, request: TallyRequest) -> int:
        """Count the words of a text.

        Idempotency: the same text has the same words.
        """
        words = len(request.text.split())
        if words > self._most:
            raise TallyError(f"Expected at most {self._most} words, got {words}.")
        return words
