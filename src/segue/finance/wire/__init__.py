"""Names, payloads and options of finance; frozen, because histories hold them."""
