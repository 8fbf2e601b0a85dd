"""A picture by its address: the model's provider fetches it, and no history holds it."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    import re

    from agents import Agent, Runner, TResponseInputItem

    from segue.gallery.pattern import Pattern, Sample
    from segue.llm.offline.replies import Reply
    from segue.llm.offline.rules import AgentRules
    from segue.llm.offline.situation import Situation


def looking_agent() -> Agent[None]:
    """The agent that looks at pictures."""
    return Agent(name="Remote picture agent", instructions="You are a helpful assistant.")


@workflow.defn(name="RemoteImageWorkflow")
class RemoteImageWorkflow:
    """Ask about a picture that has an address."""

    @workflow.run
    async def run(self, image_url: str, question: str = "What do you see in this image?") -> str:
        """Answer a question about the picture at an address."""
        messages: list[TResponseInputItem] = [
            {
                "role": "user",
                "content": [{"type": "input_image", "detail": "auto", "image_url": image_url}],
            },
            {"role": "user", "content": question},
        ]
        result = await Runner.run(looking_agent(), messages)
        return str(result.final_output)


# --- what the offline model answers ---

_rules = AgentRules("Remote picture agent")


@_rules.when()
def _describe(situation: Situation) -> Reply:
    name = situation.images[-1].rpartition("/")[2]
    words = re.findall(r"[A-Z]?[a-z]+", name.rpartition(".")[0])
    return (
        f"By its name, {name!r}, the picture shows: {' '.join(words) or 'nothing I can tell'}."
        " Without a model nobody fetches or looks at it."
    )


PATTERN = Pattern(
    title="A picture by its address",
    shows="The message holds an address; the provider of the model fetches the picture.",
    when="Pictures are on the web, or in a bucket with addresses that are signed for a while.",
    when_not="The provider cannot reach them, or must not: `local_image` sends the bytes.",
    durable=(
        "The address and the answer. The picture is fetched again with each try of the call, and"
        " may be another one by then."
    ),
    adapt="Sign addresses for longer than the call may take with all of its tries: half an hour.",
    workflow=RemoteImageWorkflow,
    samples=(
        Sample(
            "https://upload.wikimedia.org/wikipedia/commons/0/0c/GoldenGateBridge-001.jpg",
            "What do you see in this image?",
            answer="Golden Gate Bridge",
        ),
    ),
    rules=(_rules,),
)
