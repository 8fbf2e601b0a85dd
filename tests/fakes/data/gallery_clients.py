"""What clients of the public samples send to the gallery, and what they must be told.

They are written from their description: address, queue, id, arguments, and the type that they read
the result as. Ids are fixed, so a client that runs twice takes the same one again.
"""

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from segue.gallery import wire
from tests.fakes.data.foreign_client import ForeignClient
from tests.fakes.data.gallery_mcp_clients import MCP_CLIENTS


class FinalResult(BaseModel):
    """What clients of the two lifecycle workflows read."""

    number: int


class MessageFilterResult(BaseModel):
    """What the client of the message filter reads, and prints item by item."""

    final_output: str
    final_messages: list[dict[str, Any]]


@dataclass
class ReasoningResult:
    """What the client of the reasoning reads."""

    reasoning_content: str | None
    regular_content: str | None
    prompt: str


@dataclass
class ImageGenerationResult:
    """What the client of the pictures reads; it saves the picture."""

    final_output: str
    image_data: str | None = None


CLIENTS: tuple[ForeignClient, ...] = (
    ForeignClient(
        pattern="hello_world",
        workflow="HelloWorldAgent",
        id="my-workflow-id",
        queue=wire.BASIC,
        arguments=("Tell me about recursion in programming.",),
        answer=("(?i)recursion", r"^[^\n]+\n[^\n]+\n[^\n]+$"),
    ),
    ForeignClient(
        pattern="tools",
        workflow="ToolsWorkflow",
        id="tools-workflow",
        queue=wire.BASIC,
        arguments=("What is the weather in Tokio?",),
        answer=("Tokio", "14-20C"),
    ),
    ForeignClient(
        pattern="agent_lifecycle",
        workflow="AgentLifecycleWorkflow",
        id="agent-lifecycle-workflow",
        queue=wire.BASIC,
        arguments=(10,),
        reads=FinalResult,
        answer=(r"number=\d*[02468]$",),
        has_plugin=False,
    ),
    ForeignClient(
        pattern="lifecycle",
        workflow="LifecycleWorkflow",
        id="lifecycle-workflow",
        queue=wire.BASIC,
        arguments=(10,),
        reads=FinalResult,
        answer=(r"number=\d*[02468]$",),
    ),
    ForeignClient(
        pattern="dynamic_system_prompt",
        workflow="DynamicSystemPromptWorkflow",
        id="dynamic-prompt-workflow",
        queue=wire.BASIC,
        arguments=("Tell me a joke.",),
        answer=(r"^Style: (haiku|pirate|robot)\nResponse: .",),
    ),
    ForeignClient(
        pattern="dynamic_system_prompt",
        workflow="DynamicSystemPromptWorkflow",
        id="dynamic-prompt-pirate-workflow",
        queue=wire.BASIC,
        arguments=("Tell me a joke.", "pirate"),
        answer=(r"^Style: pirate\nResponse: ", "(?i)arr"),
    ),
    ForeignClient(
        pattern="non_strict_output",
        workflow="NonStrictOutputWorkflow",
        id="non-strict-output-workflow",
        queue=wire.BASIC,
        arguments=("Tell me 3 short jokes.",),
        reads=dict[str, Any],
        answer=("strict_error", "non_strict_result", "'3': "),
    ),
    ForeignClient(
        pattern="local_image",
        workflow="LocalImageWorkflow",
        id="local-image-workflow",
        queue=wire.BASIC,
        arguments=("{folder}/picture.png", "What do you see in this image?"),
        answer=("image/png",),
    ),
    ForeignClient(
        pattern="remote_image",
        workflow="RemoteImageWorkflow",
        id="remote-image-workflow",
        queue=wire.BASIC,
        arguments=(
            "https://upload.wikimedia.org/wikipedia/commons/0/0c/GoldenGateBridge-001.jpg",
            "What do you see in this image?",
        ),
        answer=("Golden Gate Bridge",),
    ),
    ForeignClient(
        pattern="previous_response_id",
        workflow="PreviousResponseIdWorkflow",
        id="previous-response-id-workflow",
        queue=wire.BASIC,
        arguments=(
            "What is the largest country in South America?",
            "What is the capital of that country?",
        ),
        reads=tuple[str, str],
        answer=(r"^\('Brazil", "Brasília"),
    ),
    ForeignClient(
        pattern="deterministic",
        workflow="DeterministicWorkflow",
        id="deterministic-workflow-example",
        queue=wire.PATTERNS,
        arguments=("Write a science fiction story about time travel",),
        answer=("^Final story: ",),
    ),
    ForeignClient(
        pattern="parallelization",
        workflow="ParallelizationWorkflow",
        id="parallelization-workflow-example",
        queue=wire.PATTERNS,
        arguments=("Hello, world! How are you today?",),
        answer=("^Best translation: ¡Hola, mundo!",),
    ),
    ForeignClient(
        pattern="llm_as_a_judge",
        workflow="LLMAsAJudgeWorkflow",
        id="llm-as-a-judge-workflow-example",
        queue=wire.PATTERNS,
        arguments=("A thrilling adventure story about pirates searching for treasure",),
        answer=("^Final story outline: ", "pirates"),
    ),
    ForeignClient(
        pattern="agents_as_tools",
        workflow="AgentsAsToolsWorkflow",
        id="agents-as-tools-workflow-example",
        queue=wire.PATTERNS,
        arguments=("Please translate 'Good morning, how are you?' to Spanish and French",),
        answer=("Buenos días", "Bonjour"),
    ),
    ForeignClient(
        pattern="routing",
        workflow="RoutingWorkflow",
        id="routing-workflow-example",
        queue=wire.PATTERNS,
        arguments=("Bonjour! Comment allez-vous aujourd'hui?",),
        answer=("^Response: Bonjour",),
    ),
    ForeignClient(
        pattern="input_guardrails",
        workflow="InputGuardrailsWorkflow",
        id="input-guardrails-workflow-normal",
        queue=wire.PATTERNS,
        arguments=("What's the capital of California?",),
        answer=("Sacramento",),
    ),
    ForeignClient(
        pattern="input_guardrails",
        workflow="InputGuardrailsWorkflow",
        id="input-guardrails-workflow-blocked",
        queue=wire.PATTERNS,
        arguments=("Can you help me solve for x: 2x + 5 = 11?",),
        answer=("^Sorry, I can't help you with your math homework.$",),
    ),
    ForeignClient(
        pattern="output_guardrails",
        workflow="OutputGuardrailsWorkflow",
        id="output-guardrails-workflow-normal",
        queue=wire.PATTERNS,
        arguments=("What's the capital of California?",),
        answer=("^Response: .*Sacramento",),
    ),
    ForeignClient(
        pattern="output_guardrails",
        workflow="OutputGuardrailsWorkflow",
        id="output-guardrails-workflow-sensitive",
        queue=wire.PATTERNS,
        arguments=("My phone number is 650-123-4567. Where do you think I live?",),
        answer=("^Output guardrail triggered due to sensitive data detection. Info: ",),
    ),
    ForeignClient(
        pattern="forcing_tool_use",
        workflow="ForcingToolUseWorkflow",
        id="forcing-tool-use-workflow-default",
        queue=wire.PATTERNS,
        arguments=("default",),
        answer=("Tokyo",),
    ),
    ForeignClient(
        pattern="forcing_tool_use",
        workflow="ForcingToolUseWorkflow",
        id="forcing-tool-use-workflow-first-tool",
        queue=wire.PATTERNS,
        arguments=("first_tool",),
        answer=("Tokyo", "14-20C"),
    ),
    ForeignClient(
        pattern="forcing_tool_use",
        workflow="ForcingToolUseWorkflow",
        id="forcing-tool-use-workflow-custom",
        queue=wire.PATTERNS,
        arguments=("custom",),
        answer=("^Tokyo is Sunny with wind",),
    ),
    ForeignClient(
        pattern="message_filter",
        workflow="MessageFilterWorkflow",
        id="message-filter-workflow",
        queue=wire.HANDOFFS,
        arguments=("Sora",),
        reads=MessageFilterResult,
        answer=("Nueva York", "random number between 0 and 100", "8,804,190"),
    ),
    ForeignClient(
        pattern="gpt_oss",
        workflow="GptOssWorkflow",
        id="gpt-oss-workflow-id",
        queue=wire.MODEL_PROVIDERS,
        arguments=("What's the weather in Tokyo?",),
        answer=("Tokyo", "14-20C"),
    ),
    ForeignClient(
        pattern="litellm_auto",
        workflow="LitellmAutoWorkflow",
        id="litellm-auto-workflow-id",
        queue=wire.MODEL_PROVIDERS,
        arguments=("What's the weather in Tokyo?",),
        answer=("Tokyo", "14-20C"),
    ),
    ForeignClient(
        pattern="reasoning_content",
        workflow="ReasoningContentWorkflow",
        id="reasoning-content-1",
        queue=wire.REASONING,
        arguments=(
            "What is the square root of 841? Please explain your reasoning.",
            "deepseek-reasoner",
        ),
        reads=ReasoningResult,
        answer=("reasoning_content='.*29 times 29", "regular_content='.*is 29"),
    ),
    ForeignClient(
        pattern="reasoning_content",
        workflow="ReasoningContentWorkflow",
        id="reasoning-content-2",
        queue=wire.REASONING,
        arguments=("Explain the concept of recursion in programming", "deepseek-reasoner"),
        reads=ReasoningResult,
        answer=("reasoning_content='.", "regular_content='Recursion is a function"),
    ),
    ForeignClient(
        pattern="reasoning_content",
        workflow="ReasoningContentWorkflow",
        id="reasoning-content-3",
        queue=wire.REASONING,
        arguments=("Write a haiku about recursion in programming", "deepseek-reasoner"),
        reads=ReasoningResult,
        answer=("reasoning_content='.", r"regular_content='[^\\]+\\n[^\\]+\\n[^\\]+'"),
    ),
    ForeignClient(
        pattern="web_search",
        workflow="WebSearchWorkflow",
        id="web-search-workflow",
        queue=wire.TOOLS,
        arguments=(
            (
                "search the web for 'local sports news' and give me 1 interesting update in a"
                " sentence."
            ),
            "New York",
        ),
        answer=("New York rowers", "offline"),
    ),
    ForeignClient(
        pattern="file_search",
        workflow="FileSearchWorkflow",
        id="file-search-workflow",
        queue=wire.TOOLS,
        arguments=(
            "Be concise, and tell me 1 sentence about Arrakis I might not know.",
            "vs_68855c27140c8191849b5f1887d8d335",
        ),
        answer=("moons of Arrakis", "offline"),
    ),
    ForeignClient(
        pattern="image_generator",
        workflow="ImageGeneratorWorkflow",
        id="image-generator-workflow",
        queue=wire.TOOLS,
        arguments=("Create an image of a frog eating a pizza, comic book style.",),
        reads=ImageGenerationResult,
        answer=("a frog and a pizza", "image_data='iVBORw0KGgo"),
    ),
    ForeignClient(
        pattern="code_interpreter",
        workflow="CodeInterpreterWorkflow",
        id="code-interpreter-workflow",
        queue=wire.TOOLS,
        arguments=("What is the square root of273 * 312821 plus 1782?",),
        answer=(r"9241\.31565",),
    ),
    ForeignClient(
        pattern="research_bot",
        workflow="ResearchWorkflow",
        id="research-workflow",
        queue=wire.AGENTS,
        arguments=(
            "Caribbean vacation spots in April, optimizing for surfing, hiking and water sports",
        ),
        answer=("^# Caribbean vacation spots", "Rincon", "Waitukubuli"),
    ),
    ForeignClient(
        pattern="financial_research",
        workflow="FinancialResearchWorkflow",
        id="financial-research-1234",
        queue=wire.FINANCIAL_RESEARCH,
        arguments=("Write up an analysis of Apple Inc.'s most recent quarter.",),
        answer=("=====REPORT=====", r"\$94\.9 billion", "\nVerified: (True|False)\nIssues: "),
    ),
    ForeignClient(
        pattern="hosted_mcp",
        workflow="SimpleMCPWorkflow",
        id="simple-mcp-workflow",
        queue=wire.HOSTED_MCP,
        arguments=("Which language is this repo written in?",),
        answer=("Rust", "offline"),
    ),
    ForeignClient(
        pattern="hosted_mcp_approval",
        workflow="ApprovalMCPWorkflow",
        id="approval-mcp-workflow",
        queue=wire.HOSTED_MCP,
        arguments=("Which language is this repo written in?",),
        answer=("Rust", "offline"),
        approves=True,
    ),
    *MCP_CLIENTS,
)
