"""The implementations that the contract suites run over."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from segue.music.catalogues.open import open_local
from segue.music.catalogues.port import Catalogue
from tests.fakes.data.tracks import TRACKS
from tests.fakes.doubles.catalogue import InMemoryCatalogue
from tests.fakes.programs.processes import LocalCatalogueProcess, running_local_catalogue


@pytest.fixture(scope="session")
def shared_services(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[dict[str, LocalCatalogueProcess]]:
    """One service per dialect, shared by tests that leave it running and without faults."""
    with (
        running_local_catalogue(tmp_path_factory.mktemp("new"), TRACKS) as new,
        running_local_catalogue(tmp_path_factory.mktemp("old"), TRACKS, old_api=True) as old,
    ):
        yield {"local": new, "local-old-api": old}


@pytest.fixture
def local_catalogue(tmp_path: Path) -> Iterator[LocalCatalogueProcess]:
    """A service of the test's own, to kill, restart and set faults in."""
    with running_local_catalogue(tmp_path, TRACKS) as process:
        yield process


@pytest.fixture(params=["memory", "local", "local-old-api"])
async def catalogue(
    request: pytest.FixtureRequest,
    shared_services: dict[str, LocalCatalogueProcess],
) -> AsyncIterator[Catalogue]:
    """Every implementation of the port, in turn."""
    if request.param == "memory":
        yield InMemoryCatalogue(TRACKS)
        return
    client = open_local(shared_services[request.param].url)
    yield client
    await client.aclose()


@pytest.fixture
async def stranger(
    request: pytest.FixtureRequest,
    catalogue: Catalogue,
    shared_services: dict[str, LocalCatalogueProcess],
) -> AsyncIterator[str]:
    """A playlist of another user in the same catalogue."""
    if isinstance(catalogue, InMemoryCatalogue):
        yield catalogue.put_playlist("theirs", owner="somebody")
        return
    kind: str = request.node.callspec.params["catalogue"]
    other = open_local(shared_services[kind].url, client_id="somebody")
    yield (await other.create_playlist("theirs")).id
    await other.aclose()
