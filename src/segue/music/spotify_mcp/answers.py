"""What the tools answer: fields are never renamed, because clients and histories hold them.

Titles and names come from strangers and are shown to models: on one line, short, and without
characters that nobody sees.
"""

import unicodedata
from typing import Literal

from segue.music.catalogues.port import Playlist
from segue.music.contracts.base import Wire
from segue.music.contracts.songs import SongMetadata, Track

LONGEST_TEXT = 200  # characters of a title or name; the longest real ones are well below
_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn"}


class TrackAnswer(Wire):
    """One recording of the catalogue.

    Attributes:
        uri: ``spotify:track:…``; what every other tool takes.
        artists: Main artist first.
        duration_ms: Milliseconds.
    """

    uri: str
    title: str
    artists: tuple[str, ...]
    album: str | None = None
    release_date: str | None = None
    duration_ms: int | None = None
    isrc: str | None = None


class FoundTracks(Wire):
    """Search results, the catalogue's best first.

    Attributes:
        next_offset: Ask with this for more; None at the end.
    """

    query: str
    tracks: tuple[TrackAnswer, ...]
    next_offset: int | None = None


class PlaylistAnswer(Wire):
    """A playlist without its tracks.

    Attributes:
        created: False: it was there before, under the same name.
    """

    id: str
    name: str
    url: str | None = None
    created: bool = False


class PlaylistList(Wire):
    """The user's playlists, a page of them; ``next_offset`` is None at the end."""

    playlists: tuple[PlaylistAnswer, ...]
    next_offset: int | None = None


class PlaylistItem(Wire):
    """One place of a playlist; ``track`` is None where the item is unavailable."""

    position: int
    track: TrackAnswer | None


class PlaylistPage(Wire):
    """A part of a playlist; ``position`` counts from 0, ``next_offset`` is None at the end."""

    id: str
    name: str
    url: str | None = None
    total: int
    offset: int
    items: tuple[PlaylistItem, ...]
    next_offset: int | None = None


class AddedTracks(Wire):
    """What an addition did, after reading the playlist.

    Attributes:
        added: Sent by this call.
        already_present: The playlist held them; an earlier try of the same call may have added
            them.
        positions: Where each track stands, counted from 0.
    """

    playlist_id: str
    added: tuple[str, ...]
    already_present: tuple[str, ...]
    positions: dict[str, int]


class RemovedTracks(Wire):
    """What a removal did: every occurrence of ``removed`` is gone."""

    playlist_id: str
    removed: tuple[str, ...]
    not_present: tuple[str, ...]


class VerifiedTrack(Wire):
    """Whether a playlist, read back now, holds a track; positions count from 0."""

    playlist_id: str
    track_uri: str
    present: bool
    positions: tuple[int, ...]
    total: int


class SongAnswer(Wire):
    """A song as its source describes it."""

    title: str
    artist: str = ""
    album: str | None = None


class SyncStarted(Wire):
    """A durable sync; it goes on whether or not this client stays.

    Attributes:
        workflow_id: What ``sync_status`` takes, today or tomorrow.
        joined: The same sync was running already.
        songs: Rows taken.
        rejected: Why rows were refused, the first few; ``rejected_total`` counts all.
    """

    workflow_id: str
    joined: bool
    songs: int
    rejected: tuple[str, ...] = ()
    rejected_total: int = 0


class OpenRow(Wire):
    """A row that is not in the playlist, and why; ``nearest`` is the best guess."""

    position: int
    song: SongAnswer
    status: str
    reason: str
    nearest: TrackAnswer | None = None


