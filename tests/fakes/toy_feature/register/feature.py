"""The toy feature as one value."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from segue.platform.feature import Check, Command, Feature, Queue
from tests.fakes.toy_feature.settings import TallySettings
from tests.fakes.toy_feature.wire import TALLY_NAMESPACE, TALLY_QUEUE

if TYPE_CHECKING:
    from segue.llm.offline.rules import AgentRules
    from segue.platform.platform import Platform
    from segue.runtime.worker import WorkerParts
    from segue.settings.load import Settings
    from tests.fakes.toy_feature.service import TallyService


@asynccontextmanager
async def _parts(platform: "Platform") -> "AsyncGenerator[Sequence[WorkerParts]]":
    from segue.runtime.worker import WorkerParts
    from tests.fakes.toy_feature.activities import TallyActivities
    from tests.fakes.toy_feature.workflows import TallyWorkflow

    activities = TallyActivities(platform.settings.of(TallySettings).most)
    yield [
        WorkerParts(
            task_queue=TALLY_QUEUE,
            namespace=TALLY_NAMESPACE,
            workflows=[TallyWorkflow],
            activities=[activities.count_words],
        )
    ]


@asynccontextmanager
async def _open_service(platform: "Platform") -> "AsyncGenerator[TallyService]":
    from tests.fakes.toy_feature.service import TallyService

    yield TallyService(await platform.client(TALLY_NAMESPACE))


def _rules() -> "Sequence[AgentRules]":
    from tests.fakes.toy_feature.rules import tally_rules

    return tally_rules()


def _checks(settings: "Settings") -> Mapping[str, Callable[[], Awaitable[Check | str]]]:
    async def size() -> str:
        return f"texts of at most {settings.of(TallySettings).most} words"

    return {"Tally": size}


TOY = Feature(
    name="tally",
    queues=(Queue(TALLY_QUEUE, TALLY_NAMESPACE),),
    parts=_parts,
    open_service=_open_service,
    rules=_rules,
    checks=_checks,
    settings=(TallySettings,),
    routes=("tests.fakes.toy_feature.routes:router",),
    commands=(Command("tests.fakes.toy_feature.commands:tally", "Toys"),),
)
