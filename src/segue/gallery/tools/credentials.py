"""Credentials of tools: workflows and models know their names, the worker alone their values."""

from collections.abc import Mapping

from segue.errors.gallery import CredentialMissingError

SAMPLE_NAME = "warehouse"
SAMPLE = {SAMPLE_NAME: "wh_sample-that-opens-nothing"}


class Credentials:
    """The worker's credentials by name.

    Args:
        values: Beside the shipped sample; one of its name takes its place.
    """

    def __init__(self, values: Mapping[str, str] | None = None) -> None:
        self._values = {**SAMPLE, **(values or {})}

    def value(self, name: str) -> str:
        """What a service is shown; it goes into its request and nowhere else.

        Raises:
            CredentialMissingError: The worker has none of this name.
        """
        if name not in self._values:
            raise CredentialMissingError(f"This worker has no credential {name!r}.")
        return self._values[name]

    def taken_out(self, text: str) -> str:
        """What a service says, with names in place of values: some say back what they got."""
        for name, value in sorted(self._values.items(), key=lambda pair: -len(pair[1])):
            text = text.replace(value, f"[credential {name}]")
        return text
