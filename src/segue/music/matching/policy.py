"""The numbers of the matcher, each with its reason."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MatchPolicy:
    """How much each disagreement counts, and where acceptance ends; distances are 0 to 1."""

    accept: float = 0.20
    review: float = 0.45
    title: float = 0.8
    other_title: float = 0.6
    other_artist: float = 0.5
    no_artist: float = 0.3
    guests: float = 0.1
    corroborated: float = 0.7
    duration_same_ms: int = 3_000
    other_word: float = 0.25
    unplugged: float = 0.05
    label: float = 0.004
    subtitle: float = 0.04
    artist: float = 0.7
    version: float = 0.5
    version_name: float = 0.4
    unnamed_remix: float = 0.3
    unnamed_version: float = 0.02
    album_version: float = 0.22
    number: float = 0.4
    cut: float = 0.06
    duration_grace_ms: int = 6_000
    duration_grace_share: float = 0.03
    duration_veto_ms: int = 25_000
    duration_veto_share: float = 0.12
    duration: float = 0.15
    album: float = 0.03
    year: float = 0.01


STANDARD = MatchPolicy()
