"""Our requests and the local service's answers against Spotify's own OpenAPI document.

Real traffic between the client and the service is recorded and validated. The document is not part
of the project; without it these tests are skipped.
"""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import httpx2
import pytest
import yaml
from openapi_core import Config, OpenAPI
from openapi_core.exceptions import OpenAPIError
from openapi_core.testing import MockRequest, MockResponse

from segue.music.catalogues.auth import ClientCredentials
from segue.music.catalogues.local.faults import FaultPlan
from segue.music.catalogues.port import read_all_items
from segue.music.catalogues.web_api import WebApiCatalogue
from tests.fakes.data.tracks import track_uri
from tests.fakes.programs.processes import LocalCatalogueProcess

# The validator knows no OAuth and says so; tokens are tested elsewhere.
pytestmark = pytest.mark.filterwarnings("ignore:Unsupported scheme type")

HOST = "https://api.spotify.com"
Node = dict[str, object]
Exchange = tuple[httpx2.Request, httpx2.Response]


@pytest.fixture(scope="module")
def spotify(bench_dir: Path) -> OpenAPI:
    documents = sorted(bench_dir.glob("spotify_openapi_*.yml"))
    if not documents:
        pytest.skip(f"no OpenAPI document of Spotify in {bench_dir}")
    document = cast("Node", yaml.safe_load(documents[-1].read_text(encoding="utf-8")))
    for slot in ("item", "track"):
        _name_the_kinds(document, slot)
    # None: the document itself is not on trial.
    config = Config(spec_validator_cls=None)  # pyright: ignore[reportArgumentType] - None is "off"
    return OpenAPI.from_dict(document, config=config)


def _name_the_kinds(document: Node, slot: str) -> None:
    """Say which schema a playlist item's ``type`` stands for, which the document leaves out."""
    node = document
    for key in (
        "components",
        "schemas",
        "PlaylistTrackObject",
        "properties",
        slot,
        "discriminator",
    ):
        node = cast("Node", node[key])
    schemas = "#/components/schemas"
    node["mapping"] = {"track": f"{schemas}/TrackObject", "episode": f"{schemas}/EpisodeObject"}


@pytest.fixture
def traffic() -> list[Exchange]:
    return []


@pytest.fixture
async def client(
    shared_services: dict[str, LocalCatalogueProcess], traffic: list[Exchange]
) -> AsyncIterator[WebApiCatalogue]:
    async def record(response: httpx2.Response) -> None:
        await response.aread()
        traffic.append((response.request, response))

    url = shared_services["local"].url
    tokens = ClientCredentials(
        client_id="conformer",
        client_secret="",
        accounts_url=url,
        client=httpx2.AsyncClient(trust_env=False),
    )
    pool = httpx2.AsyncClient(trust_env=False, event_hooks={"response": [record]})
    catalogue = WebApiCatalogue(name="local", api_url=f"{url}/v1", tokens=tokens, client=pool)
    yield catalogue
    await catalogue.aclose()


def as_sent(request: httpx2.Request) -> MockRequest:
    return MockRequest(
        HOST,
        request.method.lower(),
        request.url.path,
        args=dict(request.url.params),
        headers=dict(request.headers),
        data=request.content or None,
        content_type=request.headers.get("content-type", "").partition(";")[0],
    )


def as_answered(response: httpx2.Response) -> MockResponse:
    return MockResponse(
        response.content,
        status_code=response.status_code,
        content_type=response.headers["content-type"].partition(";")[0],
    )


async def test_everything_we_send_and_the_service_answers_is_as_spotify_documents_it(
    spotify: OpenAPI, client: WebApiCatalogue, traffic: list[Exchange]
):
    await client.my_id()
    await client.search("harbour", limit=10)
    await client.search("isrc:GBZZZ0000000")
    await client.get_track(track_uri(1))
    playlist = await client.create_playlist("Mine", description="d")
    await client.add_items(playlist.id, [track_uri(n) for n in range(100, 180)], position=0)
    await read_all_items(client, playlist.id)
    await client.get_playlist(playlist.id)
    await client.remove_items(playlist.id, [track_uri(100)])
    assert playlist.id in [one.id async for one in client.my_playlists()]

    for request, response in traffic:
        spotify.validate_request(as_sent(request))
        spotify.validate_response(as_sent(request), as_answered(response))
    assert len(traffic) == 11


async def test_refusals_have_the_documented_body(
    spotify: OpenAPI, client: WebApiCatalogue, local_catalogue: LocalCatalogueProcess
):
    playlist = await client.create_playlist("Mine")
    service = local_catalogue.url
    async with httpx2.AsyncClient(trust_env=False) as pool:
        unknown = await pool.get(f"{service}/v1/me")
        form = {"grant_type": "client_credentials", "client_id": "other"}
        token = (await pool.post(f"{service}/api/token", data=form)).json()["access_token"]
        bearer = {"Authorization": f"Bearer {token}"}
        old_path = f"{service}/v1/playlists/{playlist.id}/tracks"
        forbidden = await pool.get(old_path, headers=bearer)
        local_catalogue.faults(FaultPlan(rate_limited=1))
        limited = await pool.get(f"{service}/v1/me", headers=bearer)

    refusals = [unknown, forbidden, limited]
    assert [answer.status_code for answer in refusals] == [401, 403, 429]
    for answer in refusals:
        spotify.validate_response(as_sent(answer.request), as_answered(answer))


@pytest.mark.parametrize("wrong", [{"limit": "11"}, {"type": "song"}, {"q": None}])
def test_the_document_would_notice_a_wrong_request(spotify: OpenAPI, wrong: dict[str, str | None]):
    query = {"q": "a", "type": "track", "limit": "10"} | wrong
    given = {name: value for name, value in query.items() if value is not None}

    with pytest.raises(OpenAPIError):
        spotify.validate_request(MockRequest(HOST, "get", "/v1/search", args=given))


def test_the_document_would_notice_a_wrong_answer(spotify: OpenAPI):
    request = MockRequest(HOST, "get", "/v1/search", args={"q": "a", "type": "track"})

    with pytest.raises(OpenAPIError):
        spotify.validate_response(request, MockResponse(b'{"tracks": {"items": []}}'))
