"""Options that several commands share, so that they read the same everywhere."""

from typing import Annotated

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON value and nothing else.")]
RunId = Annotated[str, typer.Argument(metavar="ID", help="Workflow id, as `segue runs` shows it.")]
Strict = Annotated[
    bool, typer.Option("--strict", help="Exit with 7 when a song is not found or in doubt.")
]
LimitRows = Annotated[
    int,
    typer.Option("--limit-rows", min=0, metavar="N", help="Most rows in a table; 0 shows all."),
]
