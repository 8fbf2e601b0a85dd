"""What a model makes of the songs that the matcher leaves in doubt: asked once, and asked twice.

    python -m benchmarks.doubts --catalogue catalogue.csv.gz --queries dev.jsonl [--times 4]

Catalogue and queries (one file or more) are those of ``benchmarks/strategies.py``; the model is the
configured one (``LLM_MODEL``, ``OPENAI_BASE_URL``). Of the doubts only those are asked about of
which some candidate is not ruled out. "Once" is one question with the candidates as the matcher
ranks them; "twice" is what Segue does: another order, a decoy, and no addition without the same
answer. What is chosen goes through the same check as in a sync. ``--times`` asks each of them
several times; answers are not cached.
"""

import argparse
import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from agents import AgentOutputSchema
from pydantic import ValidationError

from benchmarks.matching import IndexCatalogue, open_index
from benchmarks.results import record, table
from benchmarks.strategies import Case, cases
from segue.errors.model import ModelError
from segue.llm.answers import ModelRequest, response_text
from segue.llm.asking import ask
from segue.llm.pool import ModelPool
from segue.music.activities.doubts import settle_doubt
from segue.music.activities.finding import find
from segue.music.agents.builders import disambiguator
from segue.music.agents.lineups import candidate_at, first_lineup, is_decoy, question, second_lineup
from segue.music.agents.names import DISAMBIGUATOR
from segue.music.catalogues.local.index import TrackIndex
from segue.music.catalogues.port import Catalogue
from segue.music.contracts.songs import SongMetadata
from segue.music.contracts.verdicts import ScoredTrack, Verdict
from segue.music.wire.agents import AgentPlan, AnsweredDoubt, Pick, SongChoice
from segue.music.workflows.doubts import is_askable
from segue.settings.load import load_settings
from segue.wiring.agents import open_models

PLAN = AgentPlan(enabled=True, max_tokens=160)


@dataclass(frozen=True)
class Doubt:
    """A song that a model may be asked about, and which tracks are it."""

    case: Case
    song: SongMetadata
    verdict: Verdict

    def outcome(self, uri: str | None) -> str:
        """What comes of a model's choice: right, wrong, neutral, or for a person."""
        choice = SongChoice(uri=uri, confidence=1.0) if uri else None
        answered = AnsweredDoubt(song=self.song, verdict=self.verdict, choice=choice)
        verdict = settle_doubt(answered)
        if verdict.decision != "accept" or verdict.track is None:
            return "person"
        track = verdict.track.uri.rpartition(":")[2]
        if track in self.case.neutral:
            return "neutral"
        return "right" if track in self.case.right else "wrong"


async def doubts(files: Sequence[Path], index: TrackIndex) -> list[Doubt]:
    """Of all cases, those that the matcher leaves in doubt and a model could settle."""
    found: list[Doubt] = []
    for case in (case for file in files for case in cases(file)):
        song = SongMetadata.model_validate(case.query)
        verdict = await find(song, cast("Catalogue", IndexCatalogue(index)))
        if verdict.decision == "review" and is_askable(verdict):
            found.append(Doubt(case, song, verdict))
    return found


async def choice(pool: ModelPool, song: SongMetadata, lineup: Sequence[ScoredTrack]) -> str | None:
    """The uri that the model picks; None: none, or an answer that is none."""
    agent = disambiguator(PLAN)
    request = ModelRequest(
        agent=DISAMBIGUATOR,
        model=None,
        system_instructions=str(agent.instructions),
        input=[{"role": "user", "content": question(song, lineup)}],
        model_settings=agent.model_settings,
        tools=[],
        output_schema=AgentOutputSchema(Pick),
        handoffs=[],
    )
    try:
        answer = await ask(pool, request)
        pick = Pick.model_validate_json(response_text(answer.response))
    except (ModelError, ValidationError):
        return None
    candidate = candidate_at(lineup, pick.index)
    return candidate.track.uri if candidate else None


async def choices(
    pool: ModelPool, doubt: Doubt, lineup: Sequence[ScoredTrack], times: int
) -> list[str | None]:
    """What the model picks each time; a service that remembers a prompt answers the same sooner."""
    return [await choice(pool, doubt.song, lineup) for _ in range(times)]


async def asked_twice(pool: ModelPool, doubt: Doubt, times: int) -> list[str | None]:
    """The uri that the model picks both times, each time."""
    candidates = doubt.verdict.alternatives
    picks = await choices(pool, doubt, first_lineup(candidates), times)
    firsts = [uri for uri in picks if uri is not None and not is_decoy(uri)]
    seconds = await choices(pool, doubt, second_lineup(candidates), len(firsts))
    kept = [
        first if first == second else None for first, second in zip(firsts, seconds, strict=True)
    ]
    return [*kept, *[None] * (times - len(firsts))]


def report(results: dict[str, Counter[str]]) -> str:
    """One line a way of asking."""
    headings = ["asked", "right added", "wrong added", "left to a person", "not scored"]
    kinds = ("right", "wrong", "person", "neutral")
    return table(
        headings,
        [[name, *(f"{counts[kind]}" for kind in kinds)] for name, counts in results.items()],
    )


async def main() -> None:
    """Ask and record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--catalogue", type=Path, required=True)
    parser.add_argument("--queries", type=Path, nargs="+", required=True)
    parser.add_argument("--times", type=int, default=4)
    options = parser.parse_args()
    open_to = await doubts(options.queries, open_index(options.catalogue))
    once, twice, likeliest = Counter[str](), Counter[str](), Counter[str]()
    async with open_models(load_settings()) as pool:
        for number, doubt in enumerate(open_to, start=1):
            best = doubt.verdict.alternatives[0].track.uri
            alternatives = doubt.verdict.alternatives
            likeliest.update([doubt.outcome(best)] * options.times)
            once.update(map(doubt.outcome, await choices(pool, doubt, alternatives, options.times)))
            twice.update(map(doubt.outcome, await asked_twice(pool, doubt, options.times)))
            print(f"{number} of {len(open_to)}: {dict(once)}, {dict(twice)}", flush=True)
        names = ", then ".join(pool.chain(None))
    lines = {
        "nobody: the likeliest is taken": likeliest,
        "once": once,
        "twice, with a decoy": twice,
    }
    record(
        "benchmarks/doubts.py",
        f"{names}; {len(open_to)} songs in doubt, each {options.times} times.\n\n{report(lines)}",
    )


if __name__ == "__main__":
    asyncio.run(main())
