"""``--no-servers``, for ``make quick``: tests that come to a server are skipped.

This is a plugin and no conftest: pytest does not ask a conftest of a folder about fixtures of the
whole session, which most servers are.
"""

import pytest

# Fixtures that start a server; whatever else needs one takes it from these.
_SERVERS = {
    *("temporal_server", "time_skipping", "openai_process", "postgres_url"),
    *("shared_services", "local_catalogue"),
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """For ``make quick``."""
    parser.addoption("--no-servers", action="store_true", help="skip what would start a server")


def pytest_fixture_setup(fixturedef: pytest.FixtureDef[object], request: pytest.FixtureRequest):
    """Skip a test when it comes to a server, where none is wanted."""
    if fixturedef.argname in _SERVERS and request.config.getoption("no_servers"):
        skipped = pytest.skip.Exception("it needs a server")
        # As pytest does with what a fixture raises: whoever asks next gets the same.
        key = fixturedef.cache_key(request)  # pyright: ignore[reportArgumentType] - a fixture's own
        fixturedef.cached_result = (None, key, (skipped, None))
        raise skipped
