"""The parts of Spotify's JSON that we read, and their translation into our own words.

Every model ignores what it does not know and forgives what Spotify leaves out, because dev-mode and
extended-quota applications get different fields.

Source: Spotify Web API, OpenAPI document of 2026-08 (component schemas named beside each class).
"""

from pydantic import Field

from segue.music.catalogues.port import ItemsPage, Playlist
from segue.music.contracts.base import Wire
from segue.music.contracts.songs import Track

TRACK_PREFIX = "spotify:track:"
NO_DATE = "0000"  # Spotify's way of saying that an album's release date is unknown


class NamedJson(Wire):
    """SimplifiedArtistObject, of which only the name matters."""

    name: str | None = None


class AlbumJson(Wire):
    """SimplifiedAlbumObject."""

    name: str | None = None
    release_date: str | None = None


class ExternalIdsJson(Wire):
    """ExternalIdObject."""

    isrc: str | None = None


class LinkJson(Wire):
    """What ``linked_from`` holds: the track that was asked for before relinking."""

    uri: str | None = None


class TrackJson(Wire):
    """TrackObject; also read from EpisodeObject and local files, which :meth:`track` refuses."""

    uri: str
    name: str | None = None
    artists: tuple[NamedJson, ...] = ()
    album: AlbumJson = AlbumJson()
    duration_ms: int | None = None
    external_ids: ExternalIdsJson = ExternalIdsJson()
    linked_from: LinkJson | None = None

    def track(self) -> Track | None:
        """Our track, or None for an episode or a local file.

        A relinked track keeps the address that was asked for, since that is what the playlist
        holds and what a removal must name.

        Source: Spotify Web API, concepts, track relinking.
        """
        if not self.uri.startswith(TRACK_PREFIX):
            return None
        asked_for = self.linked_from.uri if self.linked_from else None
        date = self.album.release_date
        return Track(
            uri=asked_for or self.uri,
            title=self.name or "",
            artists=tuple(artist.name for artist in self.artists if artist.name),
            album=self.album.name or None,
            release_date=None if date in {None, "", NO_DATE} else date,
            duration_ms=self.duration_ms,
            isrc=self.external_ids.isrc,
        )


class TracksJson(Wire):
    """PagingTrackObject."""

    items: tuple[TrackJson | None, ...]


class SearchJson(Wire):
    """The answer of ``GET /search`` with ``type=track``."""

    tracks: TracksJson

    def track_list(self) -> tuple[Track, ...]:
        """The tracks in the catalogue's order, without the empty places."""
        tracks = (item.track() for item in self.tracks.items if item)
        return tuple(track for track in tracks if track)


class ItemJson(Wire):
    """PlaylistTrackObject: ``item`` since February 2026, ``track`` before."""

    item: TrackJson | None = None
    track: TrackJson | None = None
    is_local: bool = False

    def content(self) -> Track | None:
        """The track in this slot, or None where nothing playable from the catalogue is."""
        inside = self.item or self.track
        return None if inside is None or self.is_local else inside.track()


class ItemsJson(Wire):
    """PagingPlaylistTrackObject."""

    items: tuple[ItemJson | None, ...]
    total: int

    def page(self) -> ItemsPage:
        """The page with one slot per playlist item, whatever is in it."""
        slots = tuple(slot.content() if slot else None for slot in self.items)
        return ItemsPage(items=slots, total=self.total)


class TotalJson(Wire):
    """PlaylistTracksRefObject."""

    total: int = 0


class OwnerJson(Wire):
    """PlaylistOwnerObject."""

    id: str = ""


class LinksJson(Wire):
    """ExternalUrlObject."""

    spotify: str | None = None


class PlaylistJson(Wire):
    """PlaylistObject and its simplified form: ``items`` since February 2026, ``tracks`` before."""

    id: str
    name: str
    description: str | None = None
    owner: OwnerJson = OwnerJson()
    snapshot_id: str | None = None
    external_urls: LinksJson = LinksJson()
    items: TotalJson | None = None
    tracks: TotalJson | None = None

    def playlist(self) -> Playlist:
        """Our playlist."""
        size = self.items or self.tracks or TotalJson()
        return Playlist(
            id=self.id,
            name=self.name,
            description=self.description or "",
            owner_id=self.owner.id,
            snapshot_id=self.snapshot_id,
            url=self.external_urls.spotify,
            total=size.total,
        )


class PlaylistsJson(Wire):
    """PagingPlaylistObject."""

    items: tuple[PlaylistJson | None, ...]
    total: int


class UserJson(Wire):
    """PrivateUserObject."""

    id: str


class ErrorBodyJson(Wire):
    """ErrorObject, with the ``reason`` that came in July 2026."""

    message: str = ""
    reason: str = ""


class ErrorJson(Wire):
    """The body of every refusal of the Web API."""

    error: ErrorBodyJson


class TokenJson(Wire):
    """The token endpoint's answer.

    Attributes:
        expires_in: Seconds.
        refresh_token: Absent when the one in use stays valid.
    """

    access_token: str = Field(repr=False, min_length=1)
    expires_in: int = Field(gt=0)
    refresh_token: str | None = Field(default=None, repr=False)
    scope: str = ""


class TokenErrorJson(Wire):
    """The token endpoint's refusal (RFC 6749, section 5.2)."""

    error: str = ""
