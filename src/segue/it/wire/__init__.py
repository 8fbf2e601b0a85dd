"""Names, payloads and options of IT; frozen, because histories hold them."""
