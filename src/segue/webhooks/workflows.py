"""One delivery: sent until the receiver takes it, or for about three days."""

from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from segue.runtime.retries import REPEATABLE
    from segue.webhooks.activities import DeliveryActivities
    from segue.webhooks.contracts import DeliveryState
    from segue.webhooks.wire import DELIVERY_WORKFLOW, DeliveryAttempt, DeliveryResult

# Waits between tries, in seconds. Source: the retry schedule that Standard Webhooks recommends,
# with one more day at its end.
AGAIN_AFTER_S = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
_ONE_TRY = timedelta(seconds=60)  # a receiver has a quarter of that


@workflow.defn(name=DELIVERY_WORKFLOW)
class WebhookDeliveryWorkflow:
    """Send one event to one webhook."""

    @workflow.run
    async def run(self, delivery: str) -> DeliveryState:
        """Try until it is taken, refused for good, or tried often enough.

        Args:
            delivery: Its id.
        """
        for number, pause in enumerate(AGAIN_AFTER_S, start=1):
            result = await self._attempt(delivery, number)
            if result.state != "waiting":
                return result.state
            await workflow.sleep(max(float(pause), result.retry_after_s or 0.0))
        result = await self._attempt(delivery, len(AGAIN_AFTER_S) + 1, is_last=True)
        return result.state

    async def _attempt(
        self, delivery: str, number: int, *, is_last: bool = False
    ) -> DeliveryResult:
        return await workflow.execute_activity_method(
            DeliveryActivities.deliver,
            DeliveryAttempt(delivery=delivery, number=number, is_last=is_last),
            start_to_close_timeout=_ONE_TRY,
            retry_policy=REPEATABLE,
        )
