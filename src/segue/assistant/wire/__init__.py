"""Names and payloads of the assistant's workflow; frozen once released."""
