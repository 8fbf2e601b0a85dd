"""An MCP server whose prompts become an agent's instructions."""

import re

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from agents import Agent, Runner
    from temporalio.exceptions import ApplicationError

    from segue.gallery.pattern import Pattern, Sample
    from segue.llm.offline.replies import Reply
    from segue.llm.offline.rules import AgentRules
    from segue.llm.offline.situation import Situation
    from segue.runs.workflow.mcp_servers import mcp_server

PROMPT = "generate_code_review_instructions"
CODE = """Please review this code:

def process_user_input(user_input):
    command = f"echo {user_input}"
    os.system(command)
    return "Command executed"
"""
LONGEST = 8_000  # characters of instructions; whoever runs the server writes them
PREVIEW = 200


@workflow.defn(name="PromptServerWorkflow")
class PromptServerWorkflow:
    """Show a server's prompts, take one, and have an agent review code as it says."""

    @workflow.run
    async def run(self) -> str:
        """The list of prompts, the beginning of the one that was taken, and the review.

        Raises:
            ApplicationError: The prompt is no text, or too long.
        """
        server = mcp_server("PromptServer", effect="repeatable")
        prompts = (await server.list_prompts()).prompts
        prompt = await server.get_prompt(
            PROMPT, {"focus": "security vulnerabilities", "language": "python"}
        )
        instructions = getattr(prompt.messages[0].content, "text", "")
        if not 0 < len(instructions) <= LONGEST:
            raise ApplicationError(
                f"Expected a prompt of 1 to {LONGEST:,} characters, got {len(instructions):,}.",
                non_retryable=True,
            )
        reviewer = Agent[None](name="Prompted reviewer", instructions=instructions)
        result = await Runner.run(reviewer, CODE)
        preview = instructions[:PREVIEW].replace("\n", " ")
        lines = [
            "=== AVAILABLE PROMPTS ===",
            "User can select from these prompts:",
            *(f"  {n}. {each.name} - {each.description}" for n, each in enumerate(prompts, 1)),
            "",
            "=== CODE REVIEW DEMO ===",
            "=== INSTRUCTIONS (PREVIEW) ===",
            preview + "..." * (len(instructions) > PREVIEW),
            "=== REVIEW OUTPUT ===",
            str(result.final_output),
        ]
        return "\n".join(lines)


# --- what the offline model answers ---

_rules = AgentRules("Prompted reviewer")


@_rules.when(lambda situation: "os.system(" in situation.text)
def _finding(situation: Situation) -> Reply:
    focus = re.search(r"Look for (.+?) first", situation.instructions)
    return (
        f"Looking for {focus[1] if focus else 'problems'}: `os.system(command)` hands the user's"
        " text to a shell, which runs whatever stands in it. Write"
        ' `subprocess.run(["echo", user_input], check=True)`, which starts no shell.'
    )


_rules.otherwise().reply("I find nothing (offline: I look for os.system only).")


PATTERN = Pattern(
    title="Instructions from a server",
    shows="An MCP server offers prompts; one of them becomes what an agent is told to be.",
    when="Prompts are written and changed by others than those who write the workflow.",
    when_not="You do not trust the server as your own code: who writes instructions commands.",
    durable=(
        "The list and the prompt, each as an activity's result: a prompt that is changed later"
        " changes no run that has begun."
    ),
    adapt=(
        "Prompts take arguments as tools do, all of them texts. Bound what you take: a prompt of"
        " more than 8,000 characters ends this workflow."
    ),
    workflow=PromptServerWorkflow,
    samples=(
        Sample(
            answer=(
                "^=== AVAILABLE PROMPTS ===\n.*\n  1. generate_code_review_instructions - Generate",
                "=== REVIEW OUTPUT ===\nLooking for security vulnerabilities: `os.system",
            )
        ),
    ),
    rules=(_rules,),
)
