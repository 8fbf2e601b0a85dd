"""``segue api`` and ``segue keys``."""

import json
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from segue.cli.backend import Keys, ServedApi
from segue.errors.api import KeyNotFoundError
from segue.web.scopes import ApiKey, NewKey, Scope
from segue.web.serve import Serving
from tests.fakes.music_service import FakeBackend

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


class ApiBackend(FakeBackend):
    def __init__(self, serving: Serving | None = None):
        super().__init__()
        self.serving = serving or Serving("http://127.0.0.1:8000")
        self.keys = FakeKeys()

    async def serve_api(
        self, host: str | None, port: int | None, announce: Callable[[ServedApi], None]
    ) -> None:
        self.called.append(("api", host, port))
        announce(self.serving)

    @asynccontextmanager
    async def open_keys(self) -> AsyncGenerator[Keys]:
        yield self.keys


@pytest.fixture
def backend():
    return ApiBackend()


def test_the_api_says_where_it_answers(segue, backend):
    done = segue("api", backend=backend)

    assert done.exit_code == 0
    assert "http://127.0.0.1:8000" in done.stdout
    assert "key" not in done.stdout
    assert backend.called == [("api", None, None)]


def test_the_api_says_where_a_new_key_is_and_warns(segue):
    backend = ApiBackend(Serving("http://[::1]:8001", Path("/data/api-key"), ("no worker",)))

    done = segue("api", "--host", "::1", "--port", "8001", backend=backend)

    assert "/data/api-key" in done.stdout
    assert "no worker" in done.stderr
    assert backend.called == [("api", "::1", 8001)]


def test_a_new_key_is_shown_once_and_alone_on_standard_output(segue, backend):
    done = segue("keys", "create", "laptop", backend=backend)

    assert done.stdout == "segue_0123456789ab_secret\n"
    assert "only time" in done.stderr
    assert backend.keys.asked == [("laptop", [Scope.SYNC_READ, Scope.SYNC_WRITE], None)]


def test_scopes_and_days_are_passed_on(segue, backend):
    options = ("--scope", "review:read", "--scope", "admin", "--days", "2", "--json")

    done = segue("keys", "create", "laptop", *options, backend=backend)

    assert json.loads(done.stdout)["key"] == "segue_0123456789ab_secret"
    assert backend.keys.asked == [("laptop", [Scope.REVIEW_READ, Scope.ADMIN], 172_800.0)]


@pytest.mark.parametrize("arguments", [("keys",), ("keys", "list")])
def test_keys_are_listed(segue, backend, arguments):
    done = segue(*arguments, backend=backend)

    assert "0123456789ab" in done.stdout
    assert "sync:read sync:write" in done.stdout
    assert "2027-01-15 08:00:00" in done.stdout


def test_keys_are_listed_as_json(segue, backend):
    done = segue("keys", "list", "--json", backend=backend)

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


def test_without_keys_the_list_says_how_to_make_one(segue, backend):
    backend.keys.kept = []

    assert "segue keys create" in segue("keys", backend=backend).stdout


def test_a_key_is_revoked(segue, backend):
    told = segue("keys", "revoke", "0123456789ab", backend=backend)
    as_json = segue("keys", "revoke", "0123456789ab", "--json", backend=backend)

    assert "'laptop' opens nothing" in told.stdout
    assert json.loads(as_json.stdout)["id"] == "0123456789ab"


def test_an_unknown_key_cannot_be_revoked(segue, backend):
    done = segue("keys", "revoke", "nope", backend=backend)

    assert done.exit_code == KeyNotFoundError.exit_code
    assert "There is no API key 'nope'." in done.stderr
