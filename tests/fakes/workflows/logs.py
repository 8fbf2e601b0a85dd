"""A workflow that logs an error that nobody thought of."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from segue.runs.workflow.failures import log_unexpected


@workflow.defn
class LogsAnErrorWorkflow:
    """Goes on afterwards."""

    @workflow.run
    async def run(self) -> str:
        """Log it."""
        log_unexpected(LookupError("nobody thought of this"))
        return "went on"
