"""What is kept of conversations, and how."""

from typing import Annotated

from pydantic import Field, SecretStr

from segue.settings.base import Room


class ConversationSettings(Room):
    """What is kept of conversations, and how."""

    encryption_keys: Annotated[
        SecretStr | None,
        Field(
            alias="SEGUE_ENCRYPTION_KEYS",
            description="`id:key` pairs (32 bytes, base64) with commas; the first encrypts.",
        ),
    ] = None
    max_items: Annotated[
        int,
        Field(
            alias="SEGUE_CONVERSATION_MAX_ITEMS",
            ge=100,
            le=10_000_000,
            description="Items that one conversation may hold.",
        ),
    ] = 100_000
    compact_after_tokens: Annotated[
        int | None,
        Field(
            alias="SEGUE_COMPACT_AFTER_TOKENS",
            ge=1_000,
            description="Summarise older turns beyond so many tokens (estimated); unset: never.",
        ),
    ] = None
