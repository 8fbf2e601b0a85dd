"""An airline's customer service: three agents, one conversation, and no end of messages."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    import re
    from typing import NoReturn

    from agents import (
        Agent,
        RunContextWrapper,
        RunHooks,
        Tool,
        function_tool,
        handoff,
    )
    from agents.extensions.handoff_prompt import RECOMMENDED_PROMPT_PREFIX
    from pydantic import BaseModel

    from segue.gallery.pattern import Pattern, Sample
    from segue.llm.offline.conditions import Condition, handed_over, matches, mentions
    from segue.llm.offline.replies import Reply, call, hand_off
    from segue.llm.offline.rules import AgentRules
    from segue.llm.offline.situation import Situation
    from segue.runs.workflow.agent_run import run_agent
    from segue.runs.workflow.run_options import RunOptions

LONGEST_MESSAGE = 1_000  # characters
LONGEST_CHAT = 500_000  # characters of all lines: they travel whole, and a payload may have 2 MB
TURNS_A_RUN = 10  # then the workflow goes on as a new run, however busy it is


class AirlineContext(BaseModel):
    """What is known of the passenger; tools read and write it."""

    passenger_name: str | None = None
    confirmation_number: str | None = None
    seat_number: str | None = None
    flight_number: str | None = None


class ProcessUserMessageInput(BaseModel):
    """What a client sends.

    Attributes:
        chat_length: How many lines of the chat it has seen.
    """

    user_input: str
    chat_length: int


class CustomerServiceState(BaseModel):
    """What goes on to the workflow's next run; what was said stays where conversations are.

    Attributes:
        conversation: Under which name.
    """

    # No defaults: what nobody has set does not travel, and lists are added to where they are.
    printed_history: list[str]
    current_agent_name: str
    context: AirlineContext
    conversation: str


@function_tool
async def faq_lookup_tool(question: str) -> str:
    """Lookup frequently asked questions."""
    words = question.lower()
    if "bag" in words:
        return (
            "You are allowed to bring one bag on the plane. It must be under 50 pounds and"
            " 22 inches x 14 inches x 9 inches."
        )
    if "seats" in words or "plane" in words:
        return (
            "There are 120 seats on the plane: 22 business class seats and 98 economy seats."
            " Exit rows are rows 4 and 16. Rows 5-8 are Economy Plus, with extra legroom."
        )
    if "wifi" in words:
        return "We have free wifi on the plane, join Airline-Wifi."
    return "I'm sorry, I don't know the answer to that question."


@function_tool
async def update_seat(
    context: RunContextWrapper[AirlineContext], confirmation_number: str, new_seat: str
) -> str:
    """Update the seat for a given confirmation number."""
    passenger = context.context
    if passenger.flight_number is None:
        return "There is no flight yet: hand over to the triage agent."
    passenger.confirmation_number, passenger.seat_number = confirmation_number, new_seat
    return f"Updated seat to {new_seat} for confirmation number {confirmation_number}"


async def find_flight(context: RunContextWrapper[AirlineContext]) -> None:
    """Give the passenger a flight: whoever books a seat must know it."""
    context.context.flight_number = f"FLT-{workflow.random().randint(100, 999)}"


def airline_agents() -> dict[str, Agent[AirlineContext]]:
    """The agents by their names; the first one greets."""
    faq = Agent[AirlineContext](
        name="FAQ Agent",
        handoff_description="A helpful agent that can answer questions about the airline.",
        instructions=(
            f"{RECOMMENDED_PROMPT_PREFIX}\nAnswer the customer's last question with the FAQ lookup"
            " tool, never from your own knowledge. If you cannot, hand back to the triage agent."
        ),
        tools=[faq_lookup_tool],
    )
    seats = Agent[AirlineContext](
        name="Seat Booking Agent",
        handoff_description="A helpful agent that can update a seat on a flight.",
        instructions=(
            f"{RECOMMENDED_PROMPT_PREFIX}\nAsk for the confirmation number, then for the seat, and"
            " update it with the tool. Hand back to the triage agent for anything else."
        ),
        tools=[update_seat],
    )
    triage = Agent[AirlineContext](
        name="Triage Agent",
        handoff_description="Delegates a customer's request to the appropriate agent.",
        instructions=(
            f"{RECOMMENDED_PROMPT_PREFIX}\nYou are a helpful triaging agent. Delegate questions to"
            " the other agents."
        ),
        handoffs=[faq, handoff(agent=seats, on_handoff=find_flight)],
    )
    faq.handoffs.append(triage)
    seats.handoffs.append(triage)
    return {each.name: each for each in (triage, faq, seats)}


class Lines(RunHooks[AirlineContext]):
    """Writes what agents do as lines of the chat."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines

    async def on_handoff(
        self,
        context: RunContextWrapper[AirlineContext],
        from_agent: Agent[AirlineContext],
        to_agent: Agent[AirlineContext],
    ) -> None:
        """An agent has handed over."""
        self._lines.append(f"Handed off from {from_agent.name} to {to_agent.name}")

    async def on_tool_start(
        self, context: RunContextWrapper[AirlineContext], agent: Agent[AirlineContext], tool: Tool
    ) -> None:
        """An agent calls a tool."""
        self._lines.append(f"{agent.name}: Calling a tool")

    async def on_tool_end(
        self,
        context: RunContextWrapper[AirlineContext],
        agent: Agent[AirlineContext],
        tool: Tool,
        result: object,
    ) -> None:
        """A tool has answered."""
        self._lines.append(f"{agent.name}: Tool call output: {result}")


