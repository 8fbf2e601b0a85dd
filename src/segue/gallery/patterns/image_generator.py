"""A picture that the model's provider makes, small enough to be a workflow's result."""

from dataclasses import dataclass

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    import base64

    from agents import Agent, ImageGenerationTool, Runner, ToolCallItem
    from agents.models.fake_id import FAKE_RESPONSES_ID
    from openai.types.responses.response_output_item import ImageGenerationCall

    from segue.gallery.pattern import Pattern, Sample
    from segue.gallery.tools.drawing import draw, subjects_of
    from segue.llm.offline.replies import Reply, Steps
    from segue.llm.offline.rules import AgentRules
    from segue.llm.offline.situation import Situation

LARGEST = 256 * 1024  # characters of base64: clients without our stores get results inline


@dataclass
class ImageGenerationResult:
    """What the agent says, and the picture in base64; None: there is none."""

    final_output: str
    image_data: str | None = None


def drawing_agent() -> Agent[None]:
    """The agent that has pictures made."""
    # JPEG, since the provider's PNGs are several times larger than a result may be.
    tool = ImageGenerationTool(
        tool_config={
            "type": "image_generation",
            "quality": "low",
            "output_format": "jpeg",
            "output_compression": 60,
        }
    )
    return Agent(name="Image agent", instructions="You always make an image.", tools=[tool])


def result_of(text: str, image: str | None) -> ImageGenerationResult:
    """The result; a picture that is too large is left out, and the text says so."""
    if image is None or len(image) <= LARGEST:
        return ImageGenerationResult(final_output=text, image_data=image)
    note = f"The picture is left out: {len(image):,} characters, at most {LARGEST:,} are sent."
    return ImageGenerationResult(final_output=f"{text}\n{note}")


@workflow.defn(name="ImageGeneratorWorkflow")
class ImageGeneratorWorkflow:
    """Have a picture made."""

    @workflow.run
    async def run(self, prompt: str) -> ImageGenerationResult:
        """Make a picture of what a prompt says."""
        result = await Runner.run(drawing_agent(), prompt)
        images = [
            item.raw_item.result
            for item in result.new_items
            if isinstance(item, ToolCallItem) and isinstance(item.raw_item, ImageGenerationCall)
        ]
        return result_of(str(result.final_output), images[-1] if images else None)


# --- what the offline model answers ---

_rules = AgentRules("Image agent")


@_rules.when()
def _draw(situation: Situation) -> Reply:
    image = base64.b64encode(draw(situation.text)).decode("ascii")
    step = ImageGenerationCall(
        id=FAKE_RESPONSES_ID,
        result=image,
        status="completed",
        type="image_generation_call",
        output_format="png",
    )
    subjects = subjects_of(situation.text)
    what = f"a {' and a '.join(subjects)}" if subjects else "rings, for I can draw frogs and pizzas"
    return Steps([step], f"Here is {what}. (Offline: drawn by code, not by a model.)")


PATTERN = Pattern(
    title="A picture that is made",
    shows="`ImageGenerationTool`: the provider makes a picture, and the workflow returns it.",
    when="One small picture is wanted with the answer.",
    when_not=(
        "Pictures are large or many: they fill histories. Make them in an activity that puts them"
        " into a store, and return their address."
    ),
    durable=(
        "The picture, in the model's answer and in the result: it was paid for once. A call under"
        " way when the worker died is made again, and makes another picture."
    ),
    adapt=(
        "`tool_config` says size, quality and format; what has more than 256 KiB in base64 is left"
        " out of the result. Offline, code draws a small PNG, in which OFFLINE is written."
    ),
    workflow=ImageGeneratorWorkflow,
    samples=(
        Sample(
            "Create an image of a frog eating a pizza, comic book style.",
            answer=(
                r'"final_output":"Here is a frog and a pizza\. \(Offline',
                r'"image_data":"iVBORw0KGgo[\w+/]{500,260000}={0,2}"',
            ),
        ),
    ),
    rules=(_rules,),
)
