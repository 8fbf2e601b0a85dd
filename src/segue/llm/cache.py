"""A cache of models' answers, by the request they answer."""

import hashlib
import json
import logging
import time
from collections.abc import Callable
from typing import Any, Protocol

import sqlalchemy as sa
from agents import FunctionTool, ModelResponse
from pydantic import TypeAdapter, ValidationError

from segue.errors.storage import StorageError
from segue.llm.answers import ModelRequest
from segue.storage.database import Database
from segue.storage.statements import upsert

METADATA = sa.MetaData()

ANSWERS = sa.Table(
    "model_answers",
    METADATA,
    sa.Column("key", sa.String(64), primary_key=True),
    sa.Column("answer", sa.Text, nullable=False),
    sa.Column("created_at", sa.Float, nullable=False, index=True),
)

_LOG = logging.getLogger(__name__)
_RESPONSE = TypeAdapter(ModelResponse)
_WEEK_SECONDS = 7 * 24 * 3600.0


class AnswerCache(Protocol):
    """Keeps texts by key; may forget any of them at any time."""

    async def get(self, key: str) -> str | None:
        """The text kept under ``key``."""
        ...

    async def put(self, key: str, text: str) -> None:
        """Keep ``text``; a later one under the same key replaces it."""
        ...


class SqlAnswerCache:
    """An AnswerCache in the database, shared by all workers.

    It is a help, never a need: a database that fails costs a model call, not an answer. Only
    answers are kept, no prompts.
    """

    def __init__(
        self,
        database: Database,
        *,
        clock: Callable[[], float] = time.time,
        max_age_seconds: float = _WEEK_SECONDS,
        max_answers: int = 10_000,
    ) -> None:
        self._database = database.of("answers")
        self._clock = clock
        self._max_age_seconds = max_age_seconds
        self._max_answers = max_answers

    async def get(self, key: str) -> str | None:
        """The text kept under ``key``, unless it is too old."""
        statement = sa.select(ANSWERS.c.answer).where(
            ANSWERS.c.key == key, ANSWERS.c.created_at > self._oldest()
        )
        try:
            async with self._database.reading() as connection:
                return await connection.scalar(statement)
        except StorageError as error:
            _LOG.warning("The answer cache cannot be read: %s", error.message)
            return None

    async def put(self, key: str, text: str) -> None:
        """Keep ``text``, and drop what is too old or too much."""
        add = upsert(self._database.dialect, ANSWERS, replace=["answer", "created_at"])
        row = {"key": key, "answer": text, "created_at": self._clock()}
        newest = sa.select(ANSWERS.c.created_at).order_by(ANSWERS.c.created_at.desc())
        first_too_many = newest.offset(self._max_answers).limit(1).scalar_subquery()
        try:
            async with self._database.writing() as connection:
                await connection.execute(add, row)
                await connection.execute(
                    sa.delete(ANSWERS).where(
                        sa.or_(
                            ANSWERS.c.created_at <= self._oldest(),
                            ANSWERS.c.created_at <= first_too_many,
                        )
                    )
                )
        except StorageError as error:
            _LOG.warning("The answer cache cannot be written: %s", error.message)

    def _oldest(self) -> float:
        return self._clock() - self._max_age_seconds


def key_of(model: str, request: ModelRequest, *, service: str = "") -> str | None:
    """The cache key of the answer of ``model`` to ``request``.

    Args:
        model: By the name it is asked by.
        request: What it is asked.
        service: Where it is asked, and how: one name may be another model elsewhere.

    Returns:
        None where an earlier answer would not do: the service holds a part of the conversation or
        of the prompt, or a tool of its own looks at a changing world.
    """
    if request.is_kept_by_service or request.prompt is not None:
        return None
    tools = [tool for tool in request.tools if isinstance(tool, FunctionTool)]
    if len(tools) < len(request.tools):
        return None
    schema = request.output_schema
    question: dict[str, Any] = {
        "model": model,
        "service": service,
        "settings": request.model_settings.to_json_dict(),
        "instructions": request.system_instructions,
        "input": request.input,
        "tools": [
            [tool.name, tool.description, tool.params_json_schema, tool.strict_json_schema]
            for tool in tools
        ],
        "schema": None if schema is None or schema.is_plain_text() else schema.json_schema(),
        "handoffs": [
            [one.tool_name, one.tool_description, one.input_json_schema, one.agent_name]
            for one in request.handoffs
        ],
    }
    canonical = json.dumps(question, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def to_text(response: ModelResponse) -> str:
    """A response as JSON, without the ids by which its service knows it."""
    without_ids = ModelResponse(output=response.output, usage=response.usage, response_id=None)
    return _RESPONSE.dump_json(without_ids, exclude_unset=True).decode()


def from_text(text: str | None) -> ModelResponse | None:
    """The response; None where there is none or a version of Segue wrote it that differs."""
    if text is None:
        return None
    try:
        return _RESPONSE.validate_json(text)
    except ValidationError:
        return None
