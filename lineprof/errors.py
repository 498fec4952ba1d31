"""The errors lineprof raises on purpose, each with the exit status it ends a command with."""


class LineprofError(Exception):
    """A fault that one line of text explains; `main()` prints it and exits with `exit_code`."""

    exit_code = 1


class UsageError(LineprofError):
    """The command line or an argument makes no sense."""

    exit_code = 2


class FileFormatError(LineprofError):
    """A file is not a profile, is damaged, or was written by a newer lineprof."""


class ReadError(LineprofError, OSError):
    """A file that was named cannot be read."""

    def __str__(self) -> str:
        return str(self.args[0])


class NoFileError(ReadError, FileNotFoundError):
    """A file that was named does not exist."""


def unreadable(error: OSError, message: str) -> ReadError:
    """The error to raise, with this message: an OSError still, as from whoever opens a file."""
    found = (NoFileError if isinstance(error, FileNotFoundError) else ReadError)(message)
    found.errno, found.strerror, found.filename = error.errno, error.strerror, error.filename
    return found


def printable(text: str) -> str:
    """The text with control characters and the like escaped.

    Names come from files of others: they must stay on one line, and not steer a terminal.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
