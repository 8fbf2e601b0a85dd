"""The toy's workflow."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from segue.runs.limits import TOOL_CALL
    from segue.runs.workflow.agent_run import run_agent
    from tests.fakes.toy_feature.activities import TallyActivities
    from tests.fakes.toy_feature.agents import counter
    from tests.fakes.toy_feature.contracts import Tally
    from tests.fakes.toy_feature.errors import TallyError
    from tests.fakes.toy_feature.tools import tally_tools
    from tests.fakes.toy_feature.wire import TALLY, TallyRequest


@workflow.defn(name=TALLY)
class TallyWorkflow:
    """Count the words of a text, and have an agent say how many there are."""

    @workflow.run
    async def run(self, request: TallyRequest) -> Tally:
        """One text."""
        if not request.text.strip():
            raise TallyError("There is no word in the text.")
        words = await workflow.execute_activity_method(
            TallyActivities.count_words,
            request,
            start_to_close_timeout=TOOL_CALL.start_to_close,
            schedule_to_close_timeout=TOOL_CALL.schedule_to_close,
            retry_policy=TOOL_CALL.retry(),
        )
        outcome = await run_agent(counter(tally_tools()), request.text)
        return Tally(words=words, answer=str(outcome.output), offline=outcome.offline)
