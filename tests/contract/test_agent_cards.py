"""Agent cards under encryption, in every kind of database."""

import hashlib

import pytest
import sqlalchemy as sa

from segue.errors.conversation import ConversationUnreadableError
from segue.errors.run import RunError
from segue.runs.store.cards import CardStore
from segue.runs.store.tables import CARDS
from tests.fakes.data.conversations import CANARY, damaged, seal

CARD = f'{{"instructions": "{CANARY} \ud83d"}}'
DIGEST = hashlib.sha256(CARD.encode("utf-8", "surrogatepass")).hexdigest()


async def stored(database) -> bytes:
    async with database.reading() as connection:
        return await connection.scalar(sa.select(CARDS.c.card))


async def test_a_card_is_sealed_and_comes_back(database):
    cards = CardStore(database, seal=seal("k1"))

    await cards.keep(DIGEST, CARD)

    with pytest.raises(RunError):
        await cards.keep(DIGEST, "another card")
    assert CANARY.encode() not in await stored(database)
    assert await cards.get(DIGEST) == CARD
    first = await stored(database)
    await cards.keep(DIGEST, CARD)
    assert await stored(database) == first


async def test_a_card_of_before_the_switch_is_read_and_stays(database):
    await CardStore(database).keep(DIGEST, CARD)
    cards = CardStore(database, seal=seal("k1"))

    assert await cards.get(DIGEST) == CARD
    assert await cards.rewrap() == 0


async def test_without_its_master_key_a_card_is_refused_until_it_is_kept_again(database):
    await CardStore(database, seal=seal("k1")).keep(DIGEST, CARD)

    for cards in (CardStore(database), CardStore(database, seal=seal("k2"))):
        with pytest.raises(ConversationUnreadableError, match="'k1'"):
            await cards.get(DIGEST)
    other = CardStore(database, seal=seal("k2"))
    await other.keep(DIGEST, CARD)
    assert await other.get(DIGEST) == CARD


async def test_a_rotation_brings_cards_under_the_new_key(database):
    old, new = CardStore(database, seal=seal("k1")), CardStore(database, seal=seal("k2"))
    await old.keep(DIGEST, CARD)

    assert await CardStore(database).rewrap() == 0
    assert await new.rewrap() == 0  # it cannot read what it should renew
    both = CardStore(database, seal=seal("k2", "k1"))
    assert await both.rewrap() == 1
    assert await both.rewrap() == 0
    assert await new.get(DIGEST) == CARD


async def test_a_changed_card_is_refused(database):
    cards = CardStore(database, seal=seal("k1"))
    await cards.keep(DIGEST, CARD)
    sealed = await stored(database)

    for blob in (damaged(sealed), sealed[:3], sealed[:20], b"\x00\x01"):
        async with database.writing() as connection:
            await connection.execute(sa.update(CARDS).values(card=blob))
        with pytest.raises(ConversationUnreadableError):
            await cards.get(DIGEST)


async def test_a_process_remembers_a_bounded_number_of_cards(database, monkeypatch):
    monkeypatch.setattr("segue.runs.store.cards.REMEMBERED", 1)
    other = "another card"
    digest = hashlib.sha256(other.encode()).hexdigest()
    writer, cards = CardStore(database), CardStore(database)
    await writer.keep(DIGEST, CARD)
    await writer.keep(digest, other)

    assert [await cards.get(DIGEST), await cards.get(digest)] == [CARD, other]
    assert await cards.get(DIGEST) == CARD
    assert await cards.get("0" * 64) is None
