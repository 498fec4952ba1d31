"""Reads and writes the .lprof files of line_profiler, which are pickles.

Unpickling imports and calls whatever a pickle names. So its instructions are read first: only those
in `_TOKENS` may be there, in the order of `_GRAMMAR`, which makes one object of numbers and texts.
The grammar also bounds memory: nothing nests, only text is used twice, and every value costs bytes
of the file.
"""

import pickle
import re
from collections.abc import Callable
from io import BytesIO
from pickletools import opcodes
from typing import Any, Final

from ..errors import FileFormatError, printable
from ..model.profile import Profile, Run
from .stat_rows import NANOSECOND, Key, Row, function_of, key_of, rows_of

SIZE_LIMIT = 1 << 25  # Bytes of a file that is read: some two million lines measured

NUMBER_LIMIT = (1 << 63) - 1  # Largest count or number of nanoseconds (292 years) that makes sense
UNIT_LIMIT = 3600  # Most seconds that make sense as the unit of times

CLASSES = frozenset(
    (
        "line_profiler.line_profiler.LineStats",  # line_profiler 5
        "line_profiler._line_profiler.LineStats",  # 3 and 4
        "lineprof.compat.stats.LineStats",  # pickled by a program that has lineprof in its place
    )
)
"""What the results of line_profiler are called in its files."""

_OPCODES: Final = {opcode.code: opcode for opcode in opcodes}
_TEXT: Final = b"t"
_TOKENS: Final = {
    "PROTO": b"",
    "FRAME": b"",
    "GLOBAL": b"c",
    "STACK_GLOBAL": b"C",
    "NEWOBJ": b"N",
    "BUILD": b"b",
    "STOP": b".",
    "MARK": b"(",
    "EMPTY_TUPLE": b")",
    "TUPLE3": b"3",
    "EMPTY_LIST": b"]",
    "APPEND": b"a",
    "APPENDS": b"e",
    "EMPTY_DICT": b"}",
    "SETITEM": b"s",
    "SETITEMS": b"u",
    **dict.fromkeys(("MEMOIZE", "BINPUT", "LONG_BINPUT"), b"m"),
    **dict.fromkeys(("BININT", "BININT1", "BININT2", "LONG1"), b"i"),
    "BINFLOAT": b"f",
    **dict.fromkeys(("SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8"), _TEXT),
    **dict.fromkeys(("SHORT_BINSTRING", "BINSTRING"), _TEXT),  # text of Python 2
    **dict.fromkeys(("BINGET", "LONG_BINGET"), _TEXT),  # of text only
}
"""The instructions a file may have, and what `_GRAMMAR` calls each."""

# LineStats.__new__(LineStats).__dict__.update({"timings": {...}, "unit": 1e-9}), where timings are
# {(file, line, name): [(line, hits, time), ...]}. An "m" keeps a value for later use. Each rule
# puts one letter for a part. Where none applies any more, `_GRAMMAR` is what has to be left.
# One expression with possessive repeats would do, but those of Python 3.11 miss matches.
_RULES: Final = (
    (re.compile(rb"(?<=[cCN)3\]}t])m"), b""),
    (re.compile(rb"[if]{3}3"), b"r"),  # a line
    (re.compile(rb"ra|\(r*e"), b"A"),  # lines appended
    (re.compile(rb"\]A*"), b"R"),  # all lines of a function
    (re.compile(rb"tit3R"), b"E"),  # a function
    (re.compile(rb"Es|\(E*u"), b"U"),  # functions added
    (re.compile(rb"t}U*"), b"tT"),  # all functions, the value of a text key
)
_GRAMMAR: Final = re.compile(rb"(?:c|ttC)\)N}(?:\(t[Tif]t[Tif]u|t[Tif]st[Tif]s)b\.")


def loads(data: bytes) -> Profile:
    """The profile in the contents of a file of line_profiler 3, 4 or 5.

    FileFormatError, which says in one line what is wrong, if it is anything else.
    """
    if len(data) > SIZE_LIMIT:
        raise FileFormatError(f"a pickle larger than {SIZE_LIMIT >> 20} MiB, no sensible profile")
    check = _Check(data)
    stream = BytesIO(check.without_frames)
    state = vars(_Unpickler(stream, encoding="utf-8", errors="replace").load())
    timings: Any = state.get("timings")
    unit: Any = state.get("unit")
    if type(timings) is not dict or type(unit) not in (float, int):
        raise _damaged("no timings or no unit")
    if len(timings) != check.functions:
        raise _refused("sets a key twice")
    if not 0 < unit <= UNIT_LIMIT:
        raise _damaged(f"a unit of {unit!r} s")
    functions = [
        function_of(_checked_key(key), _checked_rows(rows, unit), unit)
        for key, rows in timings.items()
    ]
    functions.sort(key=lambda function: function.key)
    return Profile((Run(clock="wall", tick=float(unit)),), tuple(functions))


def dumps(profile: Profile) -> bytes:
    """The contents of a file that line_profiler 3, 4 and 5 read, times corrected."""
    functions = profile.corrected().functions
    state = {
        "timings": {key_of(function): rows_of(function) for function in functions},
        "unit": NANOSECOND,
    }
    # An instance of that class with this dict as its own. In protocol 2 the dict's instructions
    # stand between PROTO (two bytes) and STOP, and refer to nothing before them.
    head = b"\x80\x02cline_profiler._line_profiler\nLineStats\n)\x81"
    return head + pickle.dumps(state, 2)[2:-1] + b"b."