@workflow.defn(name="CustomerServiceWorkflow")
class CustomerServiceWorkflow:
    """A chat that is open until somebody cancels it."""

    @workflow.init
    def __init__(
        self,
        customer_service_state: CustomerServiceState | None = None,
        messages: list[str] | None = None,
    ) -> None:
        del messages
        info = workflow.info()
        self._state = customer_service_state or CustomerServiceState(
            printed_history=[],
            current_agent_name="Triage Agent",
            context=AirlineContext(),
            conversation=f"{info.workflow_id}/{info.run_id}",
        )
        self._turns = 0
        self._busy = False

    @workflow.run
    async def run(
        self,
        customer_service_state: CustomerServiceState | None = None,
        messages: list[str] | None = None,
    ) -> list[str]:
        """Serve a chat, run after run.

        Args:
            customer_service_state: Where the run before this one stopped.
            messages: What a customer says; with them the workflow ends, and returns all lines.
        """
        if not messages:
            await self._serve()
        for message in messages or ():
            await self._turn(message)
        return self._state.printed_history

    async def _serve(self) -> NoReturn:
        # Two turns never overlap: between them is always a moment to go on.
        await workflow.wait_condition(lambda: not self._busy and self._is_long())
        await workflow.wait_condition(workflow.all_handlers_finished)
        workflow.continue_as_new(args=[self._state, None])

    def _is_long(self) -> bool:
        """Whether this run of the workflow has done enough."""
        return self._turns >= TURNS_A_RUN or workflow.info().is_continue_as_new_suggested()

    @workflow.query
    def get_chat_history(self) -> list[str]:
        """All lines of the chat."""
        return self._state.printed_history

    @workflow.update
    async def process_user_message(self, input: ProcessUserMessageInput) -> list[str]:  # noqa: A002 - the samples' name
        """Answer a message; returns the lines that it has added."""
        return await self._turn(input.user_input)

    @process_user_message.validator
    def validate_process_user_message(self, input: ProcessUserMessageInput) -> None:  # noqa: A002 - the samples' name
        """Refuse what cannot be answered.

        Raises:
            ValueError: The message is empty or long, the chat is full, or has gone on meanwhile.
        """
        if not input.user_input:
            raise ValueError("User input cannot be empty.")
        if len(input.user_input) > LONGEST_MESSAGE:
            raise ValueError(
                f"User input is too long. Please limit to {LONGEST_MESSAGE} characters."
            )
        lines = self._state.printed_history
        if self._busy or self._is_long() or input.chat_length != len(lines):
            raise ValueError("Stale chat history. Please refresh the chat.")
        if sum(map(len, lines)) > LONGEST_CHAT:
            raise ValueError("This chat is full. Please begin another one.")

    async def _turn(self, message: str) -> list[str]:
        state, lines = self._state, self._state.printed_history
        before, agents = len(lines), airline_agents()
        self._busy = True
        lines.append(f"User: {message}")
        try:
            outcome = await run_agent(
                agents[state.current_agent_name],
                message,
                RunOptions(
                    conversation=state.conversation,
                    title="Customer service",
                    context=state.context,
                    hooks=Lines(lines),
                    agents=tuple(agents.values()),
                ),
            )
        finally:
            self._busy = False
            self._turns += 1
        state.current_agent_name = outcome.agent
        failure = outcome.failure
        answer = f"Sorry, I could not answer: {failure.message}" if failure else outcome.output
        lines.append(f"{outcome.agent}: {answer}")
        workflow.set_current_details("\n\n".join(lines[-20:]))
        return lines[before:]


