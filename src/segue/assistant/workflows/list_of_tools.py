"""The tools that the assistant has at this moment, for faces, which know no addresses."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from segue.assistant.wire.names import LIST_OF_TOOLS
    from segue.assistant.wire.payloads import ToolList
    from segue.assistant.workflows.server_tools import current_tools


@workflow.defn(name=LIST_OF_TOOLS)
class AssistantToolsWorkflow:
    """Asks all MCP servers once."""

    @workflow.run
    async def run(self) -> ToolList:
        """What they offer."""
        return await current_tools(ToolList())
