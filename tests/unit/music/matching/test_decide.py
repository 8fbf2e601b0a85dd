"""Tables of musical cases: what is the same song, what is another, what nobody can know."""

import zlib

import pytest

from segue.music.contracts.songs import SongMetadata, Track
from segue.music.contracts.verdicts import Verdict
from segue.music.matching.decide import judge


def song(title: str, artist: str = "", **facts: object) -> SongMetadata:
    return SongMetadata.model_validate({"title": title, "artist": artist, **facts})


def track(title: str, *artists: str, **facts: object) -> Track:
    uri = f"spotify:track:{zlib.crc32(repr((title, artists, sorted(facts.items()))).encode()):022d}"
    return Track.model_validate({"uri": uri, "title": title, "artists": artists, **facts})


def decided(wish: SongMetadata, *tracks: Track) -> str:
    return judge(wish, tracks).decision


SAME = [
    (("Jolene", "Dolly Parton"), ("Jolene", "Dolly Parton")),
    (("JOLENE", "dolly parton"), ("Jolene", "Dolly Parton")),
    (("Te Bote - Remix", "Nio Garcia"), ("Te Boté - Remix", "Nio Garcia", "Bad Bunny")),
    (("Paint It Black", "Rolling Stones, The"), ("Paint It, Black", "The Rolling Stones")),
    (("Right + Wrong", "Angus + Julia Stone"), ("Right and Wrong", "Angus & Julia Stone")),
    (("No F**ks", "1takejay"), ("No Fucks", "1takejay")),
    (("S****** Messiah", "Black Label Society"), ("Suicide Messiah", "Black Label Society")),
    (("Lovin' U", "Minnie Riperton"), ("Loving You", "Minnie Riperton")),
    (("Messiah, Pt. II", "Handel"), ("Messiah, Part 2", "Handel")),
    (("Nobldy Knows", "The Lumineers"), ("Nobody Knows", "The Lumineers")),
    (("Siyay", "Skurt"), ("Сияй", "Skurt")),
    (("Eyya", "Kangi"), ("Эйя", "Канги")),
    (("アクセス (Official Video)", "Masaharu Fukuyama"), ("アクセス", "Masaharu Fukuyama")),
    (("acting like that", "YUNGBLUD feat. MGK"), ("acting like that (feat. MGK)", "YUNGBLUD")),
    (("Fly Away ft CoolBeanz", "Kid Sublime"), ("Fly Away", "Kid Sublime", "CoolBeanz")),
    (("Delusi", "L.Y.O.N / Rizky Febian"), ("Delusi", "L.Y.O.N", "Rizky Febian")),
    (("Be with You", "Lipless, Unknwn"), ("Be with You", "Unknwn", "Lipless")),
    (("See You Again", "Tyler, The Creator"), ("See You Again", "Tyler, The Creator")),
    (("Take Five", "Dave Brubeck"), ("Take Five", "The Dave Brubeck Quartet")),
    (("What's Forever For", "Michael Murphey"), ("What's Forever For", "Michael Martin Murphey")),
    (("Wonderwall [Remastered 2011]", "Oasis"), ("Wonderwall", "Oasis")),
    (("Wonderwall", "Oasis"), ("Wonderwall - Remastered", "Oasis")),
    (("Brass In Pocket", "Pretenders"), ("Brass In Pocket (I'm Special)", "Pretenders")),
    (("This Life (Live)", "Vampire Weekend"), ("This Life - Live at KCRW", "Vampire Weekend")),
    (("Ignition Remix", "R. Kelly"), ("Ignition (Remix)", "R. Kelly")),
    (("Fire (Blanke Remix)", "Peking Duk"), ("Fire - Remix", "Peking Duk", "Blanke")),
    (("Love (Clean Version", "Somebody"), ("Love (Clean Version)", "Somebody")),
    (("Chicago, Part I", "Sufjan"), ("Chicago, Part 1", "Sufjan")),
    (("Danza (Fassung)", "Somebody"), ("Danza", "Somebody")),
    (("Do It [Remix]", "Chloe x Halle, Doja Cat"), ("Do It - Remix", "Chloe x Halle", "Doja Cat")),
    (("The Chase", "Vegas & Mike, Quintino"), ("The Chase", "Vegas & Mike", "Quintino")),
    (("Winter [Doveman Mix feat. Me]", "Sufjan"), ("Winter - Doveman Mix", "Sufjan")),
    (("Next ko Me", "Emeli Sandé"), ("Next to Me", "Emeli Sandé")),
    (("Frew allin'", "Riggi & Piros"), ("Free Fallin'", "Riggi & Piros")),
    (("Tip-Toe Thru' the Tulips", "Tiny Tim"), ("Tip Toe Thru' the Tulips with Me", "Tiny Tim")),
    (("Obsession - the london mix", "Guy Cuevas"), ("Obsession - London Mix", "Guy Cuevas")),
    (("Valentino - imanbek remix", "24kGoldn"), ("Valentino - Imanbek Remix", "24kGoldn")),
    (("Love (Taylorï¿½ï¿½s Ve", "Taylor Swift"), ("Love (Taylor\u2019s Version)", "Taylor Swift")),
    (("Derniï¿½ï¿½re d", "Indila"), ("Dernière danse", "Indila")),
    (("BeyoncÃ©", "Arcade"), ("Beyoncé", "Arcade")),
    (("03 Wwjd", "Tribe For Christ"), ("Wwjd", "Tribe For Christ")),
    (("Proud Mary (Live Acoustic)", "Ike"), ("Proud Mary - Unplugged", "Ike")),
    (("Proud Mary (Live Acoustic)", "Ike"), ("Proud Mary - Live", "Ike")),
    (("Proud Mary - Accoustic (Live)", "Ike"), ("Proud Mary (Acoustic) [Live]", "Ike")),
    (("Chicago - Extended Mix", "Sufjan"), ("Chicago (12\" Version)", "Sufjan")),
    (("Riri (Karaoke Version)", "Zoom"), ("Riri (Karaoke) [Made Famous By Aminé]", "Zoom")),
]  # fmt: skip

