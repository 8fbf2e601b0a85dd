"""What the music store promises, on every database."""

import asyncio

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from segue.errors.sync import RunNotFoundError
from segue.music.contracts.agent_use import AgentUse
from segue.music.contracts.rollout import ShadowResult
from segue.music.contracts.songs import SongMetadata, Track
from segue.music.contracts.strategies import Strategy, StrategyChoice
from segue.music.contracts.verdicts import ScoredTrack, Verdict
from segue.music.planning.playlist_edits import PlaylistEdit
from segue.music.store.music_store import MusicStore, music_store
from segue.music.store.outcomes import RolloutState, StartedRun
from segue.music.store.tables import METADATA
from segue.music.store.verdicts import wish_key
from segue.music.wire.plans import Plan

HELLO = SongMetadata(title="Hello", artist="Adele", album="25", duration_ms=295_000)
TRACK = Track(uri="spotify:track:" + "a" * 22, title="Hello", artists=("Adele",))
ACCEPTED = Verdict(decision="accept", track=TRACK, confidence=0.98, reason="same", searches=1)
DOUBTFUL = Verdict(
    decision="review",
    track=TRACK,
    confidence=0.7,
    reason="two recordings",
    alternatives=(ScoredTrack(track=TRACK, confidence=0.7),),
)
DAY = 86_400.0


class Clock:
    def __init__(self):
        self.now = 1_800_000_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def store(database, clock) -> MusicStore:
    return music_store(database, catalogue="local", rules="1", clock=clock)


def songs(count):
    return [SongMetadata(title=f"Song {n}", artist="Somebody") for n in range(count)]


async def test_the_migrated_schema_is_the_one_the_code_uses(database):
    async with database.reading() as connection:
        differences = await connection.run_sync(
            lambda sync: compare_metadata(
                MigrationContext.configure(
                    sync, opts={"compare_type": True, "include_object": _is_ours}
                ),
                METADATA,
            )
        )

    assert differences == []


def _is_ours(_object, name: str, kind: str, *_more) -> bool:
    return kind != "table" or name in METADATA.tables


async def test_songs_come_back_in_order_by_position(store):
    stored = await store.imports.put(
        songs(2500), name="Long", source_format="csv", encoding="utf-8"
    )

    some = await store.imports.rows(stored.id, [2499, 0, 1000])

    assert stored.songs == 2500
    assert {p: s.title for p, s in some.items()} == {
        0: "Song 0",
        1000: "Song 1000",
        2499: "Song 2499",
    }


async def test_the_same_songs_are_one_import_and_others_another(store):
    first = await store.imports.put(songs(3), name="A", source_format="csv", encoding="utf-8")
    again = await store.imports.put(songs(3), name="A", source_format="csv", encoding="utf-8")
    other = await store.imports.put(songs(4), name="A", source_format="csv", encoding="utf-8")

    assert first == again
    assert other.id != first.id


async def test_the_same_songs_stored_several_times_at_once_are_one_import(store, database):
    stored = [
        await asyncio.gather(
            *(
                store.imports.put(songs(count), name="A", source_format="csv", encoding="utf-8")
                for _ in range(4)
            )
        )
        for count in range(1, 11)
    ]

    async with database.reading() as connection:
        count = (await connection.exec_driver_sql("SELECT count(*) FROM music_imports")).scalar()
    assert all(same == [same[0]] * 4 for same in stored)
    assert count == len(stored)
    assert set(await store.imports.rows(stored[-1][0].id, [0, 9])) == {0, 9}


async def test_an_import_that_broke_off_is_not_visible_and_is_swept_later(store, clock, database):
    def broken():
        yield from songs(2)
        raise ValueError("the disk went away")

    with pytest.raises(ValueError, match="went away"):
        await store.imports.put(broken(), name="A", source_format="csv", encoding="utf-8")
    clock.now += 2 * DAY
    whole = await store.imports.put(songs(2), name="A", source_format="csv", encoding="utf-8")

    async with database.reading() as connection:
        count = (await connection.exec_driver_sql("SELECT count(*) FROM music_imports")).scalar()
    assert (whole.songs, count) == (2, 1)


