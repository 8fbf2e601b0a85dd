"""What logs say where encryption is on."""

import json
import logging
from collections.abc import Iterator
from typing import NoReturn

import pytest

from segue.errors.input import InputError
from segue.observability.logs import configure

CANARY = "canary-f00d"


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    """Logging belongs to the whole process; a test must not leave its own set-up behind."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers.clear()
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def break_down() -> NoReturn:
    raise KeyError(CANARY)


def fail(*, hidden: bool = False) -> NoReturn:
    try:
        break_down()
    except KeyError as cause:
        raise InputError(CANARY) from (None if hidden else cause)


def log_of(failing, **options) -> None:
    try:
        failing(**options)
    except InputError:
        logging.getLogger("segue.runs").exception("A turn failed.")


@pytest.mark.parametrize("as_json", [False, True])
def test_exceptions_are_told_by_kind_and_place(capsys, as_json):
    configure("info", json=as_json, sealed=True)

    log_of(fail)

    text = capsys.readouterr().err
    assert CANARY not in text
    for said in ("A turn failed.", "InputError (input.invalid)", "KeyError", "in break_down"):
        assert said in text
    if as_json:
        assert "KeyError" in json.loads(text)["error"]


def test_what_an_exception_hides_stays_hidden(capsys):
    configure("info", sealed=True)

    log_of(fail, hidden=True)

    text = capsys.readouterr().err
    assert CANARY not in text
    assert "KeyError" not in text


def test_other_libraries_are_told_by_place(capsys):
    configure("debug", sealed=True)

    logging.getLogger("openai.agents").error("refused: %s", CANARY)
    logging.getLogger("asyncio").error("exception=%r", CANARY)
    logging.getLogger("segue.runs").info("ours")
    logging.getLogger("openai").debug(CANARY)

    text = capsys.readouterr().err
    assert CANARY not in text
    assert "said something in test_sealed_logs:" in text
    assert "ours" in text
    assert text.count("\n") == 3


def test_without_encryption_exceptions_are_told_in_full(capsys):
    configure("info")

    log_of(fail)

    assert CANARY in capsys.readouterr().err