ANOTHER = [
    (("Jolene", "Dolly Parton"), ("Jolene", "The White Stripes")),
    (("Jolene", "Dolly Parton"), ("Jolene - Live", "Dolly Parton")),
    (("Jolene - Live", "Dolly Parton"), ("Jolene", "Dolly Parton")),
    (("Jolene", "Dolly Parton"), ("Jolene (Karaoke Version)", "Dolly Parton")),
    (("Jolene", "Dolly Parton"), ("Jolene - Acoustic", "Dolly Parton")),
    (("Jolene", "Dolly Parton"), ("Jolene (Spanish Version)", "Dolly Parton")),
    (("Jolene", "Dolly Parton"), ("Jolene - Sped Up", "Dolly Parton")),
    (("Jolene", "Dolly Parton"), ("Jolene - 2021 Re-Recorded", "Dolly Parton")),
    (("Jolene", "Dolly Parton"), ("Jolene - Club Mix", "Dolly Parton")),
    (("Jolene", "Dolly Parton"), ("Jolene - Spotify Singles", "Dolly Parton")),
    (("Jolene", "Dolly Parton"), ("Jolene - Instrumental", "Dolly Parton")),
    (("Jolene", "Dolly Parton"), ("Jolene - Reemix", "Dolly Parton")),
    (("Love Story", "Taylor Swift"), ("Love Story (Taylor\u2019s Version)", "Taylor Swift")),
    (("Fire (Blanke Remix)", "Peking Duk"), ("Fire (Krewella Remix)", "Peking Duk")),
    (("Fire (Remix)", "Peking Duk"), ("Fire - Krewella Remix", "Peking Duk")),
    (("Fire (Blanke Remix)", "Peking Duk"), ("Fire - Remix", "Peking Duk")),
    (("Lights (Live 1972)", "Journey"), ("Lights (Live 1981)", "Journey")),
    (("Lights (Live at Leeds)", "Journey"), ("Lights - Live in Tokyo", "Journey")),
    (("Let It Rain", "Eric Clapton"), ("Let It Grow", "Eric Clapton")),
    (("Racks Out", "Rich The Kid"), ("Racks On", "Rich The Kid")),
    (("Human", "The Killers"), ("The Man", "The Killers")),
    (("Black Habits II", "D Smoke"), ("Black Habits I", "D Smoke")),
    (("The Look of Love, Pt. 1", "Slum"), ("The Look of Love, Pt. 2", "Slum")),
    (("Symphony No. 5: IV. Allegro", "Beethoven"), ("Symphony No. 5: III. Allegro", "Beethoven")),
    (("East Bound and Down", "Jerry Reed"), ("West Bound and Down", "Jerry Reed")),
    (("Free Bird", "Lynyrd Skynyrd"), ("Free Bird", "Dolly Parton", "Lynyrd Skynyrd")),
    (("Pedro", "Jaxomy & Raffaella Carrà"), ("Pedro", "Raffaella Carrà")),
    (("My Rough Ways", "Doc Watson"), ("My Rough Ways", "Doc & Merle Watson")),
    (("Eyes (Live at MTV, Take 1)", "Clapton"), ("Eyes (Live at MTV, Take 2)", "Clapton")),
    (("Winter", "Sufjan"), ("Winter (Doveman Mix feat. Melissa)", "Sufjan")),
    (("Prelude No. 1 in C", "Bach"), ("Prelude No. 1 in D", "Bach")),
    (("I Don't Care", "Hank Williams, Jr."), ("I Don't Care", "Hank Williams")),
    (("Danza", "Somebody"), ("Danza - Berliner Fassung", "Somebody")),
    (("Someone", "Elvis"), ("Someone - with The Royal Philharmonic Orchestra", "Elvis")),
]  # fmt: skip


