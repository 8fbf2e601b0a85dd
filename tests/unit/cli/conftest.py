"""How the tests of the command line call it."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

import pytest
from typer.testing import CliRunner, Result

from segue.cli.main import build
from tests.fakes.doubles.music_service import FakeInstallation, Story


class Segue(Protocol):
    """Runs ``segue`` with these arguments on a fake installation."""

    def __call__(
        self,
        *arguments: str,
        story: Story | None = None,
        on: FakeInstallation | None = None,
        stdin: str | None = None,
        env: Mapping[str, str] | None = None,
    ) -> Result: ...


@pytest.fixture
def segue() -> Segue:
    def call(
        *arguments: str,
        story: Story | None = None,
        on: FakeInstallation | None = None,
        stdin: str | None = None,
        env: Mapping[str, str] | None = None,
    ) -> Result:
        # Made late: the fake's events belong to the loop that the command opens.
        factory: Callable[[], FakeInstallation] = lambda: on or FakeInstallation(story)  # noqa: E731 - one line
        return CliRunner().invoke(
            build(),
            list(arguments),
            input=stdin,
            obj=factory,
            env={"COLUMNS": "160", **(env or {})},
        )

    return call


@pytest.fixture
def playlist_file(tmp_path: Path) -> str:
    file = tmp_path / "summer.csv"
    file.write_text("Track Name,Artist Name(s)\nJolene,Dolly Parton\n", encoding="utf-8")
    return str(file)
