"""Names in the ``_meta`` of an MCP tool call; other programs send them, so they stay.

None of them proves who calls: a server looks at them only together with the user it knows.
"""

IDEMPOTENCY_KEY = "dev.segue/idempotency-key"
THREAD = "dev.segue/thread"
"""The conversation for which a tool is called: of no other user, and no other conversation."""

UNPREFIXED_IDEMPOTENCY_KEY = "idempotencyKey"
"""What callers sent before the protocol asked for prefixes; still understood."""
