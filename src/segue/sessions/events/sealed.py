"""Encryption at rest for what viewers of a turn are shown."""

from segue.sessions.envelopes import disclose, enclose
from segue.sessions.events.store import EventSeal
from segue.sessions.sealing import Seal


class SealedEvents(EventSeal):
    """Each event under the master keys; events of before the switch stay readable.

    Args:
        seal: The first key encrypts, all decrypt. Events live for days: after a rotation the
            older keys are needed for so long.
    """

    def __init__(self, seal: Seal) -> None:
        self._seal = seal

    def seal(self, turn: str, content: bytes) -> bytes:
        """Encrypt the content; it opens with the master keys and for this turn only."""
        return enclose(self._seal, _place(turn), content.decode())

    def open(self, turn: str, ciphertext: bytes) -> bytes:
        """Decrypt what ``seal`` gave for this turn.

        Raises:
            ConversationUnreadableError: The master key is not configured, or it was changed.
        """
        return disclose(self._seal, _place(turn), ciphertext).encode()


def _place(turn: str) -> str:
    return f"events of turn {turn}"
