"""The toy over HTTP; in the project it would be ``segue/web/routes/tally.py``."""

from fastapi import APIRouter

from segue.web.key_access import Writer
from segue.web.services import Api
from segue.web.shown import problems
from tests.fakes.toy_feature.contracts import Tally
from tests.fakes.toy_feature.service import TallyService
from tests.fakes.toy_feature.wire import TallyRequest

router = APIRouter(prefix="/api/v1/tallies", tags=["tally"])


@router.post("", responses=problems(422))
async def count_words(body: TallyRequest, _key: Writer, api: Api) -> Tally:
    """Count the words of a text."""
    return await api.service("tally", TallyService).count(body.text)
