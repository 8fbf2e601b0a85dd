"""The payload codec: everything that Temporal stores of a workflow, under that workflow's key.

A payload names workflow and key in its metadata, so that any process with the same database and
master keys can read it: a worker, a client, a codec server. Both are authenticated with it.
"""

import hmac
import json
import secrets
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from temporalio.api.common.v1 import Payload
from temporalio.converter import (
    ActivitySerializationContext,
    PayloadCodec,
    SerializationContext,
    WithSerializationContext,
    WorkflowSerializationContext,
)
from temporalio.exceptions import ApplicationError

from segue.errors.base import SegueError
from segue.errors.conversation import ConversationUnreadableError
from segue.runtime.faults import to_application_error
from segue.sessions.histories.keys import HistoryKey, HistoryKeys
from segue.sessions.sealing import NONCE_BYTES

# Metadata of payloads stands in histories for years; never renamed. The first two are the words of
# Temporal's own samples. Source: https://docs.temporal.io/payload-codec
ENCODING = "encoding"
ENCRYPTED = b"binary/encrypted"
KEY_NAME = "encryption-key-id"
WORKFLOW = "segue-workflow-id"

NO_WORKFLOW = ""  # payloads that Temporal's SDK encodes without saying for whom

# From here on the same payload is the same bytes each time: every replay of a workflow encodes
# anew what it once sent, and a store of large payloads keeps equal ones once. Who reads a history
# can then tell that two such payloads of one workflow are equal.
SAME_AGAIN_BYTES = 64 * 1024


class HistoryCodec(PayloadCodec, WithSerializationContext):
    """AES-256-GCM with a key for each workflow id.

    Args:
        keys: Of the database that all processes share.
        workflow_id: Whose payloads are encoded; the SDK says so, by ``with_context``.
    """

    def __init__(self, keys: HistoryKeys, workflow_id: str = NO_WORKFLOW) -> None:
        self._keys = keys
        self._workflow_id = workflow_id

    def with_context(self, context: SerializationContext) -> Self:
        """The codec for the payloads of one workflow and its activities."""
        match context:
            case WorkflowSerializationContext() | ActivitySerializationContext():
                return type(self)(self._keys, context.workflow_id or NO_WORKFLOW)
            case _:
                return type(self)(self._keys)

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Encrypt the payloads.

        Raises:
            ApplicationError: Of the type ``storage.unavailable`` or ``conversation.unreadable`` (a
                master key is missing); it may be tried again.
        """
        if not payloads:
            return []
        with _telling_temporal():
            key = await self._keys.current(self._workflow_id)
        return [_encrypt(key, payload) for payload in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Decrypt the payloads; those that were never encrypted stay as they are.

        Raises:
            ApplicationError: Of the type ``conversation.unreadable``: not to be retried when the
                key was deleted with the conversation, or the payload is not what was encrypted;
                to be retried when somebody can help: a master key is missing, or it is another
                database. Of the type ``storage.unavailable``.
        """
        with _telling_temporal():
            return [await self._decode_one(payload) for payload in payloads]

    async def _decode_one(self, payload: Payload) -> Payload:
        if payload.metadata.get(ENCODING) != ENCRYPTED:
            return payload
        workflow_id, name = _text(payload, WORKFLOW), _text(payload, KEY_NAME)
        key = await self._keys.by_name(workflow_id, name)
        if key is None:
            raise _unreadable(
                f"The history of workflow {workflow_id!r} cannot be read any more: its key was"
                " deleted together with a conversation.",
                "It cannot be brought back.",
            )
        try:
            return _decrypt(key, payload)
        except (InvalidTag, ValueError):
            raise _unreadable(
                f"A payload in the history of workflow {workflow_id!r} was changed.",
                "Restore the history from a backup of Temporal's database.",
            ) from None


def _encrypt(key: HistoryKey, payload: Payload) -> Payload:
    plain = payload.SerializeToString(deterministic=True)
    bound_to = _bound_to(key)
    if len(plain) < SAME_AGAIN_BYTES:
        nonce = secrets.token_bytes(NONCE_BYTES)
    else:
        # Made from the content, so that another content gets another nonce, as surely as at random.
        nonce = hmac.digest(key.naming, plain, "sha256")[:NONCE_BYTES]
    return Payload(
        metadata={
            ENCODING: ENCRYPTED,
            KEY_NAME: key.name.encode(),
            WORKFLOW: key.workflow_id.encode(),
        },
        data=nonce + AESGCM(key.sealing).encrypt(nonce, plain, bound_to),
    )


def _decrypt(key: HistoryKey, payload: Payload) -> Payload:
    nonce, ciphertext = payload.data[:NONCE_BYTES], payload.data[NONCE_BYTES:]
    return Payload.FromString(AESGCM(key.sealing).decrypt(nonce, ciphertext, _bound_to(key)))


def _bound_to(key: HistoryKey) -> bytes:
    return json.dumps([key.workflow_id, "payload", key.name]).encode()


def _text(payload: Payload, name: str) -> str:
    return payload.metadata.get(name, b"").decode(errors="replace")


def _unreadable(message: str, hint: str) -> ApplicationError:
    """The failure that ends a run or an activity, which Temporal would otherwise retry for ever."""
    details = {"hint": hint}
    return ApplicationError(
        message, details, type=ConversationUnreadableError.code, non_retryable=True
    )


@contextmanager
def _telling_temporal() -> Generator[None]:
    """Codecs run outside of activities and workflows, so no interceptor translates our errors.

    Somebody puts a missing key back, or the right database; no run may end because of it.

    Raises:
        ApplicationError: For an error of ours.
    """
    try:
        yield
    except ConversationUnreadableError as error:
        raise ApplicationError(error.message, {"hint": error.hint}, type=error.code) from None
    except SegueError as error:
        raise to_application_error(error) from None
