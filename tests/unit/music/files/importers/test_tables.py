import pytest

from segue.errors.input import InputError, MissingColumnsError
from segue.music.contracts.songs import SongMetadata
from tests.unit.music.files.importers.opened import read


@pytest.mark.parametrize(
    "heading",
    [
        "Titel;Künstler",
        "Titre;Artiste",
        "Título;Artista",
        "TITOLO;ARTISTI",
        "Название;Исполнитель",
        "タイトル;アーティスト",
        "歌名;歌手",
        "제목;가수",
        "trackName;artistName",
        "Song Title;Performer",
        "master_metadata_track_name;master_metadata_album_artist_name",
    ],
)
def test_headings_are_understood_in_many_languages(heading: str):
    outcome = read(f"{heading}\nTide;Mira Holm\n", "list.csv")

    assert outcome.songs == (SongMetadata(title="Tide", artist="Mira Holm"),)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_by_the_heading_it_makes_sense_of(delimiter: str):
    rows = [["Title", "Artist", "Album"], ["Tide", "Mira Holm", "Low"]]

    outcome = read("\n".join(map(delimiter.join, rows)), "list.txt")

    assert outcome.songs == (SongMetadata(title="Tide", artist="Mira Holm", album="Low"),)


def test_a_title_above_the_headings_is_passed_over():
    outcome = read("My list\n\nTitle,Artist\nTide,Mira Holm\n", "list.csv")

    assert [entry.line for entry in outcome.entries] == [4]


def test_a_title_column_wins_over_one_that_numbers_the_tracks():
    outcome = read("Track,Title,Artist\n1,Tide,Mira Holm\n", "list.csv")

    assert outcome.songs == (SongMetadata(title="Tide", artist="Mira Holm"),)


def test_columns_that_the_user_maps_win():
    content = "Was,Wer,Title,Zeit\nTide,Mira Holm,a note,3:45\n"

    columns = {"title": "was", "artist": "WER", "duration": "Zeit"}
    outcome = read(content, "list.csv", columns=columns)

    assert outcome.songs == (SongMetadata(title="Tide", artist="Mira Holm", duration_ms=225_000),)


def test_a_column_that_the_user_maps_is_not_read_twice():
    outcome = read("Artist,Name\nTide,Mira Holm\n", "list.csv", columns={"title": "Artist"})

    assert outcome.songs == (SongMetadata(title="Tide"),)


def test_a_mapped_column_that_is_not_there_is_named_with_those_that_are():
    with pytest.raises(
        MissingColumnsError, match="no column 'Song' for the title; there are 'A', 'B'"
    ):
        read("A,B\n1,2\n", "list.csv", columns={"title": "Song"})


def test_an_unknown_field_is_refused_with_those_that_exist():
    with pytest.raises(InputError, match="no field 'colour'") as caught:
        read("Title\nTide\n", "list.csv", columns={"colour": "Title"})

    assert "title, artist, album" in caught.value.hint


def test_a_table_without_title_column_names_its_headings():
    with pytest.raises(MissingColumnsError, match="the headings are 'Colour', 'Size'"):
        read("Colour,Size\nred,4\n", "list.csv")


@pytest.mark.parametrize(
    "heading",
    [
        "Video ID,Playlist Video Creation Timestamp",
        "Video-ID,Zeitstempel der Erstellung des Playlist-Videos",
        "ID de vídeo,Fecha",
    ],
)
def test_a_takeout_playlist_of_mere_ids_says_what_to_export_instead(heading: str):
    with pytest.raises(MissingColumnsError, match="only video ids and no titles") as caught:
        read(f"{heading}\ndQw4w9WgXcQ,2024-01-01T00:00:00+00:00\n", "travel-videos.csv")

    assert "music-library-songs.csv" in caught.value.hint


def test_a_broken_quote_costs_its_row_and_no_other():
    rows = [f'"Song {n}","Mira Holm","Low Tide"' for n in range(1, 41)]
    rows[9] = '"Song 10,"Mira Holm","Low Tide"'
    rows[19] = 'Song 20,Mira Holm,"Low Tide'

    outcome = read("Title,Artist,Album\n" + "\n".join(rows) + "\n", "list.csv")

    assert [row.line for row in outcome.refused] == [21]
    assert outcome.refused[0].reason == "a quotation mark is opened and never closed"
    assert outcome.refused[0].text == 'Song 20,Mira Holm,"Low Tide'
    titles = [song.title for song in outcome.songs]
    assert [f"Song {n}" for n in range(1, 41) if n not in {10, 20}] == [
        title for title in titles if not title.startswith("Song 10")
    ]


