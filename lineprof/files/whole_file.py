"""Writing a file whole or not at all."""

import os
from contextlib import suppress


def write(data: bytes | str, path: str | os.PathLike[str]) -> None:
    """Write a file; what was there before stays until the new one is complete.

    data: a str is encoded as UTF-8, lone surrogates as escapes.

    OSError, with `path` as its filename, if the file cannot be written; nothing is left behind.
    """
    name = os.fsdecode(path)
    if isinstance(data, str):
        data = data.encode("utf-8", "backslashreplace")
    try:
        if os.path.exists(name) and not os.path.isfile(name):
            # A device or pipe must not be replaced by renaming; a folder fails here.
            # Open it by its own name: what /dev/fd/3 resolves to may be a pipe and no file.
            with open(name, "wb") as file:
                file.write(data)
        else:
            _replace(os.path.realpath(name), data)  # symbolic links stay
    except OSError as error:
        # The user knows the name asked for, not that of the temporary file.
        raise OSError(error.errno, error.strerror or str(error), name) from error


def _replace(target: str, data: bytes) -> None:
    folder = os.path.dirname(target)
    temporary = os.path.join(folder, f".lineprof-{os.getpid()}-{os.urandom(4).hex()}")
    # Mode 0o666 lessened by the umask, as open() makes files; tempfile would make it private.
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    handle = os.open(temporary, flags, 0o666)
    try:
        with open(handle, "wb") as file:
            file.write(data)
        os.replace(temporary, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise
