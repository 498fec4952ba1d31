"""The folder of a run: what its processes must know, and the files with their numbers."""

from __future__ import annotations

import os
import stat
from time import time_ns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

VARIABLE = "LINEPROF_PROCESSES"
"""Environment variable with the path of the folder; a word that means no: follow no processes."""

RUN = "run.json"
"""What every process must know."""
CHOICE = "choice.json"
"""What is measured without being decorated; not there if nothing is."""
BUILTIN = "builtin"
"""There if programs find `profile` among the builtins."""
FAULTS = "faults"
BATCH = ".batch"
"""How the name of a folder ends in which shards were put aside to be added up; see compact.py."""
FORMAT = 1

_FAULTS = 200
"""No more files with faults than these: a program may start processes without end."""


class FolderError(OSError):
    """What is there is no folder of a run, or not one to be trusted."""


class RunFolder:
    """A folder that only this user can read or write; `make` and `open` say that it is one."""

    def __init__(self, path: str) -> None:
        self.path = path

    @classmethod
    def make(cls) -> RunFolder:
        """A new one, in the temporary folder; OSError if it cannot be made."""
        path = os.path.join(_temporary(), f"lineprof-{os.urandom(8).hex()}")
        os.mkdir(path, 0o700)
        return cls(path)

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> RunFolder:
        """One that was made before; FolderError if another user could have made or changed it."""
        name = os.fspath(path)
        try:
            found = os.lstat(name)
        except (OSError, ValueError) as error:
            raise FolderError(f"{name!r}: {error}") from None
        if not stat.S_ISDIR(found.st_mode):
            raise FolderError(f"{name!r} is no folder")
        if hasattr(os, "geteuid") and found.st_uid != os.geteuid():
            raise FolderError(f"{name!r} belongs to another user")
        if found.st_mode & 0o777 != 0o700:
            raise FolderError(f"{name!r} can be read or written by others")
        return cls(name)

    def new_shard(self) -> str:
        """A path for the numbers of this process."""
        return os.path.join(self.path, f"{os.getpid()}-{time_ns()}.shard")

    def shards(self) -> list[str]:
        """Paths of the files with the numbers of one process that there are now."""
        return shards_in(self.path)

    def batches(self) -> tuple[list[str], list[str]]:
        """Folders of shards that are not added up yet, and files with sums of those that are."""
        with os.scandir(self.path) as entries:
            names = {entry.name: entry.path for entry in entries if BATCH in entry.name}
        sums = [path for name, path in names.items() if name.endswith(f"{BATCH}.lprof")]
        folders = [path for name, path in names.items() if name.endswith(BATCH)]
        return sorted(path for path in folders if f"{path}.lprof" not in sums), sorted(sums)

    def write(self, name: str, content: Mapping[str, Any]) -> None:
        """Write a file of JSON, in one step; OSError."""
        import json

        target = os.path.join(self.path, name)
        with open(f"{target}.new", "w", encoding="utf-8") as file:
            json.dump(content, file)
        os.replace(f"{target}.new", target)

    def read(self, name: str) -> dict[str, Any]:
        """What such a file says; OSError or ValueError."""
        with open(os.path.join(self.path, name), encoding="utf-8") as file:
            found = parsed(file.read())
        if not isinstance(found, dict):
            raise ValueError(f"{name} is no JSON object")
        return found

    def add_fault(self, text: str) -> None:
        """Leave a line for whoever collects; never raises."""
        try:
            folder = os.path.join(self.path, FAULTS)
            if not os.path.isdir(folder):
                os.mkdir(folder, 0o700)
            if len(os.listdir(folder)) < _FAULTS:
                name = os.path.join(folder, f"{os.getpid()}-{time_ns()}")
                with open(name, "x", encoding="utf-8", errors="backslashreplace") as file:
                    file.write(" ".join(text.split()))
        except OSError:
            return

    def faults(self) -> list[str]:
        """The lines that were left."""
        folder = os.path.join(self.path, FAULTS)
        found = []
        try:
            for name in sorted(os.listdir(folder)):
                with open(os.path.join(folder, name), encoding="utf-8", errors="replace") as file:
                    found.append(file.readline(1000).strip())
        except OSError:
            return found
        return found

    def remove(self) -> None:
        """Delete it with all that is in it; never raises."""
        gone = f"{self.path}.gone"  # living processes make no more files in it
        try:
            os.rename(self.path, gone)
            with os.scandir(gone) as entries:
                folders = [entry.path for entry in entries if entry.is_dir(follow_symlinks=False)]
        except OSError:
            return
        for folder in (*folders, gone):
            remove_files(folder)


def born(process: int) -> int:
    """When a process started, in the system's ticks; 0 if that is unknown. No two processes of a
    machine have the same number and the same start."""
    return _state(process)[1]


def is_running(process: int, start: int) -> bool:
    """Whether the process with this number and start still runs."""
    state, found = _state(process)
    if found:
        return found == start and state not in (b"Z", b"X")  # dead, and not waited for yet
    if start:
        return False
    try:
        os.kill(process, 0)
    except (OSError, OverflowError):
        return False
    return process > 0


def _state(process: int) -> tuple[bytes, int]:
    """A letter that says what a process does, and when it started; see proc(5)."""
    try:
        with open(f"/proc/{process}/stat", "rb") as file:
            # The second field is a name in parentheses, which may hold anything.
            fields = file.read().rpartition(b")")[2].split()
        return fields[0], int(fields[19])
    except (OSError, ValueError, IndexError):
        return b"", 0


def shards_in(path: str) -> list[str]:
    """Paths of the shards in a folder."""
    with os.scandir(path) as entries:
        return sorted(entry.path for entry in entries if entry.name.endswith(".shard"))


def remove_files(path: str) -> None:
    """Delete a folder of files. shutil, which could, loads much at the end of a program."""
    try:
        with os.scandir(path) as entries:
            for entry in entries:
                if not entry.is_dir(follow_symlinks=False):
                    os.unlink(entry.path)
        os.rmdir(path)
    except OSError:
        return


def _temporary() -> str:
    candidates = [os.environ.get(name, "") for name in ("TMPDIR", "TEMP", "TMP")]
    for path in [*candidates, "/tmp", "/var/tmp"]:
        if path and os.path.isdir(path) and os.access(path, os.W_OK | os.X_OK):
            return os.path.abspath(path)
    raise FolderError("there is no temporary folder")


class _Ways:
    """How Python's own scanner of JSON is told to read; json itself loads `re`."""

    strict = True
    object_hook = object_pairs_hook = array_hook = None
    parse_float, parse_int, parse_constant = float, int, float
    memo: Sequence[str] = ()


def parsed(text: str) -> Any:
    """What a text of JSON says; ValueError."""
    ways: Any = _Ways
    try:
        from _json import make_scanner

        return make_scanner(ways)(text, 0)[0]
    except (ImportError, AttributeError, TypeError, StopIteration):
        import json

        return json.loads(text)