async def test_an_unknown_import_is_a_clear_error(store):
    with pytest.raises(RunNotFoundError, match="nope"):
        await store.imports.get("nope")


async def test_a_verdict_is_remembered_until_it_is_stale(store, clock):
    key = wish_key(HELLO)
    await store.verdicts.remember({key: ACCEPTED})
    fresh = await store.verdicts.fresh_verdicts([key, "other"])
    clock.now += 31 * DAY

    assert fresh == {key: ACCEPTED}
    assert await store.verdicts.fresh_verdicts([key]) == {}


async def test_a_missing_song_is_searched_again_the_next_day(store, clock):
    await store.verdicts.remember({"k": Verdict(decision="none", reason="not there")})
    clock.now += 2 * DAY

    assert await store.verdicts.fresh_verdicts(["k"]) == {}


async def test_other_rules_and_other_catalogues_do_not_see_a_verdict(database, store, clock):
    await store.verdicts.remember({"k": ACCEPTED})
    newer = music_store(database, catalogue="local", rules="2", clock=clock)
    other = music_store(database, catalogue="spotify", rules="1", clock=clock)

    assert await newer.verdicts.fresh_verdicts(["k"]) == {}
    assert await other.verdicts.fresh_verdicts(["k"]) == {}


async def test_a_decision_settles_the_doubt_and_wins_for_this_row(store):
    key = wish_key(HELLO)
    await store.verdicts.ask({key: (HELLO, DOUBTFUL)})
    waiting = (await store.verdicts.open_questions(limit=9)).items
    await store.verdicts.decide(HELLO, TRACK, origin="review")
    decided = await store.verdicts.decisions_for([HELLO])

    assert [item.song for item in waiting] == [HELLO]
    assert waiting[0].alternatives == DOUBTFUL.alternatives
    assert (await store.verdicts.open_questions(limit=9)).items == ()
    assert (decided[key].decision, decided[key].track) == ("accept", TRACK)
    assert decided[key].decided_by == "user"


async def test_leaving_a_song_out_is_a_decision_too(store):
    await store.verdicts.decide(HELLO, None, origin="review")

    assert (await store.verdicts.decisions_for([HELLO]))[wish_key(HELLO)].decision == "none"


async def test_a_mapping_by_title_and_artist_covers_every_album_and_the_exact_row_wins(store):
    bare = SongMetadata(title="HELLO ", artist="adele")
    other = TRACK.model_copy(update={"uri": "spotify:track:" + "b" * 22})
    await store.verdicts.decide(bare, TRACK, origin="mapping")
    by_name = await store.verdicts.decisions_for([HELLO])
    await store.verdicts.decide(HELLO, other, origin="review")
    exact = await store.verdicts.decisions_for([HELLO])

    assert by_name[wish_key(HELLO)].track == TRACK
    assert exact[wish_key(HELLO)].track == other


async def test_a_decision_for_a_whole_song_settles_every_doubt_about_it_until_forgotten(store):
    key = wish_key(HELLO)
    await store.verdicts.ask({key: (HELLO, DOUBTFUL)})
    made = await store.verdicts.decide(
        SongMetadata(title="hello", artist="ADELE"), None, origin="mapping"
    )
    settled = (await store.verdicts.open_questions(limit=9)).items
    await store.verdicts.undecide(made.key)

    assert settled == ()
    assert [item.key for item in (await store.verdicts.open_questions(limit=9)).items] == [key]


async def test_a_forgotten_decision_is_gone(store):
    made = await store.verdicts.decide(HELLO, TRACK, origin="review")

    assert [d.key for d in (await store.verdicts.decisions(limit=9)).items] == [made.key]
    assert await store.verdicts.undecide(made.key)
    assert not await store.verdicts.undecide(made.key)
    assert (await store.verdicts.decisions(limit=9)).items == ()


