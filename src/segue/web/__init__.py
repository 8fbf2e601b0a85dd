"""The HTTP API: who may ask what, and how it is answered."""
