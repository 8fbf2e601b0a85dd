"""Every sample by name."""

from tests.unit.music.files.importers import player_samples, table_samples, text_samples
from tests.unit.music.files.importers.sample import Sample

SAMPLES = {
    name: value
    for module in (player_samples, table_samples, text_samples)
    for name, value in vars(module).items()
    if isinstance(value, Sample)
}
