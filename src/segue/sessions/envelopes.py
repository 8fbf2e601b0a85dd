"""Single texts at rest that belong to no one conversation: each with a key of its own inside.

The key is wrapped by a master key and lies beside the text, so whoever deletes the text deletes
the key. What was stored before the encryption was switched on stays readable.
"""

from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from segue.errors.conversation import ConversationUnreadableError
from segue.sessions.sealing import KEY_BYTES, OVERHEAD_BYTES, Seal, WrappedKey
from segue.storage.database import Database

# No JSON text begins so: mark, length of the key's id (2 bytes), id, wrapped key, sealed text.
_MARK = b"\x00\x01"
_LENGTH_BYTES = 2
_WRAPPED_BYTES = KEY_BYTES + OVERHEAD_BYTES
_LENIENT = "surrogatepass"  # takes lone surrogates, as ``Cipher`` does


def enclose(seal: Seal | None, place: str, text: str) -> bytes:
    """``text`` for one place in the database; without a seal: as it is.

    Args:
        seal: The master keys.
        place: Where it belongs; it can be read under the same name only.
        text: Must not begin with a NUL.
    """
    if seal is None:
        return text.encode("utf-8", _LENIENT)
    key, cipher = seal.new_key(place)
    key_id = key.key_id.encode()
    length = len(key_id).to_bytes(_LENGTH_BYTES)
    return _MARK + length + key_id + key.blob + cipher.seal("envelope", "", text)


def disclose(seal: Seal | None, place: str, blob: bytes) -> str:
    """The text that ``enclose`` was given for the same place.

    Raises:
        ConversationUnreadableError: The master key is not there, or the bytes were changed.
    """
    if not blob.startswith(_MARK):
        return blob.decode("utf-8", _LENIENT)
    key, ciphertext = _split(blob)
    if seal is None:
        raise ConversationUnreadableError(
            f"{place!r} is encrypted with the key {key.key_id!r}, and no encryption key is"
            " configured."
        )
    return seal.cipher(place, key).unseal("envelope", "", ciphertext)


def renew(seal: Seal, place: str, blob: bytes) -> bytes | None:
    """Seal an envelope anew under the first master key; None: it is there already, or plain.

    Raises:
        ConversationUnreadableError: Its master key is not configured, or is another one.
    """
    if not blob.startswith(_MARK) or _split(blob)[0].key_id == seal.first:
        return None
    return enclose(seal, place, disclose(seal, place, blob))


async def renew_rows(
    database: Database,
    seal: Seal | None,
    columns: Sequence[sa.Column[Any]],
    place: Callable[..., str],
) -> int:
    """Bring a table's envelopes under the first master key; how many rows were not before.

    Rows whose key is not configured stay as they are. It may be stopped and run again.

    Args:
        database: Where the table is.
        seal: The master keys; None: nothing is done.
        columns: Of one table, those that hold envelopes or NULL.
        place: Of a row's envelopes, by the values of its primary key.

    Raises:
        StorageError: The database is away.
    """
    if seal is None:
        return 0
    names = sa.select(*columns[0].table.primary_key)
    async with database.reading() as connection:
        rows = (await connection.execute(names)).all()
    count = 0
    for row in rows:
        async with database.writing() as connection:
            count += await _renew_row(connection, seal, columns, row, place(*row))
    return count


async def _renew_row(
    connection: AsyncConnection,
    seal: Seal,
    columns: Sequence[sa.Column[Any]],
    key: Sequence[Any],
    place: str,
) -> bool:
    """Whether the row was under another master key, and is no longer."""
    table = columns[0].table
    is_row = sa.and_(*(column == part for column, part in zip(table.primary_key, key, strict=True)))
    rows = (await connection.execute(sa.select(*columns).where(is_row))).all()
    try:
        renewals = {
            column.name: renew(seal, place, blob)
            for blobs in rows  # one, or none where it went meanwhile
            for column, blob in zip(columns, blobs, strict=True)
            if blob is not None
        }
    except ConversationUnreadableError:
        return False
    values = {name: blob for name, blob in renewals.items() if blob is not None}
    if values:
        await connection.execute(sa.update(table).where(is_row).values(values))
    return bool(values)


def _split(blob: bytes) -> tuple[WrappedKey, bytes]:
    start = len(_MARK) + _LENGTH_BYTES
    end = start + int.from_bytes(blob[len(_MARK) : start])
    key_id = blob[start:end].decode(errors="replace")
    return WrappedKey(key_id, blob[end : end + _WRAPPED_BYTES]), blob[end + _WRAPPED_BYTES :]
