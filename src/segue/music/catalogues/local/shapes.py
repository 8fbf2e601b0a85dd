"""Our tracks and playlists in Spotify's JSON, as an application in development mode gets it.

Source: Spotify Web API, OpenAPI document of 2026-08: TrackObject, PlaylistObject,
PlaylistTrackObject, PagingObject. What we do not know is left out or has the neutral value that the
document allows (an album of one track, no markets, no images).
"""

import json
from collections.abc import Callable, Sequence
from typing import Literal

from segue.music.catalogues.local.ids import derived_id
from segue.music.catalogues.local.playlists import StoredItem, StoredPlaylist
from segue.music.catalogues.wire import NO_DATE, TRACK_PREFIX
from segue.music.contracts.songs import Track

Json = dict[str, object]
ItemKey = Literal["item", "track"]
# One track is about 1.5 kB of JSON; this many keep a whole demo catalogue and stay under 15 MB.
CACHED_TRACKS = 8192


def dump(value: object) -> str:
    """Compact JSON text."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


class TrackTexts:
    """Tracks as JSON text, each made once."""

    def __init__(
        self, base: str, find: Callable[[str], Track | None], *, capacity: int = CACHED_TRACKS
    ) -> None:
        """Remember where the service answers and how to find a track by id.

        Args:
            base: Where the service answers.
            find: A track by id.
            capacity: Texts kept, > 0; when they are more, all are forgotten.
        """
        self._capacity = capacity
        self._base = base
        self._find = find
        self._known: dict[str, tuple[Track, str]] = {}

    def of(self, track: Track) -> str:
        """The text of a track that was just found."""
        entry = self._known.get(track.uri)
        if entry is not None and entry[0] == track:
            return entry[1]
        if len(self._known) >= self._capacity:
            self._known.clear()
        text = dump(track_json(track, self._base))
        self._known[track.uri] = (track, text)
        return text

    def by_id(self, track_id: str) -> str | None:
        """The text of a track by id, None when there is none."""
        track = self._find(track_id)
        return None if track is None else self.of(track)


def track_json(track: Track, base: str) -> Json:
    """TrackObject."""
    track_id = track.uri.removeprefix(TRACK_PREFIX)
    artists = [_artist_json(name, base) for name in track.artists]
    return {
        "album": _album_json(track, artists, base),
        "artists": artists,
        "disc_number": 1,
        **({} if track.duration_ms is None else {"duration_ms": track.duration_ms}),
        "explicit": False,
        "external_ids": {"isrc": track.isrc} if track.isrc else {},
        "external_urls": {},
        "href": f"{base}/v1/tracks/{track_id}",
        "id": track_id,
        "is_local": False,
        "name": track.title,
        "track_number": 1,
        "type": "track",
        "uri": track.uri,
    }


def _album_json(track: Track, artists: list[Json], base: str) -> Json:
    date = track.release_date or NO_DATE
    album_id = derived_id("album", track.album or "", *track.artists[:1])
    return {
        "album_type": "album",
        "artists": artists[:1],
        "available_markets": [],
        "external_urls": {},
        "href": f"{base}/v1/albums/{album_id}",
        "id": album_id,
        "images": [],
        "name": track.album or "",
        "release_date": date,
        "release_date_precision": {4: "year", 7: "month"}.get(len(date), "day"),
        "total_tracks": 1,
        "type": "album",
        "uri": f"spotify:album:{album_id}",
    }


def _artist_json(name: str, base: str) -> Json:
    artist_id = derived_id("artist", name)
    return {
        "external_urls": {},
        "href": f"{base}/v1/artists/{artist_id}",
        "id": artist_id,
        "name": name,
        "type": "artist",
        "uri": f"spotify:artist:{artist_id}",
    }


def user_json(user: str, base: str) -> Json:
    """The user as Spotify's PlaylistUserObject."""
    return {
        "external_urls": {},
        "href": f"{base}/v1/users/{user}",
        "id": user,
        "type": "user",
        "uri": f"spotify:user:{user}",
    }


def playlist_json(playlist: StoredPlaylist, base: str) -> Json:
    """What PlaylistObject and SimplifiedPlaylistObject share: all but the items."""
    return {
        "collaborative": playlist.collaborative,
        "description": playlist.description,
        "external_urls": {},
        "href": f"{base}/v1/playlists/{playlist.id}",
        "id": playlist.id,
        "images": [],
        "name": playlist.name,
        "owner": {**user_json(playlist.owner, base), "display_name": playlist.owner},
        "public": playlist.public,
        "snapshot_id": playlist.snapshot_id,
        "type": "playlist",
        "uri": f"spotify:playlist:{playlist.id}",
    }


def item_text(item: StoredItem, track: str | None, key: ItemKey, base: str) -> str:
    """PlaylistTrackObject; the track is null when the catalogue has it no longer."""
    head = dump({
        "added_at": item.added_at,
        "added_by": user_json(item.added_by, base),
        "is_local": False,
    })
    return f'{head[:-1]},"{key}":{track or "null"}}}'


def page_text(items: Sequence[str], href: str, *, offset: int, limit: int, total: int) -> str:
    """PagingObject around items that are JSON text already.

    Args:
        items: The page.
        href: Address of the list, with any query but ``offset`` and ``limit``.
        offset: The offset that was asked for.
        limit: The limit that was asked for.
        total: Size of the whole list.
    """
    joint = "&" if "?" in href else "?"

    def at(start: int) -> str:
        return f"{href}{joint}offset={start}&limit={limit}"

    follows = offset + len(items) < total and limit > 0 and len(items) > 0
    frame: Json = {
        "href": at(offset),
        "limit": limit,
        "next": at(offset + limit) if follows else None,
        "offset": offset,
        "previous": at(max(offset - limit, 0)) if offset > 0 else None,
        "total": total,
    }
    return f'{dump(frame)[:-1]},"items":[{",".join(items)}]}}'