def test_a_broken_quote_on_the_last_line_is_refused():
    outcome = read('Title,Artist\nTide,Mira Holm\n"Ebb,Mira Holm', "list.csv")

    assert outcome.songs == (SongMetadata(title="Tide", artist="Mira Holm"),)
    assert [row.line for row in outcome.refused] == [3]


def test_a_line_break_inside_quotes_belongs_to_the_cell():
    outcome = read('Title,Artist\n"Tide\nand ""shore""",Mira Holm\nEbb,Mira Holm\n', "list.csv")

    assert [(e.line, e.song.title) for e in outcome.entries] == [
        (2, 'Tide and "shore"'),
        (4, "Ebb"),
    ]


def test_a_quote_that_never_closes_is_given_up_after_a_few_lines():
    rows = ["x,y"] * 20
    outcome = read('Title,Artist\n"Tide,Mira\n' + "\n".join(rows) + '\nlate",z\n', "list.csv")

    assert [row.line for row in outcome.refused] == [2]
    assert len(outcome.songs) == 21


def test_a_row_with_more_cells_than_headings_is_refused_instead_of_misread():
    outcome = read("Artist,Title\nTyler, The Creator,Tide\nMira Holm,Ebb,,\nX,Y\n", "list.csv")

    assert [song.title for song in outcome.songs] == ["Ebb", "Y"]
    assert outcome.refused[0].line == 2
    assert "3 cells where the heading has 2" in outcome.refused[0].reason


def test_a_row_with_fewer_cells_is_read_as_far_as_it_goes():
    outcome = read("Title,Artist,Album\nTide,Mira Holm\nEbb\n", "list.csv")

    assert outcome.songs == (
        SongMetadata(title="Tide", artist="Mira Holm"),
        SongMetadata(title="Ebb"),
    )


def test_a_field_over_ten_kilobytes_is_refused_and_a_line_over_64_too():
    long, longest = "x" * 11_000, "y" * 200_000
    content = f"Title,Artist\n{long},A\n{longest},A\nTide,Mira Holm\n"

    outcome = read(content, "list.csv")

    assert outcome.songs == (SongMetadata(title="Tide", artist="Mira Holm"),)
    assert [(row.line, row.reason) for row in outcome.refused] == [
        (2, "its title has 11,000 characters; at most 10,240 are read"),
        (3, "longer than 65,536 characters"),
    ]
    assert all(len(row.text) <= 200 for row in outcome.refused)


def test_a_line_that_is_too_long_ends_the_search_for_a_closing_quote():
    outcome = read(f'Title,Artist\n"Tide,A\n{"y" * 200_000}"\nEbb,B\n', "list.csv")

    assert [row.line for row in outcome.refused] == [2, 3]
    assert outcome.songs == (SongMetadata(title="Ebb", artist="B"),)


@pytest.mark.parametrize("artist", ["", "Unknown Artist", "<unknown>"])
def test_a_numbered_track_of_nobody_is_refused(artist: str):
    outcome = read(f"Title,Artist\nTrack 01,{artist}\nTide,{artist}\n", "list.csv")

    assert outcome.songs == (SongMetadata(title="Tide"),)
    assert outcome.refused[0].reason.startswith("a numbered track")


def test_a_song_of_that_name_is_no_placeholder_when_it_has_an_artist():
    outcome = read("Title,Artist\nPrivate Video,Mira Holm\n[Private video],X\n", "list.csv")

    assert outcome.songs == (SongMetadata(title="Private Video", artist="Mira Holm"),)
    assert [row.text for row in outcome.refused] == ["X - [Private video]"]


def test_a_voice_memo_is_refused():
    outcome = read("Title,Artist,Album\nMemo 1,iPhone,Voice Memos\nTide,Mira,Low\n", "list.csv")

    assert [row.reason for row in outcome.refused] == ["a voice memo"]


def test_a_plain_list_in_a_csv_is_read_as_lines():
    outcome = read("Mira Holm - Tide\nMira Holm - Ebb\n", "list.csv")

    assert outcome.format == "lines"
    assert len(outcome.songs) == 2


def test_a_table_of_one_column_is_a_table():
    outcome = read("Title\nTide\n", "list.csv")

    assert (outcome.format, outcome.songs) == ("csv", (SongMetadata(title="Tide"),))


def test_seconds_in_the_heading_are_seconds():
    outcome = read("Title,Artist,Length (seconds)\nTide,Mira Holm,20000\n", "list.csv")

    assert outcome.songs[0].duration_ms == 20_000_000
