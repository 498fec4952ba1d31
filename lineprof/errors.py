"""The errors lineprof raises on purpose, each with the exit status it ends a command with."""


class LineprofError(Exception):
    """A fault that one line of text explains; `main()` prints it and exits with `exit_code`."""

    exit_code = 1


class UsageError(LineprofError):
    """The command line or an argument makes no sense."""

    exit_code = 2


class FileFormatError(LineprofError):
    """A file is not a profile, is damaged, or was written by a newer lineprof."""
