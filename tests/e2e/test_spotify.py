"""The Spotify path as a user takes it; the local service stands in for Spotify."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx2
import pytest
from pydantic import SecretStr

from segue.errors.catalogue import LoginRequiredError
from segue.errors.settings import SettingsError
from segue.music.contracts.syncs import SyncRequest
from segue.music.contracts.tracks import TrackStatus
from segue.music.register.spotify_login import login_spotify, logout_spotify
from segue.music.register.values import LOCAL, token_file
from segue.settings.catalogue import CatalogueSettings
from segue.settings.load import embedded_settings
from segue.settings.spotify import SpotifySettings
from segue.wiring.app import open_app
from segue.wiring.doctor import examine
from tests.fakes.programs.processes import running_local_catalogue

pytestmark = pytest.mark.timeout(180)

_FILE = "Track Name,Artist Name(s)\nJolene,Dolly Parton\nFast Car,Tracy Chapman\n"


@pytest.fixture
def spotify(tmp_path):
    folder = tmp_path / "spotify"
    folder.mkdir()
    with running_local_catalogue(folder) as service:
        yield service


@pytest.fixture
def settings(tmp_path, spotify):
    return replace(
        embedded_settings(tmp_path / "data"),
        catalogue=CatalogueSettings.model_construct(kind="spotify"),
        spotify=SpotifySettings.model_construct(
            client_id="listener",
            redirect_uri="http://127.0.0.1/callback",
            api_url=f"{spotify.url}/v1",
            accounts_url=spotify.url,
        ),
    )


def browser(address: str) -> None:
    httpx2.get(address, follow_redirects=True, trust_env=False).raise_for_status()


async def checked(settings):
    return {check.name: check async for check in examine(settings)}


async def test_a_user_logs_in_syncs_into_an_own_playlist_and_logs_out(settings, tmp_path):
    source = tmp_path / "trip.csv"
    source.write_text(_FILE, encoding="utf-8")

    user = await login_spotify(settings, browser)
    found = await checked(settings)
    async with open_app(settings, "music") as app:
        imported = await app.service.imports.read(source)
        started = await app.service.start_sync(
            SyncRequest(import_id=imported.import_id, playlist="Trip")
        )
        report = await app.service.report(started.workflow_id)
        view = await app.service.show_playlist("Trip")

    assert user == "listener"
    assert (found["Catalogue"].ok, found["Catalogue"].detail) == (True, "Spotify answers")
    assert (await app.platform.companion_url(LOCAL), app.warnings) == (None, ())
    assert report.verified
    assert report.counts[TrackStatus.ADDED] == 2
    assert [track.title for track in view.tracks if track] == ["Jolene", "Fast Car"]
    assert logout_spotify(settings)
    assert not logout_spotify(settings)
    assert (await checked(settings))["Catalogue"].next_step == "Run `segue login spotify`."


async def test_without_a_login_a_sync_says_how_to_log_in(settings, tmp_path):
    source = tmp_path / "trip.csv"
    source.write_text(_FILE, encoding="utf-8")

    async with open_app(settings, "music") as app:
        imported = await app.service.imports.read(source)
        with pytest.raises(LoginRequiredError) as refused:
            await app.service.start_sync(SyncRequest(import_id=imported.import_id, playlist="Trip"))

    assert refused.value.hint == "Run `segue login spotify`."


async def test_a_consent_of_five_months_is_warned_of(settings):
    await login_spotify(settings, browser)
    file = token_file(settings)
    kept = json.loads(file.read_text(encoding="utf-8"))
    old = datetime.now(UTC) - timedelta(days=160)
    file.write_text(json.dumps({**kept, "consented_at": old.isoformat()}), encoding="utf-8")

    assert "run `segue login spotify`" in (await checked(settings))["Catalogue"].next_step
    async with open_app(settings, "music") as app:
        assert "The Spotify login ends on" in app.warnings[0]


async def test_an_application_with_a_secret_can_search_without_a_login(settings):
    secret = replace(
        settings,
        spotify=settings.spotify.model_copy(update={"client_secret": SecretStr("invented")}),
    )

    found = (await checked(secret))["Catalogue"]

    assert found.ok
    assert found.next_step.startswith("Search only")


async def test_a_login_needs_a_client_id(tmp_path):
    with pytest.raises(SettingsError, match="SPOTIFY_CLIENT_ID"):
        await login_spotify(embedded_settings(tmp_path), browser)