async def test_asking_again_keeps_one_question_with_the_newest_doubt(store):
    key = wish_key(HELLO)
    newer = DOUBTFUL.model_copy(update={"reason": "three recordings"})
    await store.verdicts.ask({key: (HELLO, DOUBTFUL)})
    await store.verdicts.ask({key: (HELLO, newer)})

    assert [item.reason for item in (await store.verdicts.open_questions(limit=9)).items] == [
        "three recordings"
    ]


async def test_nothing_to_remember_or_ask_writes_nothing(store):
    await store.verdicts.remember({})
    await store.verdicts.ask({})
    await store.runs.save_rows("none", {})

    assert (await store.verdicts.open_questions(limit=9)).items == ()


async def test_rows_of_a_run_come_back_by_position_and_the_last_verdict_counts(store):
    missing = Verdict(decision="none", reason="not there")
    await store.runs.open("r", "i", "p")
    await store.runs.save_rows("r", {2: missing, 0: ACCEPTED})
    await store.runs.save_rows("r", {2: ACCEPTED, 1: missing})

    assert await store.runs.accepted_uris("r") == [(0, TRACK.uri), (2, TRACK.uri)]
    assert await store.runs.rows("r", offset=1, limit=1) == [(1, missing)]


async def test_a_plan_replaces_the_one_before_with_all_its_edits(store):
    first, second = (
        [PlaylistEdit(kind="insert", uris=(f"u{n}",), position=n) for n in range(count)]
        for count in (3, 1)
    )
    await store.runs.open("r", "i", "p")
    await store.runs.open("r", "ignored", "ignored")
    await store.runs.save_plan("r", Plan(wanted=("u0",)), first)
    await store.runs.save_plan("r", Plan(wanted=("u9",)), second)
    run = await store.runs.get("r")

    assert run is not None
    assert (run.import_id, run.playlist_id) == ("i", "p")
    assert run.plan == Plan(wanted=("u9",))
    assert await store.runs.edit("r", 0) == second[0]
    with pytest.raises(RunNotFoundError, match="edit 1"):
        await store.runs.edit("r", 1)
    assert await store.runs.get("unknown") is None


# --- outcomes of strategies -----------------------------------------------------------------------

BY_AGENT = StrategyChoice(Strategy.AGENT, Strategy.AUTO, "rolled out to 5 %", 3.25)
USED = AgentUse(asked=10, given_back=1, model_calls=30, tokens=9000, cost_usd=0.25, offline=True)


async def begun(store, run_id, *, choice=BY_AGENT, rows=10):
    await store.runs.open(run_id, "an-import", "pl")
    run = StartedRun(
        run_id=run_id,
        workflow_id=f"w-{run_id}",
        temporal_run_id="t",
        choice=choice,
        rows=rows,
        dry_run=False,
    )
    await store.outcomes.record_start(run)
    return run


async def test_an_outcome_is_kept_with_what_it_cost(store, clock):
    await begun(store, "r1")
    (waiting,) = await store.outcomes.without_end(limit=10)
    await store.outcomes.record_end("r1", "verified", seconds=12.5, agents=USED)

    (ended,) = await store.outcomes.latest(Strategy.AGENT, limit=10)
    assert (waiting.run_id, waiting.outcome, waiting.agents) == ("r1", None, None)
    assert (ended.outcome, ended.seconds, ended.agents) == ("verified", 12.5, USED)
    assert (ended.import_id, ended.workflow_id, ended.started_at) == ("an-import", "w-r1", clock())
    assert await store.outcomes.without_end(limit=10) == []
    assert await store.outcomes.latest(Strategy.PIPELINE, limit=10) == []


async def test_a_start_and_an_end_that_are_told_twice_count_once(store, clock):
    run = await begun(store, "r1")
    clock.now += 60
    await store.outcomes.record_start(run)
    await store.outcomes.record_end("r1", "failed")
    await store.outcomes.record_end("r1", "verified", seconds=1.0, agents=USED)

    (ended,) = await store.outcomes.latest(Strategy.AGENT, limit=10)
    assert (ended.started_at, ended.outcome, ended.agents) == (clock() - 60, "failed", None)


