"""What the user gave cannot be used."""

from segue.errors.base import SegueError


class InputError(SegueError):
    """What the user gave cannot be used; nothing was started."""

    code = "input.invalid"
    status = 422
    exit_code = 2


class UnreadableFileError(InputError):
    """A file is missing, not permitted, or not text in any known encoding."""

    code = "input.unreadable_file"
    default_hint = "Check the path and that the file opens in the program that wrote it."


class EmptyInputError(InputError):
    """A readable input that holds no song at all."""

    code = "input.empty"
    default_hint = "Export the playlist again; the file holds no song."


class TooLargeInputError(InputError):
    """A file has more rows, or takes longer to read, than this server takes."""

    code = "input.too_large"
    status = 413
    default_hint = "Split the file; the command line, on your own machine, has no such bound."


class UnknownFormatError(InputError):
    """No importer recognises the content."""

    code = "input.unknown_format"
    default_hint = "Name the format with --format, or map the columns with --columns."


class MissingColumnsError(InputError):
    """A table without a recognisable title column."""

    code = "input.missing_columns"
    default_hint = (
        "Say which column is which: --columns title=NAME,artist=NAME, or by numbers where there "
        "are no headings: --columns title=1,artist=2."
    )
