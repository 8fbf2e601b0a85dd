"""The gallery cannot do what was asked."""

from segue.errors.base import SegueError


class GalleryError(SegueError):
    """A pattern of the gallery cannot be run as asked."""

    code = "gallery.error"
    status = 422
    exit_code = 3


class UnknownPatternError(GalleryError):
    """There is no pattern with this name."""

    code = "gallery.unknown_pattern"
    status = 404
    exit_code = 2
    default_hint = "`segue patterns` lists them."


class CredentialMissingError(GalleryError):
    """The worker has no credential of the name that a workflow gave to a tool."""

    code = "gallery.credential_missing"
    default_hint = "Give it to the worker, in SEGUE_TOOL_CREDENTIALS, and start the worker again."


class CredentialRefusedError(GalleryError):
    """The service that a tool calls does not take the worker's credential."""

    code = "gallery.credential_refused"
    default_hint = "Put the right value into SEGUE_TOOL_CREDENTIALS, and start the worker again."


class ImageRefusedError(GalleryError):
    """A picture is in no allowed folder, too large, or no picture."""

    code = "gallery.image_refused"
    default_hint = "Give it a picture: PNG, JPEG, GIF or WebP, of at most 1 MiB."


class FileRefusedError(GalleryError):
    """A path leads out of the folder that the sample file server serves, or to no text file."""

    code = "gallery.file_refused"
    default_hint = "Give a path below the folder, as list_directory names it."


class NotebookError(GalleryError):
    """A notebook of the sample memory server has expired, is full, or was never opened."""

    code = "gallery.notebook"
    default_hint = "Open one with open_notebook, and name its handle in every call."