@pytest.mark.parametrize(("asked", "given"), SAME)
def test_the_same_recording_is_accepted_however_it_is_written(
    asked: tuple[str, str], given: tuple[str, ...]
):
    verdict = judge(song(*asked), [track(*given)])

    assert verdict.decision == "accept", verdict


@pytest.mark.parametrize(("asked", "given"), ANOTHER)
def test_another_recording_is_never_accepted(asked: tuple[str, str], given: tuple[str, ...]):
    verdict = judge(song(*asked), [track(*given)])

    assert verdict.decision != "accept", verdict


READ = [
    ("18. Gunna - ARGENTINA", "", ("ARGENTINA", "Gunna")),
    ("Anemone (2008) by Brian Jonestown", "", ("Anemone", "Brian Jonestown")),
    ("Brian Jonestown \u2013 Anemone (2008)", "", ("Anemone", "Brian Jonestown")),
    ("Like Lightning - Foals (Official Lyric Video)", "", ("Like Lightning", "Foals")),
    ("Dua Lipa: Be the One", "", ("Be the One", "Dua Lipa")),
    ('Kygo "Higher Love" (Official Music Video)', "", ("Higher Love", "Kygo")),
    ("Oasis - Live Forever", "", ("Live Forever", "Oasis")),
    ("Song (Live) - Artist", "", ("Song - Live", "Artist")),
    ("Lil Peep - ghost boy | Official Video 4K", "LilPeepVEVO", ("ghost boy", "Lil Peep")),
    ("The Beatles - What Goes On", "The Beatles - Topic", ("What Goes On", "The Beatles")),
    ("Bad Company - 2015 Remaster", "Bad Company", ("Bad Company", "Bad Company")),
    ("Artist - Audio", "", ("Audio", "Artist")),
    ("Foals - Exits - Official Video", "Foals", ("Exits", "Foals")),
]  # fmt: skip


@pytest.mark.parametrize(("title", "artist", "given"), READ)
def test_titles_of_videos_and_lines_of_text_are_understood(
    title: str, artist: str, given: tuple[str, ...]
):
    assert decided(song(title, artist), track(*given)) == "accept"


@pytest.mark.parametrize(
    ("title", "artist", "album"),
    [
        ("", "", None),
        ("???", "", None),
        ("[Deleted video]", "", None),
        ("Private video", "", None),
        ("Track 01", "Unknown Artist", None),
        ("New Recording 7", "My iPhone", "Voice Memos"),
        ("Guru", "Somebody", "Voice Memos"),
        ("23/11/2013 1:37", "", None),
    ],
)
def test_rows_that_are_no_songs_are_refused(title: str, artist: str, album: str | None):
    verdict = judge(song(title, artist, album=album), [track(title or "x", artist or "y")])

    assert verdict.decision == "none"
    assert verdict.alternatives == ()
    assert verdict.reason.startswith("The row")


def test_a_title_without_an_artist_is_for_a_person_to_decide():
    assert decided(song("Jolene"), track("Jolene", "Dolly Parton")) == "review"


def test_no_candidates_is_none_and_says_so():
    verdict = judge(song("Jolene", "Dolly Parton"), [])

    assert verdict == Verdict(decision="none", reason="The catalogue has no track like this.")


@pytest.mark.parametrize(
    ("asked_ms", "given_ms", "decision"),
    [(200_000, 204_000, "accept"), (200_000, 215_000, "accept"), (200_000, 260_000, "review")],
)
def test_a_length_far_off_forbids_an_acceptance(asked_ms: int, given_ms: int, decision: str):
    wish = song("Jolene", "Dolly Parton", duration_ms=asked_ms)

    assert decided(wish, track("Jolene", "Dolly Parton", duration_ms=given_ms)) == decision


def test_an_equal_length_lets_a_doubtful_spelling_pass():
    given = track("Home", "Somebody", duration_ms=200_000)

    assert decided(song("Hone", "Somebodi", duration_ms=200_500), given) == "accept"
    assert decided(song("Hone", "Somebodi"), given) == "review"


