"""A conversation cannot be used."""

from segue.errors.base import SegueError


class ConversationError(SegueError):
    """A conversation cannot be used as asked."""

    code = "conversation.error"
    status = 409
    exit_code = 12
    default_hint = "`segue conversations` lists what there is."


class ConversationNotFoundError(ConversationError):
    """No conversation has this id, or it was deleted."""

    code = "conversation.not_found"
    status = 404
    default_hint = "`segue conversations` lists them."


class ConversationUnreadableError(ConversationError):
    """The content is encrypted with a key that is not configured, or it was changed."""

    code = "conversation.unreadable"
    status = 500
    default_hint = "Put the key back into SEGUE_ENCRYPTION_KEYS; keep old keys after a rotation."


class ConversationBusyError(ConversationError):
    """A message is being answered, and the conversation takes no other meanwhile."""

    code = "conversation.busy"
    retryable = True
    default_hint = "Wait for the reply, then send it again."


class ConversationMovingError(ConversationError):
    """The conversation moves on to a new run of its workflow; this message was not taken."""

    code = "conversation.moving"
    status = 503
    retryable = True
    default_hint = "Send it again; nothing was done with it."


class ConversationFullError(ConversationError):
    """The conversation has as many items as a conversation may have."""

    code = "conversation.full"
    default_hint = "Fork it, start another, or raise SEGUE_CONVERSATION_MAX_ITEMS."


class ConversationEndedError(ConversationError):
    """The conversation takes no more messages: it was ended, or its workflow came to an end."""

    code = "conversation.ended"
    default_hint = "Start another, or fork it: what was said is stored (`segue conversations`)."


class ConversationCancelledError(ConversationEndedError):
    """Somebody cancelled the conversation before it answered."""

    code = "conversation.cancelled"