async def test_outcomes_come_newest_first_from_a_moment_on(store, clock):
    for name in ("a", "b", "c"):
        await begun(store, name)
        await store.outcomes.record_end(name, "verified")
        clock.now += 10

    newest = await store.outcomes.latest(Strategy.AGENT, limit=2)
    late = await store.outcomes.latest(Strategy.AGENT, limit=9, after=clock() - 30)

    assert [run.run_id for run in newest] == ["c", "b"]
    assert [run.run_id for run in late] == ["c", "b"]


async def test_outcomes_of_another_catalogue_are_not_ours(store, database, clock):
    await begun(store, "r1")
    other = music_store(database, catalogue="other", rules="1", clock=clock)

    assert await other.outcomes.without_end(limit=10) == []


async def test_a_fall_back_stays_until_it_is_reset_and_then_counts_anew(store, clock):
    before = await store.outcomes.state()
    await store.outcomes.fall_back("40 % failed")
    clock.now += 5
    await store.outcomes.fall_back("90 % failed")
    fallen = await store.outcomes.state()
    taken_back = [await store.outcomes.reset(), await store.outcomes.reset()]

    assert before == RolloutState()
    assert fallen == RolloutState(clock() - 5, "40 % failed", 0.0)
    assert taken_back == [True, False]
    assert await store.outcomes.state() == RolloutState(None, "", clock())


async def test_a_later_fall_back_keeps_from_where_it_counts(store, clock):
    await store.outcomes.reset()
    since = clock()
    clock.now += 5
    await store.outcomes.fall_back("again")

    assert await store.outcomes.state() == RolloutState(clock(), "again", since)


# --- shadow mode ----------------------------------------------------------------------------------

NOTHING = Verdict(decision="none", reason="nothing near")


async def test_shadow_rows_are_compared_by_what_they_put_into_the_playlist(store):
    await begun(store, "r1")
    other = ACCEPTED.model_copy(update={"track": TRACK.model_copy(update={"uri": "spotify:x"})})
    sure = ACCEPTED.model_copy(update={"confidence": 0.5, "reason": "another"})
    pairs = {
        0: (ACCEPTED, sure),
        1: (ACCEPTED, other),
        2: (DOUBTFUL, NOTHING),
        3: (DOUBTFUL, ACCEPTED),
        4: (ACCEPTED, None),
    }

    result = await store.shadows.record("r1", Strategy.AGENT, pairs, USED)
    again = await store.shadows.record("r1", Strategy.AGENT, pairs, USED)
    totals = await store.shadows.totals()
    found = await store.shadows.differences(limit=10)

    assert result == again == ShadowResult(compared=4, different=2, failed=1)
    assert (totals.syncs, totals.rows, totals.use) == (1, result, USED)
    assert [(one.row, one.ours, one.theirs) for one in found] == [
        (1, ACCEPTED, other),
        (3, DOUBTFUL, ACCEPTED),
    ]
    assert (found[0].import_id, found[0].strategy) == ("an-import", Strategy.AGENT)


async def test_the_newest_differences_come_first_and_no_rows_are_no_result(store, clock):
    for run_id in ("r1", "r2"):
        await begun(store, run_id)
        await store.shadows.record(run_id, Strategy.AGENT, {0: (ACCEPTED, NOTHING)}, AgentUse())
        clock.now += 1

    nothing = await store.shadows.record("r1", Strategy.AGENT, {}, USED)

    assert nothing == ShadowResult()
    assert [one.run_id for one in await store.shadows.differences(limit=1)] == ["r2"]


async def test_verdicts_are_read_by_position(store):
    await store.runs.open("r1", "an-import", None)
    await store.runs.save_rows("r1", {0: ACCEPTED, 2: DOUBTFUL})

    assert await store.runs.at("r1", [1, 2]) == {2: DOUBTFUL}
