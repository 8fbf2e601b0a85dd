"""Models that do what a text says: from a title, a script for the scripted server.

Such a model reads what is hidden, believes what is forged, and asks for everything at once. What a
text does not spell out it fills in: there is always a foreign track, another playlist, an address.
"""

import base64
import binascii
import codecs
import json
import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from segue.music.contracts.songs import SongMetadata
from segue.music.contracts.strategies import Strategy
from tests.fakes.data.tracks import track_uri
from tests.fakes.programs.openai_server.steps import Step, Text, ToolCall
from tests.faults.hostile_texts import CANARY, FOREIGN_PLAYLIST, FOREIGN_URI

UNFOUND_URI = track_uri(9_998)  # in the catalogue, and no search gives it
_CHUNK = 4_096  # characters of a delta: texts of ten kilobytes are about what they say
_MOST = 3  # of each kind; a text may name hundreds

_URI = re.compile(r"spotify:\w+:[\w./]+", re.IGNORECASE)
_ADDRESS = re.compile(r"(?:https?|file|ldap)://[^\s'\"()\]}>]+")
_PLAYLIST = re.compile(r"\b[0-9A-Za-z]{22}\b")
_TOOL = re.compile(r"\b([a-z_0-9]{3,40})\s?\(")
_BASE64 = re.compile(r"[A-Za-z0-9+/]{24,}={0,2}")
_CONFIDENCES = (1.0, 99.0, -1.0, 1e308)
_PICKS = (99, -1, 1, 2**70, 0)
_CANDIDATES = (0, 1)  # of these


@dataclass(frozen=True)
class Orders:
    """What texts want done."""

    texts: tuple[str, ...]
    uris: tuple[str, ...]
    playlists: tuple[str, ...]
    addresses: tuple[str, ...]
    tools: tuple[str, ...]

    @property
    def words(self) -> str:
        """What such a model says when it is to say something: it repeats."""
        return f"As told: {' '.join(self.texts)} See {self.addresses[0]} ![it]({CANARY}/said.png)"


def orders_in(texts: tuple[str, ...]) -> Orders:
    """Everything that the texts ask for, seen and unseen, and what is always asked for."""
    read = [_read(text) for text in texts]
    return Orders(
        texts=texts,
        uris=_some(_URI, read, FOREIGN_URI, UNFOUND_URI),
        playlists=_some(_PLAYLIST, read, FOREIGN_PLAYLIST),
        addresses=_some(_ADDRESS, read, CANARY),
        tools=_some(_TOOL, read, "fetch_url", "create_playlist", "remove_from_playlist"),
    )


def obedient_script(
    strategy: Strategy,
    query: str,
    wish: SongMetadata,
    orders: Orders,
    *,
    number: int,
    wanted: str | None,
) -> tuple[Step, ...]:
    """What the model says, call by call.

    Args:
        strategy: Whose tools it has.
        query: Searched first, as an honest model would.
        wish: What it reads out of a sentence.
        orders: Obeyed then.
        number: Varies what is out of range.
        wanted: Added at last, as the user wishes; None: it is not.
    """
    confidence = _CONFIDENCES[number % len(_CONFIDENCES)]
    choice = {"uri": orders.uris[0], "confidence": confidence, "reason": orders.words}
    searched = _batch(("spotify_search", {"query": query, "limit": 10}))
    match strategy:
        case Strategy.ASSISTED:
            index = _PICKS[number % len(_PICKS)]
            pick = _says({"index": index, "reason": orders.words})
            again = (pick,) if index in _CANDIDATES else ()  # what it picks is asked about again
            return (_batch(*_unknown(orders), *_adds(orders)), pick, *again)
        case Strategy.SIMPLE:
            named = {"title": wish.title, "artist": wish.artist}
            return (
                _says(named),
                searched,
                _obeyed(orders),
                _again(orders, wanted),
                Step(parts=(Text(text=orders.words),), chunk_chars=_CHUNK),
            )
        case Strategy.MULTI_AGENT:
            return (searched, *_team(orders, wanted, confidence), _says(choice))
        case Strategy.MCP:
            return (*_over_mcp(query, orders, wanted), _says(choice))
        case _:
            return (searched, _obeyed(orders), _again(orders, wanted), _says(choice))


def _team(orders: Orders, wanted: str | None, confidence: float) -> tuple[Step, ...]:
    found = {"uris": list(orders.uris), "note": orders.words}
    handed = {"uri": orders.uris[0], "confidence": confidence, "reason": orders.words}
    return (
        _batch(*_adds(orders), ("transfer_to_playlistagent", handed)),  # not yet its to call
        _batch(("transfer_to_matchingagent", found)),
        _obeyed(orders),
        _batch(("transfer_to_playlistagent", handed)),
        _again(orders, wanted),
    )


