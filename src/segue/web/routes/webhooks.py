"""Webhooks: which programs are told of what happens; for keys that may do everything."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from segue.web.key_access import Admin
from segue.web.services import Api, Services
from segue.web.shown import problems
from segue.webhooks.contracts import LONGEST_URL, SUBSCRIPTIONS, DeliveryPage, Subscription, Webhook
from segue.webhooks.service.webhooks import Webhooks

router = APIRouter(prefix="/api/v1/webhooks", tags=["webhooks"])

WebhookId = Annotated[str, Path(description="From the list.", pattern=r"^[0-9a-f]{32}$")]
DeliveryId = Annotated[str, Path(description="From the log.", pattern=r"^[0-9a-f]{32}$")]


class WebhookList(BaseModel, frozen=True):
    """All webhooks, the oldest first."""

    webhooks: tuple[Webhook, ...]


class WebhookWish(BaseModel):
    """A webhook to make.

    Attributes:
        url: Public and https, or of a host that the operator allows.
        events: What to send.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    url: str = Field(min_length=1, max_length=LONGEST_URL)
    events: list[Subscription] = Field(default_factory=lambda: list(SUBSCRIPTIONS), min_length=1)


class WebhookSecret(BaseModel, frozen=True):
    """A webhook with its new secret, which is shown once."""

    webhook: Webhook
    secret: str = Field(description="`whsec_…`, as receivers' libraries take it.")


class SentDelivery(BaseModel, frozen=True):
    """A delivery that is on its way."""

    delivery: str


@router.get("", responses=problems())
async def list_webhooks(_key: Admin, api: Api) -> WebhookList:
    """All webhooks, never their secrets."""
    return WebhookList(webhooks=tuple(await _webhooks(api).list()))


@router.post("", status_code=201, responses=problems(422))
async def add_webhook(wish: WebhookWish, _key: Admin, api: Api) -> WebhookSecret:
    """Send events to a URL from now on."""
    new = await _webhooks(api).add(wish.url, wish.events)
    return WebhookSecret(webhook=new.webhook, secret=new.secret)


@router.delete("/{webhook}", status_code=204, responses=problems(404, 422))
async def remove_webhook(webhook: WebhookId, _key: Admin, api: Api) -> Response:
    """Forget a webhook; what is on its way is not sent."""
    await _webhooks(api).remove(webhook)
    return Response(status_code=204)


@router.post("/{webhook}/secret", responses=problems(404, 422))
async def rotate_secret(
    webhook: WebhookId,
    _key: Admin,
    api: Api,
    keep_old_hours: Annotated[
        float, Query(ge=0, le=720, description="So long the old secret signs too.")
    ] = 24.0,
) -> WebhookSecret:
    """Give a webhook a new secret."""
    new = await _webhooks(api).rotate(webhook, keep_old_s=keep_old_hours * 3_600)
    return WebhookSecret(webhook=new.webhook, secret=new.secret)


@router.post("/{webhook}/enable", responses=problems(404, 422))
async def enable_webhook(webhook: WebhookId, _key: Admin, api: Api) -> Webhook:
    """Send a webhook events again, after its receiver had answered that it is gone."""
    return await _webhooks(api).enable(webhook)


@router.post("/{webhook}/test", status_code=202, responses=problems(404, 422))
async def send_test_event(webhook: WebhookId, _key: Admin, api: Api) -> SentDelivery:
    """Send a webhook an event of type ``webhook.test``."""
    return SentDelivery(delivery=await _webhooks(api).test(webhook))


@router.get("/{webhook}/deliveries", responses=problems(422))
async def list_deliveries(
    webhook: WebhookId,
    _key: Admin,
    api: Api,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    after: Annotated[str | None, Query(description="`next` of the page before.")] = None,
) -> DeliveryPage:
    """What a webhook was sent in the last 30 days, the newest first."""
    return await _webhooks(api).deliveries(webhook, limit=limit, after=after)


@router.post("/deliveries/{delivery}/again", status_code=202, responses=problems(404, 422))
async def send_again(delivery: DeliveryId, _key: Admin, api: Api) -> SentDelivery:
    """Send a delivery once more, under the same event id."""
    await _webhooks(api).send_again(delivery)
    return SentDelivery(delivery=delivery)


def _webhooks(api: Services) -> Webhooks:
    return api.service("webhooks", Webhooks)
