"""An agent as a tool that is called with fields instead of a sentence."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    import re

    from agents import Agent, Runner
    from pydantic import BaseModel, Field

    from segue.gallery.pattern import Pattern, Sample
    from segue.llm.offline.replies import Reply, call
    from segue.llm.offline.rules import AgentRules
    from segue.llm.offline.situation import Situation


class Invitation(BaseModel):
    """What the writer must know."""

    guest: str = Field(description="Who is invited.")
    day: str = Field(description="The day, as the guest should read it.")
    is_formal: bool = Field(description="Whether the guest is addressed formally.")


def hosting_agent() -> Agent[None]:
    """The agent that talks with the user."""
    writer = Agent[None](
        name="Invitation writer", instructions="You write an invitation of one sentence."
    )
    return Agent(
        name="Host",
        instructions="You have invitations written by the tool, and pass them on as they are.",
        tools=[
            writer.as_tool(
                tool_name="write_invitation",
                tool_description="Write an invitation.",
                parameters=Invitation,
            )
        ],
    )


@workflow.defn(name="AgentsAsToolsStructuredWorkflow")
class AgentsAsToolsStructuredWorkflow:
    """Have an invitation written."""

    @workflow.run
    async def run(self, request: str) -> str:
        """The invitation."""
        result = await Runner.run(hosting_agent(), request)
        return str(result.final_output)


# --- what the offline model answers ---

_host = AgentRules("Host")
_WISH = re.compile(r"invite (?P<guest>.+?) for (?P<day>\w+)(?P<formal>.*formally)?", re.IGNORECASE)


@_host.when(lambda situation: _WISH.search(situation.text) is not None)
def _ask(situation: Situation) -> Reply:
    match = _WISH.search(situation.text)
    if match is None:
        return ""
    return call(
        "write_invitation",
        guest=match["guest"],
        day=match["day"],
        is_formal=match["formal"] is not None,
    )


@_host.after("write_invitation")
def _pass_on(situation: Situation) -> Reply:
    return situation.output_of("write_invitation").text


_host.otherwise().reply("Tell me whom to invite for which day.")

_writer = AgentRules("Invitation writer")


@_writer.when()
def _write(situation: Situation) -> Reply:
    fields = dict(re.findall(r'"(\w+)": "?([^",}\n]+)', situation.text))
    guest, day = fields.get("guest", "?"), fields.get("day", "?")
    if fields.get("is_formal", "").strip() == "true":
        return f"Dear {guest}, we request the pleasure of your company on {day}."
    return f"Hi {guest}, come over on {day}!"


PATTERN = Pattern(
    title="Agents as tools, with fields",
    shows="A tool agent whose caller must name each field, checked before the agent is asked.",
    when="The inner agent needs certain things every time, and a sentence would leave some out.",
    when_not="One sentence says it all: `agents_as_tools` is simpler.",
    durable="As with every tool agent: its answer is stored, and is not asked for again.",
    adapt="Put what the inner agent needs into the model; `input_builder` words it for the agent.",
    workflow=AgentsAsToolsStructuredWorkflow,
    samples=(
        Sample("Invite Ada for Friday", answer="^Hi Ada, come over on Friday!"),
        Sample(
            "Invite Dr. Quill for Sunday, formally",
            answer="^Dear Dr. Quill, we request the pleasure of your company on Sunday",
        ),
    ),
    rules=(_host, _writer),
)
