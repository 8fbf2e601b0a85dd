"""What the music feature tells Prometheus out of the database."""

from collections.abc import Sequence

from segue.music.store.totals import reviews_waiting, song_totals, sync_totals
from segue.platform.feature import Measure
from segue.platform.platform import Platform


async def music_measures(platform: Platform) -> Sequence[Measure]:
    """Syncs and songs by how they ended, and what waits for people.

    Raises:
        StorageError: The database did not answer.
    """
    database = await platform.database()
    return (
        Measure(
            "segue_syncs",
            "Syncs of playlists; outcome: open, verified, incomplete (not as planned), failed, …",
            ("catalogue", "strategy", "outcome"),
            await sync_totals(database),
        ),
        Measure(
            "segue_songs_total",
            "Songs of syncs that have ended; status: added, already_present, review, …",
            ("catalogue", "status"),
            await song_totals(database),
            only_grows=True,
        ),
        Measure(
            "segue_reviews_waiting",
            "Songs that wait for a person's decision.",
            ("catalogue",),
            await reviews_waiting(database),
        ),
    )
