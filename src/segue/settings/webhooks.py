"""Where webhooks may be sent."""

from typing import Annotated

from pydantic import Field

from segue.settings.base import Room


class WebhookSettings(Room):
    """Where webhooks may be sent."""

    allowed_hosts: Annotated[
        str,
        Field(
            alias="SEGUE_WEBHOOK_ALLOWED_HOSTS",
            description=(
                "Private hosts that webhooks may go to, also by http: names, addresses and"
                " networks, with commas (`hooks.internal,10.0.0.0/8`). Public ones need none."
            ),
        ),
    ] = ""
