"""One agent writes, another judges and says what to mend: a bounded number of rounds."""

from typing import Literal

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from agents import Agent, ItemHelpers, Runner, TResponseInputItem
    from pydantic import BaseModel

    from segue.gallery.pattern import Pattern, Sample
    from segue.llm.offline.replies import Reply
    from segue.llm.offline.rules import AgentRules
    from segue.llm.offline.situation import Situation

ROUNDS = 5  # at most; a judge that is never content would cost for ever
SCORES = ("fail", "needs_improvement", "pass")  # from the worst


class Verdict(BaseModel):
    """What the judge says."""

    feedback: str
    score: Literal["pass", "needs_improvement", "fail"]


def writing_agent() -> Agent[None]:
    """The agent that writes."""
    return Agent(
        name="Outline writer",
        instructions=(
            "You generate a very short story outline based on the user's input. If there is"
            " feedback, use it to improve the outline."
        ),
    )


def judging_agent() -> Agent[None]:
    """The agent that judges."""
    return Agent(
        name="Outline judge",
        instructions=(
            "You decide whether a story outline is good enough. If it is not, say what needs to be"
            " improved. Never pass the first one; do not go for perfection."
        ),
        output_type=Verdict,
    )


@workflow.defn(name="LLMAsAJudgeWorkflow")
class LLMAsAJudgeWorkflow:
    """Have an outline written and improved until it passes, or rounds are over."""

    @workflow.run
    async def run(self, msg: str) -> str:
        """The outline that passed, else the best of all."""
        messages: list[TResponseInputItem] = [{"role": "user", "content": msg}]
        best, best_score = "", -1
        for _ in range(ROUNDS):
            result = await Runner.run(writing_agent(), messages)
            outline = ItemHelpers.text_message_outputs(result.new_items)
            messages = result.to_input_list()
            judgement = await Runner.run(judging_agent(), messages)
            verdict = judgement.final_output_as(Verdict)
            score = SCORES.index(verdict.score)
            if score >= best_score:  # of equals the later one, which knows more
                best, best_score = outline, score
            if verdict.score == "pass":
                break
            messages.append({"role": "user", "content": f"Feedback: {verdict.feedback}"})
        return f"Final story outline: {best}"


# --- what the offline model answers ---

_writer = AgentRules("Outline writer")
_judge = AgentRules("Outline judge")


def _round(situation: Situation) -> int:
    return sum(text.startswith("Feedback:") for text in situation.user_texts) + 1


@_writer.when()
def _write(situation: Situation) -> Reply:
    return f"Outline {_round(situation)} of: {situation.user_texts[0]}" + (
        ", with a twist at the end" if _round(situation) > 1 else ""
    )


@_judge.when()
def _judge_it(situation: Situation) -> Reply:
    if "nobody likes" in situation.user_texts[0]:
        return Verdict(feedback="Still not.", score="fail" if _round(situation) > 3 else SCORES[1])
    if _round(situation) == 1:
        return Verdict(feedback="It needs a twist.", score="needs_improvement")
    return Verdict(feedback="", score="pass")


PATTERN = Pattern(
    title="A model as a judge",
    shows="Write, judge, mend: a loop of two agents with an end, and the best answer so far.",
    when="Quality can be judged more easily than reached, and a few more calls are worth it.",
    when_not="Code can judge it: a test, a schema or a search is cheaper and does not flatter.",
    durable=(
        "Every outline and every verdict. After a crash the loop goes on in its round, and none of"
        " the rounds before is paid for again."
    ),
    adapt="Set `ROUNDS` to what an answer may cost, or give the run a budget.",
    workflow=LLMAsAJudgeWorkflow,
    samples=(
        Sample(
            "A thrilling adventure story about pirates searching for treasure",
            answer=("^Final story outline: Outline 2 ", "pirates", "twist"),
        ),
        Sample("A story that nobody likes", answer="^Final story outline: Outline 3 "),
    ),
    rules=(_writer, _judge),
)
