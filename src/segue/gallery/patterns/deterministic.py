"""A flow whose steps the workflow decides: outline, check, story, with gates between them."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from agents import Agent, Runner
    from pydantic import BaseModel

    from segue.gallery.pattern import Pattern, Sample
    from segue.llm.offline.conditions import mentions
    from segue.llm.offline.replies import Reply
    from segue.llm.offline.rules import AgentRules
    from segue.llm.offline.situation import Situation


class OutlineCheck(BaseModel):
    """What the second step finds."""

    good_quality: bool
    is_scifi: bool


def outline_agent() -> Agent[None]:
    """The first step."""
    return Agent(
        name="Story outline agent",
        instructions="Generate a very short story outline based on the user's input.",
    )


def checking_agent() -> Agent[None]:
    """The second step."""
    return Agent(
        name="Outline checking agent",
        instructions="Judge the quality of a story outline, and whether it is science fiction.",
        output_type=OutlineCheck,
    )


def story_agent() -> Agent[None]:
    """The last step."""
    return Agent(name="Story agent", instructions="Write a short story based on the given outline.")


@workflow.defn(name="DeterministicWorkflow")
class DeterministicWorkflow:
    """Have a story written, if its outline is good science fiction."""

    @workflow.run
    async def run(self, input_prompt: str) -> str:
        """The story, or why there is none."""
        outline = await Runner.run(outline_agent(), input_prompt)
        result = await Runner.run(checking_agent(), str(outline.final_output))
        check = result.final_output_as(OutlineCheck)
        if not check.good_quality:
            return "Story generation stopped: Outline quality insufficient."
        if not check.is_scifi:
            return "Story generation stopped: Outline is not science fiction."
        story = await Runner.run(story_agent(), str(outline.final_output))
        return f"Final story: {story.final_output}"


# --- what the offline model answers ---

_outline = AgentRules("Story outline agent")
_outline.when(mentions("science fiction", "time travel", "robot")).reply(
    "Science fiction: a clerk finds a form that lets her file yesterday again, and files it once"
    " too often."
)


@_outline.otherwise()
def _plain_outline(situation: Situation) -> Reply:
    return f"An everyday story: {situation.text}"


_check = AgentRules("Outline checking agent")


@_check.when()
def _judge(situation: Situation) -> Reply:
    return OutlineCheck(
        good_quality=len(situation.text.split()) > 5,
        is_scifi=situation.text.startswith("Science fiction"),
    )


_story = AgentRules("Story agent")
_story.when().reply(
    "Ada filed yesterday for the third time, and the stamp came down on her own hand. In the"
    " archive somebody had kept every one of her mornings, in order, by the time of arrival."
)

PATTERN = Pattern(
    title="A deterministic flow",
    shows="The workflow decides what comes next, and an agent does each step; code is the gate.",
    when="You know the steps: a plan in code is cheaper, faster and easier to test than a model's.",
    when_not="The steps depend on what is found on the way: let an agent hand over, `routing`.",
    durable="Each step's answer. A crash in the third step costs neither of the first two.",
    adapt="One agent a step, a type for what gates look at, and a text for each way to stop.",
    workflow=DeterministicWorkflow,
    samples=(
        Sample("Write a science fiction story about time travel", answer="^Final story: Ada"),
        Sample("Write a love story that begins in a bakery", answer="not science fiction"),
        Sample("A story", answer="quality insufficient"),
    ),
    rules=(_outline, _check, _story),
)
