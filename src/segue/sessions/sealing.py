"""Encryption at rest: each conversation has a key of its own, which a master key wraps.

AES-256-GCM with a fresh random nonce for every value. What a value is bound to (conversation,
column, place) is authenticated with it, so that values cannot be swapped, also not between rows.
Whoever deletes a conversation deletes its wrapped key: copies of its content, in backups of other
tables or in histories, are then unreadable.
"""

import base64
import binascii
import json
import secrets
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from segue.errors.conversation import ConversationUnreadableError
from segue.errors.settings import SettingsError

KEY_BYTES = 32
NONCE_BYTES = 12  # what GCM is made for (NIST SP 800-38D)
OVERHEAD_BYTES = NONCE_BYTES + 16  # what sealing adds to a value: nonce and tag
LONGEST_KEY_ID = 64
# Text may hold lone surrogates: halves of emoji, cut by a model. UTF-8 proper refuses them.
_LENIENT = "surrogatepass"


@dataclass(frozen=True)
class WrappedKey:
    """A conversation's data key as the database holds it.

    Attributes:
        key_id: The master key that wrapped it.
    """

    key_id: str
    blob: bytes = field(repr=False)


@dataclass(frozen=True)
class Cipher:
    """Turns the texts of one conversation into what its columns hold, and back.

    Attributes:
        key: The data key; None: the conversation is not encrypted and texts are plain UTF-8.
    """

    conversation: str
    key: bytes | None = field(default=None, repr=False)

    def seal(self, column: str, place: str | int, text: str) -> bytes:
        """``text`` for one column of one row."""
        plain = text.encode("utf-8", _LENIENT)
        if self.key is None:
            return plain
        return _encrypt(self.key, plain, self._bound_to(column, place))

    def unseal(self, column: str, place: str | int, blob: bytes) -> str:
        """The text that ``seal`` was given for the same column and place.

        Raises:
            ConversationUnreadableError: Another key, another place, or changed bytes.
        """
        try:
            plain = blob
            if self.key is not None:
                plain = _decrypt(self.key, blob, self._bound_to(column, place))
            return plain.decode("utf-8", _LENIENT)
        except (InvalidTag, ValueError):
            raise ConversationUnreadableError(
                f"The {column} {place!r} of conversation {self.conversation!r} was changed, or"
                " belongs elsewhere."
            ) from None

    def derived_key(self, purpose: str) -> bytes | None:
        """A key of 32 bytes for another use, from which the data key cannot be told."""
        if self.key is None:
            return None
        return HKDF(SHA256(), KEY_BYTES, salt=None, info=purpose.encode()).derive(self.key)

    def _bound_to(self, column: str, place: str | int) -> bytes:
        return json.dumps([self.conversation, column, place]).encode()


class Seal:
    """The master keys: the first wraps, all unwrap.

    Args:
        keyring: ``id:key`` pairs with commas; a key is 32 bytes in base64.

    Raises:
        SettingsError: Not of that form. The message quotes no key.
    """

    def __init__(self, keyring: str) -> None:
        self._keys = dict(_entry(entry, number) for number, entry in _entries(keyring))
        if not self._keys:
            raise SettingsError("SEGUE_ENCRYPTION_KEYS holds no key; expected id:key.")
        if len(self._keys) < len(list(_entries(keyring))):
            raise SettingsError("SEGUE_ENCRYPTION_KEYS names two keys alike.")
        self.first = next(iter(self._keys))

    def has(self, key_id: str) -> bool:
        """Whether a master key of this name is configured."""
        return key_id in self._keys

    def new_key(self, conversation: str) -> tuple[WrappedKey, Cipher]:
        """A fresh data key for a conversation: what to store, and what to seal with."""
        key = secrets.token_bytes(KEY_BYTES)
        return self._wrap(conversation, key), Cipher(conversation, key)

    def cipher(self, conversation: str, wrapped_key: WrappedKey) -> Cipher:
        """The cipher of a conversation.

        Raises:
            ConversationUnreadableError: The master key is not configured, or is another one.
        """
        return Cipher(conversation, self._unwrap(conversation, wrapped_key))

    def rewrap(self, conversation: str, wrapped_key: WrappedKey) -> WrappedKey:
        """Wrap a conversation's data key anew, under the first master key.

        Raises:
            ConversationUnreadableError: The master key is not configured, or is another one.
        """
        return self._wrap(conversation, self._unwrap(conversation, wrapped_key))

    def _wrap(self, conversation: str, key: bytes) -> WrappedKey:
        blob = _encrypt(self._keys[self.first], key, _key_of(conversation, self.first))
        return WrappedKey(self.first, blob)

    def _unwrap(self, conversation: str, wrapped_key: WrappedKey) -> bytes:
        master = self._keys.get(wrapped_key.key_id)
        if master is None:
            raise ConversationUnreadableError(
                f"Conversation {conversation!r} needs the encryption key {wrapped_key.key_id!r},"
                " which is not configured."
            )
        try:
            return _decrypt(master, wrapped_key.blob, _key_of(conversation, wrapped_key.key_id))
        except (InvalidTag, ValueError):
            raise ConversationUnreadableError(
                f"The encryption key {wrapped_key.key_id!r} does not open conversation"
                f" {conversation!r}: it is another key, or the stored one was changed."
            ) from None


def cipher_of(seal: Seal | None, conversation: str, wrapped_key: WrappedKey | None) -> Cipher:
    """The cipher of a conversation, sealed or not.

    Raises:
        ConversationUnreadableError: It is sealed, and its master key is not there or another one.
    """
    if wrapped_key is None:
        return Cipher(conversation)
    if seal is None:
        raise ConversationUnreadableError(
            f"Conversation {conversation!r} is encrypted with the key {wrapped_key.key_id!r}, and"
            " no encryption key is configured."
        )
    return seal.cipher(conversation, wrapped_key)


def _entries(keyring: str) -> list[tuple[int, str]]:
    parts = [part.strip() for part in keyring.split(",")]
    return [(number, part) for number, part in enumerate(parts, start=1) if part]


def _entry(entry: str, number: int) -> tuple[str, bytes]:
    name, _, key_text = entry.partition(":")
    try:
        key = base64.b64decode(key_text.strip(), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not 0 < len(name) <= LONGEST_KEY_ID or len(key) != KEY_BYTES:
        raise SettingsError(
            f"Entry {number} of SEGUE_ENCRYPTION_KEYS is not usable; expected id:key, with an id of"
            f" 1 to {LONGEST_KEY_ID} characters and a key of {KEY_BYTES} bytes in base64.",
            hint="Make a key: openssl rand -base64 32.",
        )
    return name, key


def _key_of(conversation: str, key_id: str) -> bytes:
    return json.dumps([conversation, "key", key_id]).encode()


def _encrypt(key: bytes, plain: bytes, bound_to: bytes) -> bytes:
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, bound_to)


def _decrypt(key: bytes, blob: bytes, bound_to: bytes) -> bytes:
    return AESGCM(key).decrypt(blob[:NONCE_BYTES], blob[NONCE_BYTES:], bound_to)
