"""A picture from the worker's disk: an activity reads it, a model looks at it."""

from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    import base64

    from agents import Agent, Runner, TResponseInputItem
    from temporalio.common import RetryPolicy

    from segue.gallery.pattern import Pattern, Sample
    from segue.gallery.tools.images import Images, kind_of, picture_in
    from segue.llm.offline.replies import Reply
    from segue.llm.offline.rules import AgentRules
    from segue.llm.offline.situation import Situation


def looking_agent() -> Agent[None]:
    """The agent that looks at pictures."""
    return Agent(name="Picture agent", instructions="You are a helpful assistant.")


@workflow.defn(name="LocalImageWorkflow")
class LocalImageWorkflow:
    """Have a picture read, then ask about it."""

    @workflow.run
    async def run(self, image_path: str, question: str = "What do you see in this image?") -> str:
        """Answer a question about the picture at a path of the worker's machine."""
        content = await workflow.execute_activity_method(
            Images.read_image_as_base64,
            image_path,
            start_to_close_timeout=timedelta(seconds=30),
            retry_policy=RetryPolicy(maximum_attempts=3),
        )
        kind = kind_of(base64.b64decode(content[:24]))
        messages: list[TResponseInputItem] = [
            {
                "role": "user",
                "content": [
                    {
                        "type": "input_image",
                        "detail": "auto",
                        "image_url": f"data:{kind};base64,{content}",
                    }
                ],
            },
            {"role": "user", "content": question},
        ]
        result = await Runner.run(looking_agent(), messages)
        return str(result.final_output)


# --- what the offline model answers ---

_rules = AgentRules("Picture agent")


@_rules.when()
def _describe(situation: Situation) -> Reply:
    picture = picture_in(situation.images[-1])
    size = f" of {picture.width} by {picture.height} pixels" if picture.width else ""
    return (
        f"I see a picture ({picture.kind}){size}, {picture.size:,} bytes. Without a model I can"
        " read its head, not what it shows."
    )


PATTERN = Pattern(
    title="A picture from the worker's disk",
    shows="An activity reads a file, and the model gets it as a part of the user's message.",
    when="Pictures lie where the worker can reach them: a shared folder, a mounted volume.",
    when_not="They have an address: `remote_image` puts none of their bytes into a history.",
    durable=(
        "The picture itself: it stands in the history, twice, and need not be there any more"
        " when another worker goes on. That is why it may have 1 MiB at most."
    ),
    adapt=(
        "`SEGUE_IMAGE_FOLDERS` names folders that may be read; a path without one is a shipped"
        " sample. For larger pictures, store them and give the model an address."
    ),
    workflow=LocalImageWorkflow,
    samples=(
        Sample(
            "lighthouse.png",
            "What do you see in this image?",
            answer=("image/png", "160 by 120"),
        ),
    ),
    activities=lambda tools: [tools.images.read_image_as_base64],
    rules=(_rules,),
)
