"""The errors lineprof raises on purpose, each with the exit status it ends a command with."""


class LineprofError(Exception):
    """A fault that one line of text explains; `main()` prints it and exits with `exit_code`."""

    exit_code = 1


class UsageError(LineprofError):
    """The command line or an argument makes no sense."""

    exit_code = 2


class FileFormatError(LineprofError):
    """A file is not a profile, is damaged, or was written by a newer lineprof."""


def printable(text: str) -> str:
    """The text with control characters and the like escaped.

    Names come from files of others: they must stay on one line, and not steer a terminal.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
