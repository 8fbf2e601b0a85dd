"""Encryption at rest: keys are checked, kept out of sight, and bound to their conversation."""

import base64

import pytest
from hypothesis import given, strategies as st

from segue.errors.conversation import ConversationUnreadableError
from segue.errors.settings import SettingsError
from segue.sessions.sealing import Cipher, Seal, WrappedKey, cipher_of
from tests.fakes.data.conversations import KEYS, seal

ANY_TEXT = st.text(st.characters())  # lone surrogates too


@given(ANY_TEXT, st.booleans())
def test_every_text_comes_back_and_only_at_its_place(text, sealed):
    cipher = seal("k1").new_key("c")[1] if sealed else Cipher("c")

    blob = cipher.seal("item", 7, text)

    assert cipher.unseal("item", 7, blob) == text
    if sealed:
        for column, place in (("item", 8), ("note", 7), ("item", "7")):
            with pytest.raises(ConversationUnreadableError):
                cipher.unseal(column, place, blob)


def test_the_same_text_never_looks_the_same():
    _, cipher = seal("k1").new_key("c")

    assert len({cipher.seal("item", 1, "hello") for _ in range(100)}) == 100


def test_a_wrapped_key_opens_for_its_own_conversation_only():
    ring = seal("k1", "k2")
    wrapped, cipher = ring.new_key("mine")
    blob = cipher.seal("item", 1, "hello")

    assert wrapped.key_id == "k1"
    assert ring.cipher("mine", wrapped).unseal("item", 1, blob) == "hello"
    with pytest.raises(ConversationUnreadableError):
        ring.cipher("yours", wrapped)


def test_content_survives_a_change_of_master_key():
    wrapped, cipher = seal("k1").new_key("c")
    blob = cipher.seal("item", 1, "hello")

    fresh = seal("k2", "k1").rewrap("c", wrapped)

    assert fresh.key_id == "k2"
    assert seal("k2").cipher("c", fresh).unseal("item", 1, blob) == "hello"


def test_an_encrypted_conversation_needs_a_key_and_a_plain_one_does_not():
    wrapped, _ = seal("k1").new_key("c")

    assert cipher_of(None, "c", None).key is None
    assert cipher_of(seal("k1"), "c", None).key is None
    with pytest.raises(ConversationUnreadableError, match="no encryption key is configured"):
        cipher_of(None, "c", wrapped)
    with pytest.raises(ConversationUnreadableError, match="'k1', which is not configured"):
        cipher_of(seal("k2"), "c", wrapped)
    with pytest.raises(ConversationUnreadableError, match="does not open"):
        cipher_of(seal("k1"), "c", WrappedKey("k1", b"cut"))


def test_a_plain_conversation_has_no_key_for_others():
    assert Cipher("c").derived_key("payloads") is None


@pytest.mark.parametrize(
    ("keyring", "complaint"),
    [
        ("", "holds no key"),
        (" , ", "holds no key"),
        (KEYS["k1"], "Entry 1"),
        (f"k1:{KEYS['k1']},k2:{KEYS['k2'][:-6]}", "Entry 2"),
        (f":{KEYS['k1']}", "Entry 1"),
        (f"{'k' * 65}:{KEYS['k1']}", "Entry 1"),
        ("k1:no base64!", "Entry 1"),
        ("k1:ключ", "Entry 1"),
        (f"k1:{KEYS['k1']},k1:{KEYS['k2']}", "two keys alike"),
    ],
)
def test_an_unusable_keyring_is_named_without_being_quoted(keyring, complaint):
    with pytest.raises(SettingsError, match=complaint) as refused:
        Seal(keyring)

    for name in ("k1", "k2"):
        assert KEYS[name][:10] not in refused.value.message


def test_a_keyring_may_be_written_with_spaces():
    assert Seal(f" k1: {KEYS['k1']} , k2:{KEYS['k2']},").first == "k1"


def test_keys_are_in_no_representation():
    wrapped, cipher = seal("k1").new_key("c")
    shown = f"{seal('k1')!r} {wrapped!r} {cipher!r}"

    assert KEYS["k1"][:10] not in shown
    assert str(base64.b64decode(KEYS["k1"])) not in shown
    assert str(cipher.key) not in shown
    assert str(wrapped.blob) not in shown
