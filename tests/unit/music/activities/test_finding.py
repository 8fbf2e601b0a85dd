"""How searches are spent, and what is done with what they find."""

from dataclasses import dataclass, field
from typing import cast

import pytest

from segue.errors.catalogue import CatalogueUnavailableError, NotFoundError
from segue.music.activities.finding import find, gather
from segue.music.catalogues.port import Catalogue
from segue.music.contracts.songs import SongMetadata, Track

JOLENE = Track(uri="spotify:track:1", title="Jolene", artists=("Dolly Parton",))
LIVE = Track(uri="spotify:track:2", title="Jolene - Live", artists=("Dolly Parton",))
WISH = SongMetadata(title="Jolene", artist="Dolly Parton")


@dataclass
class Answers:
    """A catalogue that answers its searches in order, and then with nothing."""

    searches: list[tuple[Track, ...]] = field(default_factory=list[tuple[Track, ...]])
    tracks: dict[str, Track] = field(default_factory=dict[str, Track])
    asked: list[str] = field(default_factory=list[str])
    name: str = "fake"

    async def search(self, query: str, *, limit: int = 10, offset: int = 0) -> tuple[Track, ...]:
        assert (limit, offset) == (10, 0)
        self.asked.append(query)
        return self.searches.pop(0) if self.searches else ()

    async def get_track(self, uri: str) -> Track:
        self.asked.append(uri)
        if uri not in self.tracks:
            raise NotFoundError(f"no track {uri}")
        return self.tracks[uri]

    @property
    def port(self) -> Catalogue:
        return cast("Catalogue", self)


async def test_one_search_is_enough_when_its_answer_is_accepted():
    answers = Answers(searches=[(LIVE, JOLENE)])

    verdict = await find(WISH, answers.port)

    assert (verdict.decision, verdict.track, verdict.searches) == ("accept", JOLENE, 1)
    assert answers.asked == ["Jolene Dolly Parton"]


async def test_a_second_form_is_searched_when_the_first_finds_the_wrong_version():
    answers = Answers(searches=[(LIVE,), (LIVE, JOLENE)])

    verdict = await find(WISH, answers.port)

    assert (verdict.decision, verdict.track, verdict.searches) == ("accept", JOLENE, 2)
    assert answers.asked == ["Jolene Dolly Parton", 'track:"Jolene" artist:"Dolly Parton"']


async def test_searching_ends_with_the_budget_and_judges_all_that_was_seen():
    answers = Answers(searches=[(LIVE,), ()])

    verdict = await find(WISH, answers.port)

    assert (verdict.decision, verdict.searches) == ("none", 2)
    assert [scored.track for scored in verdict.alternatives] == [LIVE]


async def test_a_row_that_is_no_song_costs_no_search():
    answers = Answers()

    verdict = await find(SongMetadata(title="[Deleted video]", uri="spotify:track:1"), answers.port)

    assert (verdict.decision, verdict.searches, answers.asked) == ("none", 0, [])


async def test_a_track_address_in_the_source_is_looked_up_and_compared():
    answers = Answers(tracks={JOLENE.uri: JOLENE})

    verdict = await find(WISH.model_copy(update={"uri": JOLENE.uri}), answers.port)

    assert (verdict.decision, verdict.decided_by, verdict.searches) == ("accept", "source", 1)
    assert answers.asked == [JOLENE.uri]


async def test_a_track_address_that_leads_to_another_song_does_not_count():
    answers = Answers(tracks={LIVE.uri: LIVE}, searches=[(JOLENE,)])

    verdict = await find(WISH.model_copy(update={"uri": LIVE.uri}), answers.port)

    assert (verdict.track, verdict.decided_by, verdict.searches) == (JOLENE, "matcher", 2)


async def test_a_track_address_that_leads_nowhere_is_searched_for():
    answers = Answers(searches=[(JOLENE,)])

    verdict = await find(WISH.model_copy(update={"uri": "spotify:track:9"}), answers.port)

    assert (verdict.track, verdict.searches) == (JOLENE, 2)


async def test_an_isrc_is_searched_first_and_falls_through_when_it_is_wrong():
    answers = Answers(searches=[(LIVE,), (JOLENE,)])

    verdict = await find(WISH.model_copy(update={"isrc": "USRC10000001"}), answers.port)

    assert answers.asked == ["isrc:USRC10000001", "Jolene Dolly Parton"]
    assert (verdict.track, verdict.searches) == (JOLENE, 2)


async def test_errors_of_the_catalogue_are_the_callers():
    class Down(Answers):
        async def search(self, query: str, *, limit: int = 10, offset: int = 0):
            raise CatalogueUnavailableError("down")

    with pytest.raises(CatalogueUnavailableError):
        await find(WISH, Down().port)


async def test_gathering_gives_every_distinct_candidate_and_the_count():
    answers = Answers(searches=[(LIVE, LIVE), (LIVE,)])

    result = await gather(WISH, answers.port)

    assert (result.candidates, result.searches) == ((LIVE,), 2)


async def test_an_address_without_words_is_looked_up_and_never_searched_as_text():
    answers = Answers(tracks={JOLENE.uri: JOLENE})

    verdict = await find(SongMetadata(title=JOLENE.uri, uri=JOLENE.uri), answers.port)

    assert (verdict.decision, verdict.decided_by, verdict.track) == ("accept", "source", JOLENE)
    assert answers.asked == [JOLENE.uri]


async def test_an_address_without_words_that_leads_nowhere_costs_one_request():
    answers = Answers()

    verdict = await find(SongMetadata(title="spotify:track:9", uri="spotify:track:9"), answers.port)

    assert (verdict.decision, verdict.searches) == ("none", 1)