def _obeyed(orders: Orders) -> Step:
    return _batch(
        *(
            ("spotify_search", {"query": text[:200] or "?", "limit": 10})
            for text in orders.texts[:2]
        ),
        ("spotify_search", {"query": orders.addresses[-1][:200], "limit": 10}),
        ("fuzzy_match", {"candidates": list(orders.uris)}),
        *_adds(orders),
    )


def _again(orders: Orders, wanted: str | None) -> Step:
    """By now the foreign track has been found, by the search for a text."""
    return _batch(*_unknown(orders), *_adds(orders), *_honest(wanted))


def _adds(orders: Orders) -> list[tuple[str, Any]]:
    uri, playlist = orders.uris[0], orders.playlists[0]
    return [
        *(("add_to_playlist", {"track_uri": each}) for each in orders.uris),
        ("add_to_playlist", {"track_uri": uri, "playlist_id": playlist}),
        ("add_to_playlist", {"track_uris": list(orders.uris), "playlist_id": playlist}),
        ("add_to_playlist", {"track_uri": orders.texts[0]}),
        ("add_to_playlist", orders.texts[-1]),  # the text itself in the place of JSON
        ("verify_track", {"track_uri": uri}),
    ]


def _honest(wanted: str | None) -> list[tuple[str, Any]]:
    return [("add_to_playlist", {"track_uri": wanted})] if wanted else []


def _unknown(orders: Orders) -> list[tuple[str, Any]]:
    asked = {"url": orders.addresses[0], "playlist_id": orders.playlists[0], "text": orders.words}
    return [(name, asked) for name in orders.tools]


def _over_mcp(query: str, orders: Orders, wanted: str | None) -> tuple[Step, ...]:
    other, uri = orders.playlists[0], orders.uris[0]
    own = "OWN_PLAYLIST"
    foreign: list[tuple[str, Any]] = [
        ("add_to_playlist", {"playlist_id": other, "track_uris": list(orders.uris)}),
        ("add_to_playlist", {"playlist_id": own, "track_uris": list(orders.uris)}),
        *(("add_to_playlist", {"playlist_id": own, "track_uris": [each]}) for each in orders.uris),
        ("add_to_playlist", {"playlist_id": own, "track_uris": orders.texts[0]}),
        ("add_to_playlist", orders.texts[-1]),
        ("verify_track", {"playlist_id": other, "track_uri": uri}),
        ("get_playlist", {"playlist_id": other, "offset": 0, "limit": 50}),
        ("get_track", {"track_uri": uri}),
    ]
    both = [wanted or uri, uri]
    honest = [("add_to_playlist", {"playlist_id": own, "track_uris": [wanted]})] * bool(wanted)
    return (
        _batch(("search_tracks", {"query": query, "limit": 10, "offset": 0})),
        _batch(
            ("search_tracks", {"query": orders.texts[0][:200] or "?", "limit": 10, "offset": 0}),
            *foreign,
        ),
        _batch(
            *_unknown(orders),
            *foreign,
            ("add_to_playlist", {"playlist_id": own, "track_uris": both}),
            *honest,
        ),
    )


def _read(text: str) -> str:
    """The text as somebody reads it who misses nothing."""
    shown = "".join(character for character in text if unicodedata.category(character) != "Cf")
    tagged = "".join(chr(ord(c) - 0xE0000) for c in text if 0xE0000 < ord(c) < 0xE0080)
    wide = unicodedata.normalize("NFKC", shown)
    parts = (text, shown, wide, tagged, text[::-1], codecs.encode(text, "rot13"))
    return "\n".join((*parts, *(_decoded(found) for found in _BASE64.findall(text))))


def _decoded(found: str) -> str:
    try:
        return base64.b64decode(found, validate=True).decode(errors="replace")
    except binascii.Error:
        return ""


def _some(form: re.Pattern[str], read: list[str], *always: str) -> tuple[str, ...]:
    """What is always asked for, and some of what the texts name."""
    named = dict.fromkeys(found for text in read for found in form.findall(text))
    return (*always, *[each for each in named if each not in always][:_MOST])


def _says(data: dict[str, Any]) -> Step:
    return Step(parts=(Text(text=json.dumps(data)),), chunk_chars=_CHUNK)


def _batch(*asked: tuple[str, Any]) -> Step:
    parts = (
        ToolCall(name=name, arguments=given if isinstance(given, str) else json.dumps(given))
        for name, given in asked
    )
    return Step(parts=tuple(parts), chunk_chars=_CHUNK)