class _Stats:
    """Stands for line_profiler's class of results."""


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> type[_Stats]:
        _check_class(f"{module}.{name}")
        return _Stats


class _Check:
    """Reads a pickle's instructions; FileFormatError unless they make line_profiler's results."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0
        self._tokens = bytearray()
        self._memo = bytearray()  # for each value kept whether it is text
        self._texts = ["", ""]  # the latest two
        self._parts: list[bytes] = []
        self._start = 0
        try:
            self._read()
        except (ValueError, IndexError, EOFError) as fault:
            where = f"a pickle of {len(data)} bytes, at byte {self._at}"
            raise FileFormatError(f"truncated or damaged ({where})") from fault
        tokens = bytes(self._tokens)
        for part, letter in _RULES:
            tokens = part.sub(letter, tokens)
        if not _GRAMMAR.fullmatch(tokens):
            raise FileFormatError("a Python pickle, not a profile of line_profiler: refused")
        self.without_frames = b"".join([*self._parts, data[self._start :]])
        self.functions = self._tokens.replace(b"m", b"").count(b"tit3")
        """How many there are, those with equal keys apart."""

    def _read(self) -> None:
        stream = BytesIO(self._data)
        token = b""
        while token != _TOKENS["STOP"]:
            self._at = stream.tell()
            code = stream.read(1).decode("latin-1")
            opcode = _OPCODES.get(code)
            if opcode is None:
                raise EOFError
            if opcode.name not in _TOKENS:
                raise _refused(f"has the instruction {opcode.name} at byte {self._at}")
            if opcode.name == "GLOBAL":  # pickletools would undo escapes, which pickle does not
                argument: Any = [stream.readline(), stream.readline()]
            else:
                argument = opcode.arg and opcode.arg.reader(stream)
            check = _CHECKS.get(opcode.name)
            if check is not None:
                check(self, argument)
            token = _TOKENS[opcode.name]
            self._tokens += token

    def _proto(self, version: int) -> None:
        if not 2 <= version <= pickle.HIGHEST_PROTOCOL:
            raise _refused("is of another protocol")

    def _frame(self, size: int) -> None:
        # A hint how much to read at once. Where it is wrong, `pickle` reads other instructions
        # than are there, so it gets none.
        self._parts.append(self._data[self._start : self._at])
        self._start = self._at + 9
        if size > len(self._data) - self._start:
            raise EOFError

    def _global(self, lines: list[bytes]) -> None:
        if not lines[-1].endswith(b"\n"):
            raise EOFError
        _check_class(".".join(line[:-1].decode() for line in lines))

    def _stack_global(self, _: None) -> None:
        _check_class(".".join(self._texts))

    def _long(self, value: int) -> None:
        if not -NUMBER_LIMIT <= value >> 8 <= NUMBER_LIMIT:
            # Unequal numbers of that size can have equal hashes.
            raise _refused(f"has a number of {self._data[self._at + 1]} bytes")

    def _text(self, text: str) -> None:
        self._texts = [self._texts[1], text]

    def _put(self, index: int | None) -> None:
        # Pickles number values one after another; a large index asks for much memory.
        if index not in (None, len(self._memo)):
            raise _refused("numbers its values at will")
        self._memo.append(self._tokens.endswith(_TEXT))

    def _get(self, index: int) -> None:
        # A list of many lines, shared by many functions, would become many times many.
        if not self._memo[index]:
            raise _refused("has a value in two places")


_CHECKS: Final[dict[str, Callable[[_Check, Any], None]]] = {
    "PROTO": _Check._proto,
    "FRAME": _Check._frame,
    "GLOBAL": _Check._global,
    "STACK_GLOBAL": _Check._stack_global,
    "LONG1": _Check._long,
    **dict.fromkeys(("SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8"), _Check._text),
    **dict.fromkeys(("MEMOIZE", "BINPUT", "LONG_BINPUT"), _Check._put),
    **dict.fromkeys(("BINGET", "LONG_BINGET"), _Check._get),
}


def _check_class(name: str) -> None:
    if name not in CLASSES:
        raise _refused(f"wants {printable(name if len(name) <= 80 else name[:77] + '...')}")


def _checked_key(key: Key) -> Key:
    if not 0 <= key[1] <= NUMBER_LIMIT:
        raise _damaged(f"first line {key[1]}")
    return key


def _checked_rows(rows: list[Row], unit: float) -> list[Row]:
    most = NUMBER_LIMIT / max(unit / NANOSECOND, 1)
    for line, hits, time in rows:
        if not (type(line) is type(hits) is int):
            raise _damaged("a line is not a tuple of three numbers")
        if not (0 <= line <= NUMBER_LIMIT and 0 <= hits <= NUMBER_LIMIT and 0 <= time <= most):
            raise _damaged(f"numbers of line {line} are out of range")
    return rows


def _damaged(what: str) -> FileFormatError:
    return FileFormatError(f"damaged or not a profile of line_profiler ({what})")


def _refused(what: str) -> FileFormatError:
    return FileFormatError(f"a pickle that {what}, as no profile does: refused")
