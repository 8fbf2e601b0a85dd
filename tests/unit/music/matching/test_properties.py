"""What must hold for every text, not only for the cases somebody thought of."""

from hypothesis import given, strategies as st

from segue.music.contracts.songs import SongMetadata, Track
from segue.music.matching.decide import judge
from segue.music.matching.distance import measure
from segue.music.matching.likeness import compare_titles
from segue.music.matching.normalise import canonical, fold, latin
from segue.music.matching.policy import STANDARD
from segue.music.matching.queries import search_queries
from segue.music.matching.titles import read_title
from segue.music.matching.wish import read_wish

WORDS = (
    "love", "night", "the", "you", "jolene", "remix", "live", "feat.", "(", ")", "[", "]", "-",
    "\u2013",
    "|", "by", ":", '"', "&", "Pt. 2", "II", "1999", "karaoke", "Сияй", "夜", "ï¿½", "f**k", "Ü",
)  # fmt: skip
TEXT = st.one_of(st.text(max_size=40), st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join))
# What is left of a broken encoding begins with one of these; text without them is sound, ...
MARRED = "\ufffd\u00ef\u00c2\u00c3\u00e2\u00d0\u00d1\u00c4\u00c5"
WHOLE = st.one_of(
    st.text(st.characters(exclude_characters=MARRED, exclude_categories=["Cs"]), max_size=20),
    st.lists(st.sampled_from([word for word in WORDS if word[0] not in MARRED]), max_size=8).map(
        " ".join
    ),
)
LETTERS = st.characters(categories=["Lu", "Ll", "Lt", "Lo", "Nd"], exclude_characters=MARRED)


def closed(text: str) -> str:
    """... unless a bracket is left open, as in text that was cut off; so it is closed."""
    opened = max(text.rfind("("), text.rfind("["))
    return text if opened <= max(text.rfind(")"), text.rfind("]")) else f"{text})"


SOUND = WHOLE.map(closed)
NAMES = st.builds("{}{}{}".format, WHOLE, LETTERS, WHOLE).map(closed)
LENGTH = st.one_of(st.none(), st.integers(1, 1_000_000))
YEAR = st.one_of(st.none(), st.integers(1900, 2030))
SONGS = st.builds(
    SongMetadata,
    title=TEXT,
    artist=TEXT,
    album=st.one_of(st.none(), TEXT),
    year=YEAR,
    duration_ms=LENGTH,
    isrc=st.one_of(st.none(), st.just("USRC10000001"), TEXT),
)


def tracks(names: st.SearchStrategy[str]) -> st.SearchStrategy[Track]:
    """Tracks whose title and artists are such names."""
    return st.builds(
        Track,
        uri=st.integers(0, 999).map(lambda number: f"spotify:track:{number:022d}"),
        title=names,
        artists=st.lists(names, min_size=1, max_size=3).map(tuple),
        album=st.one_of(st.none(), TEXT),
        release_date=st.one_of(st.none(), YEAR.map(str), TEXT),
        duration_ms=LENGTH,
    )


TRACKS = tracks(TEXT)


@given(SONGS, st.lists(TRACKS, max_size=6))
def test_any_text_gets_a_verdict_with_a_reason(song: SongMetadata, tracks: list[Track]):
    verdict = judge(song, tracks)

    assert 0 <= verdict.confidence <= 1
    assert verdict.reason
    assert (verdict.track is None) == (verdict.decision == "none")


@given(SONGS, st.lists(TRACKS, max_size=6, unique_by=lambda track: track.uri), st.randoms())
def test_the_order_of_candidates_does_not_matter(song: SongMetadata, tracks: list[Track], random):
    verdict = judge(song, tracks)

    random.shuffle(tracks)

    assert judge(song, [*tracks, *tracks[:1]]) == verdict


@given(SONGS, TRACKS)
def test_a_distance_is_the_sum_of_its_ledger_between_0_and_1(song: SongMetadata, track: Track):
    distance = measure(read_wish(song), track, STANDARD)

    assert 0 <= distance.total <= 1
    assert (
        distance.total == min(1, sum(line.amount for line in distance.lines)) or not distance.lines
    )
    assert all(line.amount >= 0 and line.detail for line in distance.lines)


@given(tracks(NAMES))
def test_a_track_is_at_distance_0_from_itself(track: Track):
    year = (track.release_date or "")[:4]
    song = SongMetadata(
        title=track.title,
        artist=", ".join(track.artists),
        artists=track.artists,
        album=track.album,
        year=int(year) if year.isdecimal() and year.isascii() else None,
        duration_ms=track.duration_ms,
    )

    distance = measure(read_wish(song), track, STANDARD)

    assert distance.total == 0, distance


@given(SOUND, SOUND)
def test_likeness_of_sound_titles_is_symmetric(one: str, other: str):
    asked, given_ = read_title(one), read_title(other)

    there, back = compare_titles(asked, given_), compare_titles(given_, asked)

    assert there == back


@given(TEXT)
def test_normal_forms_are_lower_case_and_stable(text: str):
    folded = fold(text)

    assert fold(folded) == folded
    assert folded == " ".join(folded.split())
    assert latin(text).isascii()
    assert canonical(text) == canonical(folded)


@given(SONGS)
def test_queries_are_distinct_and_never_empty(song: SongMetadata):
    forms = search_queries(song)

    assert len(set(forms)) == len(forms)
    assert all(form.strip() == form and form for form in forms)
    assert bool(forms) <= (not read_wish(song).refusal)


VERSIONS = ("", " - Live", " (Remix)", " - Acoustic", " [Karaoke Version]", " (Demo)", " - Sped Up")


@given(st.sampled_from(VERSIONS), st.sampled_from(VERSIONS))
def test_a_version_veto_is_symmetric_and_falls_exactly_between_kinds(one: str, other: str):
    def accepted(asked: str, given_: str) -> bool:
        track = Track(uri="spotify:track:x", title=f"Jolene{given_}", artists=("Dolly Parton",))
        song = SongMetadata(title=f"Jolene{asked}", artist="Dolly Parton")
        return judge(song, [track]).decision == "accept"

    assert accepted(one, other) == accepted(other, one) == (one == other)
