"""How long and how often anything that an agent does may be tried."""

from dataclasses import dataclass, field
from datetime import timedelta

from temporalio.common import RetryPolicy

MODELS_QUEUE = "models"

# Longer texts stay in the store, where a run allows it; the workflow holds their beginning.
KEPT_CHARACTERS = 2_048

# A longer tool result is cut, and says so: it would push the conversation out of the model's view.
RESULT_CHARACTERS = 32_768


@dataclass(frozen=True, kw_only=True)
class CallLimits:
    """Bounds of one activity.

    Attributes:
        start_to_close: One attempt.
        schedule_to_close: All attempts with their waits; also the longest Retry-After honoured.
        attempts: At most, > 0.
        patience: Of a call of a model: how long its service may be away.
        first_wait: Before the second attempt; each later wait is twice as long, up to 30 s.
    """

    start_to_close: timedelta
    schedule_to_close: timedelta
    attempts: int
    patience: timedelta = timedelta(minutes=15)
    first_wait: timedelta = timedelta(seconds=1)

    def retry(self) -> RetryPolicy:
        """The policy that keeps to the bounds."""
        return RetryPolicy(
            initial_interval=self.first_wait,
            backoff_coefficient=2.0,
            maximum_interval=timedelta(seconds=30),
            maximum_attempts=self.attempts,
        )


# A long answer of a slow model takes minutes; a service that is away for longer than a quarter of
# an hour is told to the user. The attempts suffice for all waits of so long and for two dozen of
# workers that died meanwhile, which count here and nowhere else; which failures end sooner:
# ``segue.runs.worker.tries``.
MODEL_CALL = CallLimits(
    start_to_close=timedelta(minutes=10), schedule_to_close=timedelta(minutes=30), attempts=60
)
# The attempts are those that may fail; for workers that die there are more (``tool_calls``).
TOOL_CALL = CallLimits(
    start_to_close=timedelta(minutes=2), schedule_to_close=timedelta(minutes=10), attempts=3
)
# Short statements to our own database. The tries are used up before the time is, whatever each one
# costs, so that an outage is seen to be one and waited for (``segue.runtime.outages``).
RECORD = CallLimits(
    start_to_close=timedelta(seconds=10), schedule_to_close=timedelta(minutes=15), attempts=20
)

# A person who cancels waits no longer than this for the database to hear of it.
CANCELLED_WITHIN = timedelta(seconds=5)


@dataclass(frozen=True, kw_only=True)
class Renewal:
    """When a run goes on as a new run of its workflow, so that its history stays small.

    Attributes:
        turns: After so many finished turns; 50 to 100 keep the replay of a lost run short.
        bytes: After so many bytes of history, also in the middle of a turn; > 0.
        messages: After so many messages; Temporal takes 2,000 updates in one run, decisions too.
    """

    turns: int = 60
    bytes: int = 1_000_000
    messages: int = 1_500


@dataclass(frozen=True, kw_only=True)
class Limits:
    """All bounds of a run.

    Attributes:
        model_call: Of every call of a model.
        renewal: When the workflow goes on as a new run.
        max_turns: Calls of models until the run ends without an answer, unless the caller says.
    """

    model_call: CallLimits = MODEL_CALL
    renewal: Renewal = field(default_factory=Renewal)
    max_turns: int = 10