class SyncStatus(Wire):
    """Where a sync stands.

    Attributes:
        state: ``waiting``: no worker answers now; the sync goes on when one runs.
        phase: The step it is at.
        waiting_seconds: How long the catalogue asked to wait; 0 when it works.
        verified: The playlist, read back, holds exactly what was planned; None before the end.
        open_rows: Of a finished sync, a page of the rows that were not added.
        next_offset: Ask with this for more of them; None at the end.
    """

    workflow_id: str
    state: Literal["running", "paused", "waiting", "done"]
    phase: str = ""
    total: int = 0
    matched: int = 0
    added: int = 0
    already_present: int = 0
    review: int = 0
    not_found: int = 0
    failed: int = 0
    waiting_seconds: float = 0.0
    waiting_reason: str = ""
    playlist_id: str | None = None
    playlist_name: str = ""
    playlist_url: str | None = None
    verified: bool | None = None
    message: str = ""
    open_rows: tuple[OpenRow, ...] = ()
    next_offset: int | None = None


class Candidate(Wire):
    """A recording that may be meant, and what speaks against it; confidence is 0 to 1."""

    track: TrackAnswer
    confidence: float
    against: tuple[str, ...] = ()


class Question(Wire):
    """A doubtful match that waits for a person."""

    key: str
    song: SongAnswer
    reason: str
    candidates: tuple[Candidate, ...]


class NextReview(Wire):
    """The review queue's head; ``question`` is None when nothing waits."""

    waiting: int
    question: Question | None = None


class Decided(Wire):
    """A decision in force from the next sync on; ``track_uri`` is None for a song left out."""

    key: str
    track_uri: str | None
    waiting: int


class SyncLine(Wire):
    """A sync in a list; ``status`` is Temporal's word, times are ISO 8601 in UTC."""

    workflow_id: str
    status: str
    playlist_name: str = ""
    started_at: str
    closed_at: str | None = None


class SyncList(Wire):
    """Syncs, newest first."""

    syncs: tuple[SyncLine, ...]


class Cancelled(Wire):
    """A sync that was told to end; what it added stays."""

    workflow_id: str


class DecisionAnswer(Wire):
    """What the user decided for a song; ``track_uri`` is None for one left out."""

    key: str
    song: SongAnswer
    track_uri: str | None
    decided_at: str


class DecisionList(Wire):
    """Decisions in force, newest first; ``next_offset`` is None at the end."""

    decisions: tuple[DecisionAnswer, ...]
    next_offset: int | None = None


class Forgotten(Wire):
    """Whether there was such a decision; the next sync asks again."""

    key: str
    forgotten: bool


class BasketAnswer(Wire):
    """A basket: tracks collected and not yet added to a playlist.

    Attributes:
        basket: Its handle; None for the session's own basket.
        expires_at: ISO 8601 in UTC; None for the session's own, which ends with the session.
    """

    basket: str | None
    tracks: tuple[str, ...]
    expires_at: str | None = None


def legible(text: str) -> str:
    """Text from strangers as a model gets it: one line, no unseen characters, at most 200."""
    characters = (
        " " if character.isspace() else character
        for character in text
        if character.isspace() or unicodedata.category(character) not in _UNSEEN
    )
    return "".join(characters)[:LONGEST_TEXT]


def track_answer(track: Track) -> TrackAnswer:
    """A track, made fit to be shown."""
    return TrackAnswer(
        uri=track.uri,
        title=legible(track.title),
        artists=tuple(legible(artist) for artist in track.artists),
        album=legible(track.album) if track.album else None,
        release_date=legible(track.release_date) if track.release_date else None,
        duration_ms=track.duration_ms,
        isrc=legible(track.isrc) if track.isrc else None,
    )


def song_answer(song: SongMetadata) -> SongAnswer:
    """A song, made fit to be shown."""
    album = legible(song.album) if song.album else None
    return SongAnswer(title=legible(song.title), artist=legible(song.artist), album=album)


def playlist_answer(playlist: Playlist, *, created: bool) -> PlaylistAnswer:
    """A playlist, made fit to be shown."""
    return PlaylistAnswer(
        id=playlist.id, name=legible(playlist.name), url=playlist.url, created=created
    )
