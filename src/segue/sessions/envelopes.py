"""Single texts at rest that belong to no one conversation: each with a key of its own inside.

The key is wrapped by a master key and lies beside the text, so whoever deletes the text deletes
the key. What was stored before the encryption was switched on stays readable.
"""

from segue.errors.conversation import ConversationUnreadableError
from segue.sessions.sealing import KEY_BYTES, OVERHEAD_BYTES, Seal, WrappedKey

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


def _split(blob: bytes) -> tuple[WrappedKey, bytes]:
    start = len(_MARK) + _LENGTH_BYTES
    end = start + int.from_bytes(blob[len(_MARK) : start])
    key_id = blob[start:end].decode(errors="replace")
    return WrappedKey(key_id, blob[end : end + _WRAPPED_BYTES]), blob[end + _WRAPPED_BYTES :]
