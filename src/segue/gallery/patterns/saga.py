"""Steps with effects, and their opposites in reverse order when a later step cannot be done."""

from temporalio import activity, workflow

with workflow.unsafe.imports_passed_through():
    import asyncio
    import re
    from datetime import timedelta

    from agents import Agent
    from pydantic import Field
    from temporalio.common import RetryPolicy
    from temporalio.exceptions import ApplicationError

    from segue.gallery.pattern import Pattern, Sample
    from segue.llm.offline.replies import Reply, call
    from segue.llm.offline.rules import AgentRules
    from segue.llm.offline.situation import Situation
    from segue.runs.workflow.agent_run import run_agent
    from segue.runs.workflow.tools import ToolArguments, tool

STEPS = ("flight", "hotel", "car")


@activity.defn(name="gallery_book")
async def book(thing: str, city: str) -> str:
    """Book something.

    Raises:
        ApplicationError: It cannot be booked there.

    Idempotency: nothing is booked. A real one gives the other side `idempotency_key()`.
    """
    if thing == "car" and city == "Venice":
        raise ApplicationError("There are no cars in Venice (sample data).", non_retryable=True)
    return f"{thing} in {city}"


@activity.defn(name="gallery_take_back")
async def take_back(booking: str) -> None:
    """Take a booking back.

    Idempotency: nothing was booked. A real one takes back what is taken back already without a
    word: it is tried until it succeeds.
    """


class Booking(ToolArguments):
    """What the agent books."""

    thing: str = Field(description="`flight`, `hotel` or `car`.")
    city: str = Field(description="Where.")


@workflow.defn(name="SagaWorkflow")
class SagaWorkflow:
    """Book a whole trip, or nothing of it."""

    def __init__(self) -> None:
        self._bookings: list[str] = []
        self._obstacle = ""

    @workflow.run
    async def run(self, request: str) -> str:
        """What is booked; where not everything can be, nothing is."""
        try:
            outcome = await run_agent(self._booking_agent(), request)
        except (Exception, asyncio.CancelledError):  # a person has stopped it: as if it had failed
            await self._take_all_back()
            raise
        obstacle = self._obstacle or (outcome.failure.message if outcome.failure else "")
        if not obstacle:
            return str(outcome.output)
        undone = await self._take_all_back()
        return f"Nothing is booked. {obstacle} Taken back: {', '.join(undone) or 'nothing'}."

    def _booking_agent(self) -> Agent[None]:
        return Agent(
            name="Travel agent",
            instructions="Book flight, hotel and car, in this order. Stop where one is not there.",
            tools=[tool("book", "Book one thing.", Booking, self._book, effect="once")],
        )

    async def _book(self, booking: Booking) -> str:
        try:
            place = await workflow.execute_activity(
                book,
                args=[booking.thing, booking.city],
                start_to_close_timeout=timedelta(seconds=10),
                retry_policy=RetryPolicy(maximum_attempts=3),
            )
        except Exception as failure:
            # Whether it was booked is not known then: it is taken back all the same.
            self._bookings.append(f"{booking.thing} in {booking.city}")
            self._obstacle = str(getattr(failure, "cause", None) or failure)
            raise
        self._bookings.append(place)
        return f"Booked: {place}."

    async def _take_all_back(self) -> list[str]:
        undone: list[str] = []
        while self._bookings:
            await workflow.execute_activity(
                take_back,
                self._bookings[-1],
                start_to_close_timeout=timedelta(seconds=10),
                schedule_to_close_timeout=timedelta(
                    days=1
                ),  # tried all day, by then a person looks
                retry_policy=RetryPolicy(maximum_interval=timedelta(minutes=10)),
            )
            undone.append(self._bookings.pop())
        return undone


# --- what the offline model answers ---

_rules = AgentRules("Travel agent")
_CITY = re.compile(r"trip to (?P<city>\w+)", re.IGNORECASE)


@_rules.when(lambda situation: _CITY.search(situation.text) is not None)
def _begin(situation: Situation) -> Reply:
    return _book_next(situation)


@_rules.after("book")
def _go_on(situation: Situation) -> Reply:
    if not situation.latest[-1].text.startswith("Booked"):
        return "I stopped: one of them is not there."
    if len(situation.outputs) < len(STEPS):
        return _book_next(situation)
    bookings = [each.text.removeprefix("Booked: ").rstrip(".") for each in situation.outputs]
    return f"Booked: {', '.join(bookings)}."


_rules.otherwise().reply("Where to? `A trip to Rome`.")


def _book_next(situation: Situation) -> Reply:
    match = _CITY.search(situation.text)
    city = match["city"] if match else ""
    return call("book", thing=STEPS[len(situation.outputs)], city=city)


PATTERN = Pattern(
    title="Saga with compensation",
    shows="An agent whose steps have effects, and a workflow that undoes them when one fails.",
    when="Several services are changed, none knows of the others, and half of it helps nobody.",
    when_not="One service can do it in one call, or nothing has to be undone.",
    durable=(
        "What is booked is in the history before the next step begins. A crash between two"
        " compensations goes on with the next, and each is tried for a day."
    ),
    adapt="Give each effect its opposite, and make that one harmless when it is done twice.",
    workflow=SagaWorkflow,
    samples=(
        Sample("Book a trip to Rome", answer="^Booked: flight in Rome, hotel in Rome, car in Rome"),
        Sample(
            "Book a trip to Venice",
            answer=(
                "There are no cars in Venice",
                "Taken back: car in Venice, hotel in Venice, flight in Venice",
            ),
        ),
    ),
    activities=lambda _: [book, take_back],
    rules=(_rules,),
)