def test_an_equal_isrc_is_evidence_but_never_decides_alone():
    given = track("Jolene - Live", "Dolly Parton", isrc="USRC10000001")

    verdict = judge(song("Jolene", "Dolly Parton", isrc="USRC10000001"), [given])

    assert verdict.decision != "accept"
    spelled = song("Jolenne Jolne", "Dolly Porten", isrc="USRC10000001")
    equal = judge(spelled, [track("Jolene Jolene", "Dolly Parton", isrc="USRC10000001")])
    other = judge(spelled, [track("Jolene Jolene", "Dolly Parton", isrc="USRC10000002")])
    assert equal.confidence > other.confidence


def test_the_release_asked_for_wins_then_the_plain_pressing_then_the_earliest():
    best_of = track("Jolene", "Dolly Parton", album="Best Of", release_date="2003")
    original = track("Jolene", "Dolly Parton", album="Jolene", release_date="1974-02-04")
    remaster = track("Jolene - Remastered", "Dolly Parton", album="Jolene", release_date="1974")
    tracks = [remaster, best_of, original]

    assert judge(song("Jolene", "Dolly Parton", album="Best Of"), tracks).track == best_of
    assert judge(song("Jolene", "Dolly Parton", year=1974), tracks).track == original
    assert judge(song("Jolene", "Dolly Parton"), tracks).track == original


def test_a_live_release_makes_its_tracks_live():
    live = track("Jolene", "Dolly Parton", album="Live at Glastonbury")
    studio = track("Jolene", "Dolly Parton", album="Jolene")
    wanted = song("Jolene", "Dolly Parton", album="Live at Glastonbury")

    assert decided(song("Jolene", "Dolly Parton"), live) == "review"
    assert decided(song("Jolene", "Dolly Parton"), studio) == "accept"
    assert decided(wanted, live) == "accept"
    assert decided(song("Jolene (Live)", "Dolly Parton"), live) == "accept"


def test_a_misspelt_wish_with_two_targets_is_for_a_person_to_decide():
    wish = song("Rambling Rosa", "Nat King Cole")
    rose, rosy = track("Rambling Rose", "Nat King Cole"), track("Rambling Rosy", "Nat King Cole")

    assert decided(wish, rose) == "accept"
    verdict = judge(wish, [rose, rosy])
    assert verdict.decision == "review"
    assert "equally near" in verdict.reason


def test_two_pressings_of_one_misspelt_title_are_no_rivals():
    wish = song("Rambling Rosa", "Nat King Cole")
    early = track("Rambling Rose", "Nat King Cole", release_date="1962")
    late = track("Rambling Rose", "Nat King Cole", release_date="1992")
    other = track("Ramblimg Rosee", "Nat King Cole")

    assert judge(wish, [late, early]).track == early
    assert judge(wish, [late, early, other]).track == early


def test_another_set_of_guests_is_another_collaboration():
    wish = song("Tu Recuerdo", "Ricky Martin feat. La Mari")
    mine = judge(wish, [track("Tu Recuerdo", "Ricky Martin", "La Mari")])
    other = judge(wish, [track("Tu Recuerdo", "Ricky Martin", "Carla Morrison")])

    assert mine.confidence > other.confidence
    assert "guests" in {line.name for line in other.alternatives[0].penalties}


def test_a_version_named_by_year_is_the_release_of_that_year():
    wish = song("Proud Mary (1993 Version)", "Tina Turner")

    assert decided(wish, track("Proud Mary", "Tina Turner", release_date="1993")) == "accept"
    assert decided(wish, track("Proud Mary", "Tina Turner", release_date="1971")) != "accept"
    dated = track("Proud Mary - 1993 Version", "Tina Turner")
    assert decided(song("Proud Mary", "Tina Turner", year=1993), dated) == "accept"
    assert decided(song("Proud Mary", "Tina Turner"), dated) != "accept"


def test_a_cut_of_the_right_song_is_accepted_at_a_small_price():
    full, edit = (
        track("One More Time", "Daft Punk"),
        track("One More Time - Radio Edit", "Daft Punk"),
    )

    assert judge(song("One More Time", "Daft Punk"), [edit, full]).track == full
    assert judge(song("One More Time (Radio Edit)", "Daft Punk"), [edit, full]).track == edit
    assert decided(song("One More Time", "Daft Punk"), edit) == "accept"


def test_the_reason_is_a_sentence_and_alternatives_are_at_most_five():
    tracks = [track("Jolene - Live", "Dolly Parton", album=f"Volume {n}") for n in range(9)]
    verdict = judge(song("Jolene", "Dolly Parton"), tracks)

    assert verdict.decision == "none"
    assert verdict.reason.endswith(".")
    assert "asked for the studio recording, this is live" in verdict.reason
    assert len(verdict.alternatives) == 5
    assert verdict.track is None