# --- what the offline model answers ---

_CODE = re.compile(r"\b(?=[A-Z]*\d)(?=\d*[A-Z])[A-Z\d]{6}\b")
_SEAT = re.compile(r"\b\d{1,2}[A-F]\b")
_HELP = "I can change your seat, and answer questions about bags, seats and wifi."

_asks = mentions("bag", "bags", "baggage", "seats", "plane", "wifi")
_books = matches(r"\b(change|update|book|choose|switch)\b.*\bseat\b") | Condition(
    lambda situation: bool(_CODE.search(situation.text) or _SEAT.search(situation.text))
)

_triage = AgentRules("Triage Agent")
_triage.when(_books).reply(hand_off("Seat Booking Agent"))
_triage.when(_asks).reply(hand_off("FAQ Agent"))
_triage.when(handed_over).reply(f"I cannot help with that. {_HELP}")
_triage.otherwise().reply(f"Hello, how can I help? {_HELP}")

_faq = AgentRules("FAQ Agent")


@_faq.when(_asks & ~_books)
def _look_up(situation: Situation) -> Reply:
    return call("faq_lookup_tool", question=situation.text)


@_faq.after("faq_lookup_tool")
def _answer(situation: Situation) -> Reply:
    return situation.output_of("faq_lookup_tool").text


_faq.otherwise().reply(hand_off("Triage Agent"))

_seats = AgentRules("Seat Booking Agent")


@_seats.when(_books)
def _book(situation: Situation) -> Reply:
    codes = [code for text in situation.user_texts for code in _CODE.findall(text)]
    seats = [seat for text in situation.user_texts[-2:] for seat in _SEAT.findall(text)]
    if not codes:
        return "What is your confirmation number?"
    if not seats:
        return "Which seat would you like?"
    return call("update_seat", confirmation_number=codes[-1], new_seat=seats[-1])


@_seats.after("update_seat")
def _confirm(situation: Situation) -> Reply:
    return f"{situation.output_of('update_seat').text}. Anything else?"


_seats.when(mentions("thanks", "thank you")).reply("You are welcome.")
_seats.otherwise().reply(hand_off("Triage Agent"))

PATTERN = Pattern(
    title="Customer service",
    shows="A chat of three agents that hand over to each other, whose workflow never grows.",
    when="People come back to a conversation, and agents with different tools share it.",
    when_not=(
        "Messages may come at once, need approvals or a stream: `AgentThread` has all of that, and"
        " `segue chat` is made of it."
    ),
    durable=(
        "The conversation, the lines, the passenger's context and who speaks: after ten messages"
        " they go on to a new run of the workflow, between two messages, however busy the chat is."
        " A client that missed lines is refused as stale, and reads them again."
    ),
    adapt="Change agents, tools and the context; what a new run needs stands in the state.",
    workflow=CustomerServiceWorkflow,
    samples=(
        Sample(
            None,
            [
                "Hello",
                "How big may my bag be?",
                "I want to change my seat.",
                "It is ABC123.",
                "12A please.",
            ],
            answer=(
                r'\["User: Hello","Triage Agent: Hello',
                "Handed off from Triage Agent to FAQ Agent",
                "FAQ Agent: Calling a tool",
                "FAQ Agent: Tool call output: .*50 pounds",
                "Handed off from FAQ Agent to Triage Agent",
                "Handed off from Triage Agent to Seat Booking Agent",
                r"Seat Booking Agent: What is your confirmation number\?",
                r"Seat Booking Agent: Which seat would you like\?",
                "Seat Booking Agent: Updated seat to 12A for confirmation number ABC123",
            ),
        ),
    ),
    rules=(_triage, _faq, _seats),
)
