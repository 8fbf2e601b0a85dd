"""One song of one run: what was found, what the matcher says, and what may be written.

The song, the playlist and the candidates are the run's own. No tool takes them from a model, so
whatever a model asks for, only these are touched.
"""

import asyncio
from collections.abc import Iterable

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from segue.errors.base import SegueError
    from segue.errors.run import AgentError, NoSearchError, RunError, UnknownTrackError
    from segue.music.activities.tracks import TrackActivities
    from segue.music.contracts.songs import SongMetadata, Track
    from segue.music.contracts.tracks import TrackStatus, WorkflowResult
    from segue.music.contracts.verdicts import Verdict
    from segue.music.wire.agents import AgentPlan, AnsweredDoubt, MatchedTrack, SongChoice
    from segue.music.wire.options import LONG_CALL, LONG_TOOL_CALL, SHORT_CALL
    from segue.music.wire.tracks import AddInput, AddResult, MatchInput
    from segue.music.workflows.agent_runs import EVIDENCE, share
    from segue.music.workflows.opinions import SECOND_OPINION, confirmation, may_be_accepted
    from segue.music.workflows.song_result import song_result, status_without
    from segue.runs.contracts import Failure, RunOutcome


# Of runs that began with it: an addition without an answer is brought to its end.
BEGUN = "begun-addition"


