"""Workflows that a person's list of approvals meets: with a desk, without, and broken ones."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from segue.runs.workflow.approvals import PENDING, ApprovalDesk, ApprovalRequest


@workflow.defn
class Waiter:
    """Waits for so many decisions that are listed nowhere, as before there was a list.

    The ids are the same in every workflow that gets ``shared``.
    """

    @workflow.init
    def __init__(self, shared: str, count: int) -> None:
        self.desk = ApprovalDesk()
        self.ended = False

    @workflow.run
    async def run(self, shared: str, count: int) -> None:
        """Hold the questions open without asking anybody."""
        for number in range(count):
            name = f"{shared or workflow.info().workflow_id}/{number}"
            now = workflow.time()
            request = ApprovalRequest(
                id=name,
                tool="pay",
                arguments='{"amount": 1}',
                asked_at=now + number,
                expires_at=now + 3_600,
            )
            self.desk._pending[name] = request
        await workflow.wait_condition(lambda: self.ended)

    @workflow.signal
    def end(self) -> None:
        """End it."""
        self.ended = True


@workflow.defn
class Deskless:
    """Runs, and waits for nobody."""

    def __init__(self) -> None:
        self.ended = False

    @workflow.run
    async def run(self) -> None:
        """Wait for the end."""
        await workflow.wait_condition(lambda: self.ended)

    @workflow.signal
    def end(self) -> None:
        """End it."""
        self.ended = True


@workflow.defn
class Broken:
    """Cannot say what it waits for."""

    def __init__(self) -> None:
        self.ended = False

    @workflow.run
    async def run(self) -> None:
        """Wait for the end."""
        await workflow.wait_condition(lambda: self.ended)

    @workflow.query(name=PENDING)
    def pending(self) -> list[str]:
        """Fail."""
        raise ValueError("no idea")

    @workflow.signal
    def end(self) -> None:
        """End it."""
        self.ended = True
