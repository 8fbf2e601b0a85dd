"""The only reader of the environment.

Names that users know from other tools keep them (``SPOTIFY_CLIENT_ID``, ``TEMPORAL_ADDRESS``, …);
our own start with ``SEGUE_``. Values come from the process environment, then from ``.env`` in the
working directory. Every field stands in ``.env.example`` and docs/reference/settings.md; tests keep
it so.
"""