class SongCase:
    """What a run knows about its song.

    Args:
        song: The wish.
        plan: How agents are used.
        playlist_id: The only playlist that may be written; None: none may.
        record: Whether a doubt is put before a person.

    Attributes:
        found: Every track that a search of this run gave, by its uri.
        searches: That agents have spent so far.
        proposed: What one agent handed to the next to be added.
        writing: Held from ``may_add`` until the track is there: one song is one track.
        opinions: How the second question about a doubtful choice ended, where it was asked.
        failure: Why the choice of a model in a doubt counts for nothing; None: it counts, or the
            matcher is in no doubt.
    """

    def __init__(
        self,
        song: SongMetadata,
        plan: AgentPlan,
        playlist_id: str | None = None,
        *,
        record: bool = True,
    ) -> None:
        self.song = song
        self.plan = plan
        self.playlist_id = playlist_id
        self.found: dict[str, Track] = {}
        self.searches = 0
        self.proposed: MatchedTrack | None = None
        # A model may ask for several writes at once; the playlist is read before each of them.
        self.writing = asyncio.Lock()
        self.opinions: tuple[RunOutcome, ...] = ()
        self.failure: Failure | None = None
        self._confirmation: SongChoice | None = None
        self._record = record
        self._pipeline: Verdict | None = None
        self._pipeline_searches = 0
        self._allowed: Verdict | None = None
        self._added: AddResult | None = None

    def add_candidates(self, tracks: tuple[Track, ...]) -> None:
        """Add the tracks that a search of this run gave."""
        self.searches += 1
        self.found.update((track.uri, track) for track in tracks)

    def refusal_of(self, choice: SongChoice | None) -> AgentError | None:
        """Why the agents' ending has no say: it rests on no search of theirs. None: it has one.

        Args:
            choice: With which they ended; None: they answered in words.
        """
        error: RunError | None = None
        if not self.searches:
            error = NoSearchError("The agent ended without a search.")
        elif choice is not None and choice.uri is not None and choice.uri not in self.found:
            error = UnknownTrackError("The agent chose a track that none of its searches found.")
        return AgentError(error.message, hint=error.hint, cause=error.code) if error else None

    def propose(self, track: MatchedTrack) -> None:
        """Keep the track that one agent hands to the next to be added."""
        self.proposed = track

    async def verdict(self, choice: SongChoice | None) -> Verdict:
        """The last word on the song: the matcher's on everything found, and then the model's.

        Where the pipeline is certain of a track, that is the song, whatever the model says.

        Args:
            choice: What a model chose; None: the matcher alone.
        """
        return await self._settle(await self._judge(), choice, record=self._record)

    async def may_add(self, uri: str) -> Verdict:
        """Whether a model may have this track added: then the verdict accepts it."""
        if self._allowed is not None and self._allowed.track is not None:
            return self._allowed  # one song, one track
        proposal = self.proposed if self.proposed and self.proposed.uri == uri else None
        choice = SongChoice(
            uri=uri,
            confidence=share(proposal.confidence) if proposal else 1.0,
            reason="it asked to add this track.",
        )
        verdict = await self._settle(await self._judge(), choice, record=False)
        if verdict.decision == "accept" and verdict.track and verdict.track.uri == uri:
            self._allowed = verdict
        return verdict

    async def add(self, uri: str) -> AddResult:
        """Put a track that ``may_add`` accepted into the run's own playlist, unless it is there.

        Raises:
            ActivityError: The catalogue refused, or gave no answer.
        """
        result = await workflow.execute_activity_method(
            TrackActivities.add_to_playlist,
            self._target(uri),
            **LONG_CALL,
        )
        self.was_added(result)
        return result

    def was_added(self, result: AddResult) -> None:
        """Note that a tool has put the accepted track into the playlist; the first time counts."""
        self._added = self._added or result

    async def place(self, uri: str) -> int:
        """The 0-based place of a track in the run's own playlist, for a model that asks.

        Raises:
            ActivityError: It is not there, or the catalogue gave no answer.
        """
        return await workflow.execute_activity_method(
            TrackActivities.verify_track_added,
            self._target(uri, self._added),
            **LONG_TOOL_CALL,
        )

    async def result(self, choice: SongChoice | None, failure: SegueError | None) -> WorkflowResult:
        """How it ended: success is what was read back, whatever the agent says.

        An addition that was begun and got no answer is brought to its end first: the track may be
        there, or not yet, and the agent can no longer find out.

        Args:
            choice: The agent's last word; None: it answers in words, or not at all.
            failure: Why it came to no end; raised unless the track had been added before.

        Raises:
            SegueError: ``failure``.
            ActivityError: The catalogue refuses what was begun.
        """
        verdict = self._allowed
        if verdict and verdict.track and self._added is None and workflow.patched(BEGUN):
            await self.add(verdict.track.uri)
        if verdict is None or verdict.track is None or self._added is None:
            if failure is not None:
                raise failure
            return await self._not_added(choice)
        position = await workflow.execute_activity_method(
            TrackActivities.verify_track_added,
            self._target(verdict.track.uri, self._added),
            **LONG_CALL,
        )
        is_new = self._added.added
        status = TrackStatus.ADDED if is_new else TrackStatus.ALREADY_PRESENT
        return song_result(verdict, status, position=position)

    async def _not_added(self, choice: SongChoice | None) -> WorkflowResult:
        verdict = await self.verdict(choice)
        if verdict.decision != "accept":
            return song_result(verdict, status_without(verdict))
        if self.playlist_id is None:
            message = "The track was found; no playlist was named to add it to."
            return song_result(verdict, TrackStatus.REVIEW, message=message)
        message = "The track was found and the agent did not add it."
        return song_result(verdict, TrackStatus.FAILED, message=message)

    async def _judge(self) -> Verdict:
        """The matcher's verdict on what agents found; in doubt, on what the pipeline finds, too."""
        verdict = await self._match(self.found.values())
        if verdict.decision == "accept" or not workflow.patched(EVIDENCE):
            return verdict
        if self._pipeline is None:
            self._pipeline = await self._find_by_pipeline()
            verdict = await self._match(self.found.values())
        return self._pipeline if self._pipeline.decision == "accept" else verdict

    async def _find_by_pipeline(self) -> Verdict:
        search = await workflow.execute_activity_method(
            TrackActivities.spotify_search,
            self.song,
            **LONG_CALL,
        )
        self._pipeline_searches = search.searches
        self.found.update((track.uri, track) for track in search.candidates)
        return await self._match(search.candidates)

    async def _match(self, tracks: Iterable[Track]) -> Verdict:
        return await workflow.execute_activity_method(
            TrackActivities.fuzzy_match,
            MatchInput(song=self.song, candidates=tuple(tracks)),
            **SHORT_CALL,
        )

    async def _settle(
        self, verdict: Verdict, choice: SongChoice | None, *, record: bool
    ) -> Verdict:
        if choice is not None and await self._is_guess(verdict, choice):
            choice = None
        decision = verdict
        if verdict.decision == "review" or not _agree(verdict, choice):
            decision = await workflow.execute_activity_method(
                TrackActivities.ai_disambiguate,
                AnsweredDoubt(
                    song=self.song,
                    verdict=verdict,
                    choice=choice,
                    candidates=tuple(self.found.values()),
                    accept_above=self.plan.accept_above,
                    floor=self.plan.floor,
                    record=record,
                ),
                **SHORT_CALL,
            )
        return decision.model_copy(update={"searches": self.searches + self._pipeline_searches})

    async def _is_guess(self, verdict: Verdict, choice: SongChoice) -> bool:
        """Whether a choice in a doubt is not made again; a song has one second question."""
        if verdict.decision == "accept" or not choice.uri or not workflow.patched(SECOND_OPINION):
            return False
        candidates = {each.track.uri: each for each in verdict.alternatives}
        if choice.uri not in candidates and choice.uri in self.found:
            alone = await self._match([self.found[choice.uri]])
            candidates.update((each.track.uri, each) for each in alone.alternatives)
        candidate = candidates.get(choice.uri)
        if candidate is None or not may_be_accepted(candidate, choice, self.plan):
            return False  # it is no addition anyway
        if self._confirmation is None and self.failure is None:
            opinion = await confirmation(self.song, tuple(candidates.values()), choice, self.plan)
            self.opinions, self.failure = opinion.outcomes, opinion.failure
            self._confirmation = opinion.choice
        return self._confirmation is None or self._confirmation.uri != choice.uri

    def _target(self, uri: str, addition: AddResult | None = None) -> AddInput:
        return AddInput(
            playlist_id=self.playlist_id or "",
            uri=uri,
            position=addition.position if addition else None,
        )


def _agree(verdict: Verdict, choice: SongChoice | None) -> bool:
    return choice is None or choice.uri == (verdict.track.uri if verdict.track else None)
