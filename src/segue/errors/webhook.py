"""A webhook cannot be used."""

from segue.errors.base import SegueError


class WebhookError(SegueError):
    """A webhook cannot be used."""

    code = "webhook.error"
    status = 422
    exit_code = 2


class WebhookNotFoundError(WebhookError):
    """No webhook, or no delivery, has this id."""

    code = "webhook.not_found"
    status = 404
    default_hint = "List them with `segue webhooks`."


class WebhookAddressError(WebhookError):
    """A webhook's address cannot be called, or may not be."""

    code = "webhook.address_refused"
    default_hint = (
        "Webhooks go to public addresses by https; SEGUE_WEBHOOK_ALLOWED_HOSTS names others that "
        "they may go to."
    )
