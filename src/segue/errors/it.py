"""IT cannot answer."""

from segue.errors.base import SegueError


class ItError(SegueError):
    """IT cannot answer."""

    code = "it.error"
    status = 422
    exit_code = 2


class NoProjectError(ItError):
    """No Jira project is set for this conversation, session or user."""

    code = "it.no_project"
    status = 409
    default_hint = "set_jira_project sets it."


class UnknownProjectError(ItError):
    """Jira has no such project, or does not show it to Segue's login."""

    code = "it.unknown_project"
    status = 404
    default_hint = "Set the key of another project: the letters in front of its issues' numbers."


class SessionNotFoundError(ItError):
    """This user has no session with this handle."""

    code = "it.session_not_found"
    status = 404
    default_hint = "list_it_sessions tells the handles; open_it_session gives a new one."


class SessionExpiredError(ItError):
    """The session has come to the end of its lifetime, and its state is gone."""

    code = "it.session_expired"
    status = 410
    default_hint = "open_it_session gives a new one, which begins empty."
