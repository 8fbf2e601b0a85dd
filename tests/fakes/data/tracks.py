"""A small catalogue of invented recordings with the neighbours that make choices hard."""

from segue.music.contracts.songs import Track


def track_uri(number: int) -> str:
    """A well-formed address; the numbers are ours."""
    return f"spotify:track:{number:022d}"


TRACKS = (
    Track(
        uri=track_uri(1),
        title="Harbour Lights",
        artists=("Ada Quill",),
        album="Tidewater",
        release_date="1971-03-02",
        duration_ms=201_000,
        isrc="GBAAA7100001",
    ),
    Track(
        uri=track_uri(2),
        title="Harbour Lights - Live",
        artists=("Ada Quill",),
        album="Tidewater on Stage",
        release_date="1974",
        duration_ms=263_000,
    ),
    Track(
        uri=track_uri(3),
        title="Harbour Lights",
        artists=("Karaoke Harbour",),
        album="Sing Along 7",
        release_date="2009-05",
        duration_ms=202_000,
    ),
    Track(
        uri=track_uri(4),
        title="Paper Lanterns",
        artists=("The Ferrymen", "Ada Quill"),
        album="Crossing",
        release_date="1983-11-20",
        duration_ms=188_500,
        isrc="GBAAA8300004",
    ),
    *(
        Track(
            uri=track_uri(100 + number),
            title=f"Milestone {number}",
            artists=("The Long Road",),
            album="Every Mile",
            release_date="1999-01-01",
            duration_ms=180_000 + number,
        )
        for number in range(120)
    ),
)
