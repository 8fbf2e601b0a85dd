"""Tools that fail in different ways: tried again, refused for good, and never begun twice."""

from temporalio import activity, workflow

with workflow.unsafe.imports_passed_through():
    import re
    from datetime import timedelta

    from agents import Agent
    from temporalio.exceptions import ApplicationError

    from segue.gallery.pattern import Pattern, Sample
    from segue.llm.offline.replies import Reply, call
    from segue.llm.offline.rules import AgentRules
    from segue.llm.offline.situation import Situation, ToolOutput
    from segue.runs.limits import CallLimits
    from segue.runs.workflow.agent_run import run_agent
    from segue.runs.workflow.tools import activity_tool

TRIES = 3
LIMITS = CallLimits(
    start_to_close=timedelta(seconds=10),
    schedule_to_close=timedelta(minutes=1),
    attempts=TRIES,
    first_wait=timedelta(milliseconds=100),
)


@activity.defn(name="gallery_forecast")
async def forecast(city: str) -> str:
    """The weather of tomorrow.

    Raises:
        ConnectionError: The service is away; it comes back for the third try.

    Idempotency: reads only.
    """
    attempt = activity.info().attempt
    if attempt < TRIES:
        raise ConnectionError("The weather service is away (sample).")
    return f"sun in {city}, at try {attempt} (sample data)"


@activity.defn(name="gallery_find_hotel")
async def find_hotel(city: str) -> str:
    """A hotel in a city.

    Raises:
        ApplicationError: There is none. The model is told the type, and never the message, which
            may quote what it must not read.

    Idempotency: reads only.
    """
    if city == "Atlantis":
        raise ApplicationError("Row 7 has no hotel.", type="NoHotelThere", non_retryable=True)
    return f"Hotel {city} (sample data)"


@activity.defn(name="gallery_send_card")
async def send_card(city: str) -> str:
    """Send a postcard from a city.

    Raises:
        ConnectionError: The line broke after the card was handed over. A second try would go
            through, and send a second card.

    Idempotency: none, as with many services; that is why the tool says `effect="once"`.
    """
    if city == "Atlantis" and activity.info().attempt == 1:
        raise ConnectionError("The line broke (sample).")
    return f"sent from {city} (a sample: no card was sent)"


def errand_agent() -> Agent[None]:
    """The agent with the three tools."""
    return Agent(
        name="Errand agent",
        instructions=(
            "Look up the weather, find a hotel and send a card, all at once. Say what came of each."
            " What nobody knows the outcome of you leave to the user."
        ),
        tools=[
            activity_tool(forecast, limits=LIMITS),
            activity_tool(find_hotel, limits=LIMITS),
            activity_tool(send_card, effect="once", limits=LIMITS),
        ],
    )


@workflow.defn(name="RetryWorkflow")
class RetryWorkflow:
    """Prepare a trip with tools that fail."""

    @workflow.run
    async def run(self, request: str) -> str:
        """What came of each errand."""
        outcome = await run_agent(errand_agent(), request)
        return str(outcome.output if outcome.failure is None else outcome.failure.message)


# --- what the offline model answers ---

_rules = AgentRules("Errand agent")
_CITY = re.compile(r"day in (?P<city>\w+)", re.IGNORECASE)
_ERRANDS = ("forecast", "find_hotel", "send_card")


@_rules.when(lambda situation: _CITY.search(situation.text) is not None)
def _run_errands(situation: Situation) -> Reply:
    match = _CITY.search(situation.text)
    return [call(errand, city=match["city"] if match else "") for errand in _ERRANDS]


@_rules.after(*_ERRANDS)
def _report(situation: Situation) -> Reply:
    return "\n".join(_line(situation.output_of(errand)) for errand in _ERRANDS)


_rules.otherwise().reply("Where to? `A day in Rome`.")


def _line(output: ToolOutput) -> str:
    if isinstance(output.data, str):
        return f"{output.tool}: {output.text}"
    error = output.data["error"]
    if error["code"] == "run.effect_unknown":
        return f"{output.tool}: nobody knows whether it happened, so I did not try again"
    return f"{output.tool}: not done. {error['message']}"


PATTERN = Pattern(
    title="Tools that fail",
    shows="Three tools side by side: one tried until it works, one refused, one never begun twice.",
    when="Tools call services that are away at times, refuse, or break off in the middle.",
    when_not="The tool only computes: let it raise, the model is told.",
    durable=(
        "How often a tool has failed, and that an effect was begun, is in the database before the"
        " next try. A worker that dies uses up none of the tries."
    ),
    adapt=(
        "Raise what may pass as it comes, and what is final as a non-retryable `ApplicationError`"
        ' whose type says why. Say `effect="once"` where the other side knows no idempotency key.'
    ),
    workflow=RetryWorkflow,
    samples=(
        Sample(
            "Prepare a day in Atlantis",
            answer=(
                "forecast: sun in Atlantis, at try 3",
                r"find_hotel: not done\. .*NoHotelThere",
                "send_card: nobody knows whether it happened",
            ),
        ),
        Sample(
            "Prepare a day in Rome",
            answer=("forecast: sun in Rome", "find_hotel: Hotel Rome", "send_card: sent from Rome"),
        ),
    ),
    activities=lambda _: [forecast, find_hotel, send_card],
    rules=(_rules,),
)
