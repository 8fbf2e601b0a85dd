"""``segue api`` and ``segue keys``."""

import json
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

import pytest

from segue.errors.api import KeyNotFoundError
from segue.web.keys import ApiKeys
from segue.web.scopes import ApiKey, NewKey, Scope
from segue.web.serve import Serving
from tests.fakes.doubles.music_service import FakeInstallation

MADE = ApiKey(
    id="0123456789ab",
    name="laptop",
    scopes=frozenset([Scope.SYNC_WRITE, Scope.SYNC_READ]),
    created_at=1_800_000_000.0,
)


class FakeKeys:
    def __init__(self):
        self.kept: list[ApiKey] = [MADE]
        self.asked: list[tuple[object, ...]] = []

    async def create(self, name, scopes, *, expires_after=None) -> NewKey:
        self.asked.append((name, list(scopes), expires_after))
        return NewKey(MADE, "segue_0123456789ab_secret")

    async def all(self):
        return self.kept

    async def revoke(self, key_id):
        if key_id != MADE.id:
            raise KeyNotFoundError(f"There is no API key {key_id!r}.")
        return MADE


class ApiInstallation(FakeInstallation):
    def __init__(self, serving: Serving | None = None):
        super().__init__()
        self.serving = serving or Serving("http://127.0.0.1:8000")
        self.keys = FakeKeys()

    async def serve_api(
        self, host: str | None, port: int | None, announce: Callable[[Serving], None]
    ) -> None:
        self.called.append(("api", host, port))
        announce(self.serving)

    @asynccontextmanager
    async def open_keys(self) -> AsyncGenerator[ApiKeys]:
        yield cast("ApiKeys", self.keys)


@pytest.fixture
def installation():
    return ApiInstallation()


def test_the_api_says_where_it_answers(segue, installation):
    done = segue("api", on=installation)

    assert done.exit_code == 0
    assert "http://127.0.0.1:8000" in done.stdout
    assert "key" not in done.stdout
    assert installation.called == [("api", None, None)]


def test_the_api_says_where_a_new_key_is_and_warns(segue):
    installation = ApiInstallation(
        Serving("http://[::1]:8001", Path("/data/api-key"), ("no worker",))
    )

    done = segue("api", "--host", "::1", "--port", "8001", on=installation)

    assert "/data/api-key" in done.stdout
    assert "no worker" in done.stderr
    assert installation.called == [("api", "::1", 8001)]


def test_a_new_key_is_shown_once_and_alone_on_standard_output(segue, installation):
    done = segue("keys", "create", "laptop", on=installation)

    assert done.stdout == "segue_0123456789ab_secret\n"
    assert "only time" in done.stderr
    assert installation.keys.asked == [("laptop", [Scope.SYNC_READ, Scope.SYNC_WRITE], None)]


def test_scopes_and_days_are_passed_on(segue, installation):
    options = ("--scope", "review:read", "--scope", "admin", "--days", "2", "--json")

    done = segue("keys", "create", "laptop", *options, on=installation)

    assert json.loads(done.stdout)["key"] == "segue_0123456789ab_secret"
    assert installation.keys.asked == [("laptop", [Scope.REVIEW_READ, Scope.ADMIN], 172_800.0)]


@pytest.mark.parametrize("arguments", [("keys",), ("keys", "list")])
def test_keys_are_listed(segue, installation, arguments):
    done = segue(*arguments, on=installation)

    assert "0123456789ab" in done.stdout
    assert "sync:read sync:write" in done.stdout
    assert "2027-01-15 08:00:00" in done.stdout


def test_keys_are_listed_as_json(segue, installation):
    done = segue("keys", "list", "--json", on=installation)

    assert json.loads(done.stdout) == [
        {
            "id": "0123456789ab",
            "name": "laptop",
            "scopes": ["sync:read", "sync:write"],
            "created_at": 1_800_000_000.0,
            "expires_at": None,
            "revoked_at": None,
        }
    ]


def test_without_keys_the_list_says_how_to_make_one(segue, installation):
    installation.keys.kept = []

    assert "segue keys create" in segue("keys", on=installation).stdout


def test_a_key_is_revoked(segue, installation):
    told = segue("keys", "revoke", "0123456789ab", on=installation)
    as_json = segue("keys", "revoke", "0123456789ab", "--json", on=installation)

    assert "'laptop' opens nothing" in told.stdout
    assert json.loads(as_json.stdout)["id"] == "0123456789ab"


def test_an_unknown_key_cannot_be_revoked(segue, installation):
    done = segue("keys", "revoke", "nope", on=installation)

    assert done.exit_code == KeyNotFoundError.exit_code
    assert "There is no API key 'nope'." in done.stderr
