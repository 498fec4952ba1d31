"""Where results go: fixed when kernprof starts, and elsewhere if they cannot go there."""

import os
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

State = tuple[int, int, int, int]  # What tells a file at one time from the same one at another


class Written(NamedTuple):
    """What became of the results."""

    shown: str | None  # The file they are in; None if they could not be written at all
    note: str | None = None  # One line on why they are not where they should be


class Output:
    """The file for the results of one run; name: its path as it was given.

    The file of an earlier run is kept, as NAME.old. A file that another process has written since
    this run began stays, and this one's results get a name of their own.
    """

    def __init__(self, name: str) -> None:
        self.path = os.path.abspath(name)
        self.shown = _shown(name, self.path)
        self._known = _state(self.path)
        self._is_ours = False

    def is_taken(self) -> bool:
        found = _state(self.path)
        return found is not None and found != self._known

    def write(self, dump: Callable[[str], None]) -> Written:
        """Have `dump` write the results to their file or, failing that, to the temporary folder."""
        wanted = self.shown
        try:
            self.update(dump)
        except Exception as error:
            fault = f"kernprof: cannot write {self.shown!r}: {reason(error)}"
        else:
            if self.shown == wanted:
                return Written(wanted)
            note = f"kernprof: {wanted!r} was written by another process meanwhile"
            return Written(self.shown, f"{note}; results of this one are in {self.shown!r}")
        try:
            path = _spare(self.path)
            dump(path)
        except Exception as error:
            return Written(None, f"{fault}; nor to the temporary folder: {reason(error)}")
        return Written(path, f"{fault}; results are in {path!r}")

    def update(self, dump: Callable[[str], None]) -> None:
        """Have `dump` write the results so far; OSError or whatever else it raises."""
        if os.path.exists(self.path) and not os.path.isfile(self.path):
            dump(self.path)  # a device or pipe must not be replaced
            return
        target = os.path.realpath(self.path)  # symbolic links stay
        folder, base = os.path.split(target)
        temporary = os.path.join(folder, f".{base}-{os.urandom(4).hex()}")
        try:
            dump(temporary)
            self._place(temporary, target)
        except BaseException:
            with suppress(OSError):
                os.unlink(temporary)
            raise

    def _place(self, temporary: str, target: str) -> None:
        """Give the file its name, without taking that from the file of another process."""
        if self.is_taken():
            self._take_own_name()
            target = self.path
        elif self._known is not None and not self._is_ours:
            with suppress(FileNotFoundError):
                os.replace(target, f"{target}.old")
        if self._is_ours:
            os.replace(temporary, target)
        elif not _link(temporary, target):
            self._take_own_name()
            os.replace(temporary, self.path)
        self._is_ours = True
        self._known = _state(self.path)

    def _take_own_name(self) -> None:
        own = str(os.getpid())
        while os.path.exists(path := _with_part(self.path, own)):
            own = os.urandom(4).hex()
        self.path, self.shown = path, _with_part(self.shown, own)
        self._is_ours = False


def reason(error: Exception) -> str:
    """What an error says, on one line."""
    text = (isinstance(error, OSError) and error.strerror) or str(error) or type(error).__name__
    return " ".join(text.split())


def _shown(name: str, path: str) -> str:
    """How messages name a file: the shortest way from the folder kernprof was started in."""
    try:
        return min((name, path, os.path.relpath(path)), key=len)
    except ValueError:  # on another drive
        return path


def _state(path: str) -> State | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_mtime_ns, found.st_size


def _link(temporary: str, target: str) -> bool:
    """Rename a file; False, and nothing has happened, if there is one of the new name already."""
    try:
        os.link(temporary, target)
    except FileExistsError:
        return False
    except OSError:  # not on this kind of disk
        os.replace(temporary, target)
    else:
        os.unlink(temporary)
    return True


def _with_part(name: str, part: str) -> str:
    stem, suffix = os.path.splitext(name)
    return f"{stem}.{part}{suffix}"


def _spare(path: str) -> str:
    import tempfile

    return os.path.join(tempfile.mkdtemp(prefix="kernprof-"), os.path.basename(path))
