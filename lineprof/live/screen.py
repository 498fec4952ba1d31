"""The terminal while the view has it: a screen of its own, keys one by one, all given back."""

import os
import signal
import termios
from contextlib import suppress
from typing import Any

_ENTER = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J"
_LEAVE = "\x1b[?7h\x1b[?25h\x1b[?1049l"
# Terminals that know how show a new picture in one go.
_BEGIN, _END = "\x1b[?2026h\x1b[H", "\x1b[?2026l"

_SEQUENCES = {
    b"\x1b[A": "up",
    b"\x1bOA": "up",
    b"\x1b[B": "down",
    b"\x1bOB": "down",
    b"\x1b[5~": "page up",
    b"\x1b[6~": "page down",
    b"\x1b[H": "home",
    b"\x1bOH": "home",
    b"\x1b[1~": "home",
    b"\x1b[F": "end",
    b"\x1bOF": "end",
    b"\x1b[4~": "end",
}


def keys_in(data: bytes) -> list[str]:
    """Names of the keys that were pressed; unknown sequences are left out."""
    keys = []
    while data:
        found = next((s for s in _SEQUENCES if data.startswith(s)), None)
        if found is not None:
            keys.append(_SEQUENCES[found])
            data = data[len(found) :]
        elif data[:1] == b"\x1b" and data[1:2] in (b"[", b"O"):
            end = next((i for i, c in enumerate(data[2:], 3) if 0x40 <= c <= 0x7E), len(data))
            data = data[end:]
        else:
            if 0x20 <= data[0] < 0x7F:
                keys.append(chr(data[0]))
            data = data[1:]
    return keys


class Screen:
    """Between `enter` and `leave` the terminal is the view's.

    It is given back also when the process is stopped by Ctrl-Z, until it goes on.
    """

    def __init__(self, number: int = 0) -> None:
        self._number = number
        self._before: list[Any] | None = None

    def enter(self) -> None:
        if self._before is not None:
            return
        self._before = termios.tcgetattr(self._number)
        mode = termios.tcgetattr(self._number)
        mode[3] &= ~(termios.ICANON | termios.ECHO)
        mode[6][termios.VMIN], mode[6][termios.VTIME] = 1, 0
        termios.tcsetattr(self._number, termios.TCSADRAIN, mode)
        self._write(_ENTER)

    def leave(self) -> None:
        before, self._before = self._before, None
        if before is None:
            return
        with suppress(OSError):
            self._write(_LEAVE)
        # In the background, as after the shell has taken over, this would stop us.
        signal.signal(signal.SIGTTOU, signal.SIG_IGN)
        with suppress(termios.error):
            termios.tcsetattr(self._number, termios.TCSADRAIN, before)

    def draw(self, lines: list[str]) -> None:
        # Cleared before: behind a line as wide as the screen, the cursor stands on its last
        # character, and that would be cleared.
        self._write(_BEGIN + "\r\n".join(f"\x1b[K{line}\x1b[0m" for line in lines) + _END)

    def pressed(self) -> list[str]:
        """Keys pressed; there must be some. OSError once there is no terminal any more."""
        data = os.read(self._number, 256)
        if not data:
            raise OSError("the terminal has gone")
        return keys_in(data)

    def _write(self, text: str) -> None:
        data = text.encode("utf-8", "replace")
        while data:
            data = data[os.write(self._number, data) :]
