"""Count each span's end once, and only where its code came to the end."""

import sys
import threading
from collections import OrderedDict
from typing import Any

from agents.tracing import Span, get_current_trace
from temporalio import workflow

# Far more than one workflow task makes; about 1 MB.
_REMEMBERED = 10_000


class Endings:
    """Decides which ends of spans are exported; safe from any thread.

    Ends in a replay do not come here: the plugin's trace provider keeps them back. Two others do.

    A workflow task that fails or times out is run again, and that is no replay: spans it had
    already ended are ended again, under the same ids. Another process cannot know of the first
    time; there the equal ids are what a reader goes by.

    A worker that stops drops the runs in its cache as they are. Their coroutines are destroyed some
    time later, in whatever thread collects garbage, and close their spans, which in truth go on in
    another worker.
    """

    def __init__(self, most_spans: int = _REMEMBERED) -> None:
        self._remembered = most_spans
        self._seen: OrderedDict[str, None] = OrderedDict()
        self._lock = threading.Lock()

    def counts(self, span: Span[Any]) -> bool:
        """Whether this end is the span's own, and the first one."""
        return not _is_destroyed(span) and self.first(span.span_id)

    def first(self, identity: str) -> bool:
        """Whether this id comes for the first time; the newest ones are remembered."""
        with self._lock:
            if identity in self._seen:
                return False
            self._seen[identity] = None
            if len(self._seen) > self._remembered:
                self._seen.popitem(last=False)
            return True


def _is_destroyed(span: Span[Any]) -> bool:
    """Whether the code in the span is being destroyed instead of run.

    A generator that its reader leaves early is closed in the same way, in its own trace though.
    """
    error = sys.exception()
    while error is not None and not isinstance(error, GeneratorExit):
        error = error.__context__
    if error is None:
        return False
    current = get_current_trace()
    return workflow.in_workflow() or current is None or current.trace_id != span.trace_id
