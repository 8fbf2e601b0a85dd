"""Names of the assistant's workflow, its messages and its activities."""

ORCHESTRATOR_QUEUE = "orchestrator-queue"
DURABLE_AGENT = "DurableAgentWorkflow"
LIST_OF_TOOLS = "AssistantToolsWorkflow"

SEND_MESSAGE = "send_message"
POST_MESSAGE = "post_message"
END_CHAT = "end_chat"
GET_REPLY = "get_reply"
GET_REPLIES = "get_replies"
GET_STATUS = "get_status"

CALCULATE = "assistant-calculate"
CURRENT_WEATHER = "assistant-current-weather"
REFRESH_TOOLS = "assistant-refresh-tools"
CALL_TOOL = "assistant-call-tool"

INITIAL_PROMPT = "initial_prompt"  # the id of the message with which a chat may begin
ENDED = "Conversation ended"
AFTER_THE_END = "[Chat has ended]"
