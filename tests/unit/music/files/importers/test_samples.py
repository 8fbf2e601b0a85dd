"""Every format, by one file shaped like the real ones."""

import pytest

from segue.music.files.importers.formats import FORMATS
from tests.unit.music.files.importers.opened import read
from tests.unit.music.files.importers.samples import SAMPLES


@pytest.mark.parametrize("name", SAMPLES)
def test_a_real_shape_gives_its_songs_and_refusals(name: str):
    sample = SAMPLES[name]

    outcome = read(sample.content, sample.file_name)

    assert outcome.format == sample.format
    assert outcome.songs == sample.songs
    assert tuple(row.reason for row in outcome.refused) == sample.refused
    assert outcome.name == sample.name


@pytest.mark.parametrize("name", SAMPLES)
def test_naming_the_format_gives_what_recognising_it_gives(name: str):
    sample = SAMPLES[name]

    outcome = read(sample.content, "nameless", format=sample.format)

    assert outcome.songs == sample.songs


def test_every_format_has_a_sample():
    assert {sample.format for sample in SAMPLES.values()} == set(FORMATS)
