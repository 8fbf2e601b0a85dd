"""Code that the model writes and its provider runs, in a container of the provider's."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    import re

    from agents import Agent, CodeInterpreterTool, Runner
    from agents.models.fake_id import FAKE_RESPONSES_ID
    from openai.types.responses import ResponseCodeInterpreterToolCall
    from openai.types.responses.response_code_interpreter_tool_call import OutputLogs

    from segue.gallery.pattern import Pattern, Sample
    from segue.gallery.tools.calculator import calculation
    from segue.llm.offline.replies import Reply, Steps
    from segue.llm.offline.rules import AgentRules
    from segue.llm.offline.situation import Situation


def coding_agent() -> Agent[None]:
    """The agent that calculates by code."""
    tool = CodeInterpreterTool(
        tool_config={"type": "code_interpreter", "container": {"type": "auto"}}
    )
    return Agent(
        name="Code agent",
        instructions="You love doing math. You always run code to calculate.",
        tools=[tool],
    )


@workflow.defn(name="CodeInterpreterWorkflow")
class CodeInterpreterWorkflow:
    """Ask an agent that may have code run."""

    @workflow.run
    async def run(self, question: str) -> str:
        """Answer a question."""
        result = await Runner.run(coding_agent(), question)
        return str(result.final_output)


# --- what the offline model answers ---

_rules = AgentRules("Code agent")
_WORDS = {"plus": "+", "minus": "-", "times": "*", "divided by": "/", "to the power of": "**"}
_TERM = r"[\d(][\d\s.+*/()-]*[\d)]|\d"


def expression_in(question: str) -> str:
    """The arithmetic that a question asks for; "" where it asks for none."""
    text = question.lower()
    for word, sign in _WORDS.items():
        text = text.replace(word, sign)
    if root := re.search(rf"square root of\s*(?P<term>{_TERM})", text):
        return f"sqrt({root['term']})"
    term = re.search(_TERM, text)
    return term[0] if term else ""


@_rules.when(lambda situation: bool(expression_in(situation.text)))
def _calculate(situation: Situation) -> Reply:
    code = expression_in(situation.text)
    value = calculation(code)
    step = ResponseCodeInterpreterToolCall(
        id=FAKE_RESPONSES_ID,
        code=code,
        container_id="offline",
        outputs=[OutputLogs(logs=value, type="logs")],
        status="completed",
        type="code_interpreter_call",
    )
    return Steps([step], f"{value} (Offline: a calculator stands in, and runs no code.)")


_rules.otherwise().reply("Offline I only calculate: ask me for a square root, say.")

PATTERN = Pattern(
    title="Code that the model writes",
    shows="`CodeInterpreterTool`: the model writes code, and the provider runs it in a container.",
    when="Answers need calculations or data that are cut to size, and your models are OpenAI's.",
    when_not="One formula is enough: a tool of yours does it for nothing, and does it right.",
    durable=(
        "The code, what it printed and the answer, as one answer of the model. The container is the"
        " provider's, and gone after a while: files in it are not durable."
    ),
    adapt=(
        "Give the container files by `file_ids`. Offline a calculator stands in, which evaluates"
        " arithmetic within bounds: code that somebody else has written runs nowhere here."
    ),
    workflow=CodeInterpreterWorkflow,
    samples=(
        Sample(
            "What is the square root of273 * 312821 plus 1782?",
            answer=(r"^sqrt\(273 \* 312821 \+ 1782\) = 9241\.3156530", "Offline"),
        ),
        Sample("What is 7 times (3 minus 1)?", answer=r"^7 \* \(3 - 1\) = 14 "),
        Sample("What is 1 divided by 0?", answer="^It divides by zero.*Offline"),
        Sample("Who are you?", answer="^Offline I only calculate"),
    ),
    rules=(_rules,),
)
