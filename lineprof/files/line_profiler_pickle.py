"""Reads and writes the .lprof files of line_profiler, which are pickles, without running them.

A pickle is a program for a small machine with a stack. Python's own machine can import anything
and call it; the one here knows a name (that of line_profiler's class of results), texts, numbers,
and the containers in which such a file holds them, each in its place only. It calls nothing that
the file names. Any other instruction is refused, and so is what would take more memory than
a file of this size can need.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from struct import Struct, error
from typing import Any, Final, NoReturn

from ..errors import FileFormatError, printable
from ..model.profile import Profile, Run
from .stat_rows import NANOSECOND, Key, Row, function_of, key_of, rows_of

SIZE_LIMIT = 1 << 25
"""Bytes of a file that is read: some two million lines measured."""

NUMBER_LIMIT = (1 << 63) - 1
"""Largest count or number of nanoseconds (292 years) that makes sense."""

UNIT_LIMIT = 3600
"""Most seconds that make sense as the unit of times."""

STACK_LIMIT = 100_000
"""Values waiting for their container: pickles are written in batches of a thousand."""

CLASSES = frozenset(
    (
        "line_profiler.line_profiler.LineStats",  # line_profiler 5
        "line_profiler._line_profiler.LineStats",  # 3 and 4
    )
)
"""What the results of line_profiler are called in its files."""


def is_pickle(head: bytes) -> bool:
    """Whether a file that begins so is a pickle, of the protocols that line_profiler used."""
    return head[:1] == b"\x80" and b"\x02" <= head[1:2] <= b"\x05"


def loads(data: bytes) -> Profile:
    """The profile in the contents of a file of line_profiler 3, 4 or 5.

    FileFormatError, which says in one line what is wrong, if it is anything else.
    """
    if len(data) > SIZE_LIMIT:
        raise FileFormatError(f"a pickle larger than {SIZE_LIMIT >> 20} MiB, no sensible profile")
    state = _Machine(data).run()
    timings: Any = state.get("timings")
    unit: Any = state.get("unit")
    if type(timings) is not dict or type(unit) not in (float, int):
        raise _damaged("no timings or no unit")
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


def _checked_key(key: Any) -> Key:
    if type(key) is not tuple:
        raise _damaged("a function is not named by file, line and name")
    if not 0 <= key[1] <= NUMBER_LIMIT:
        raise _damaged(f"first line {key[1]}")
    return (key[0], key[1], key[2])


def _checked_rows(rows: list[Any], unit: float) -> list[Row]:
    most = NUMBER_LIMIT / max(unit / NANOSECOND, 1)
    for row in rows:
        line, hits, time = row
        if not (type(line) is type(hits) is int and type(time) in (int, float)):
            raise _damaged("a line is not a tuple of three numbers")
        if not (0 <= line <= NUMBER_LIMIT and 0 <= hits <= NUMBER_LIMIT and 0 <= time <= most):
            raise _damaged(f"numbers of line {line} are out of range")
    return rows


def _damaged(what: str) -> FileFormatError:
    return FileFormatError(f"damaged or not a profile of line_profiler ({what})")


def _refused(what: str) -> FileFormatError:
    return FileFormatError(f"a pickle that {what}, as no profile does: refused")


_MARK: Final = object()
"""Where on the stack the items of a container begin."""

_I4: Final = Struct("<i").unpack_from
_F8: Final = Struct(">d").unpack


_PLAIN = frozenset((str, int, float))

_STOP: Final = pickle.STOP[0]
_INT1: Final = pickle.BININT1[0]
_INT2: Final = pickle.BININT2[0]
_INT4: Final = pickle.BININT[0]
_TUPLE3: Final = pickle.TUPLE3[0]
_MEMOIZE: Final = pickle.MEMOIZE[0]


class _Class:
    """Stands for line_profiler's class of results, and for its one instance."""

    state: dict[Any, Any] | None = None


class _Machine:
    """Runs one pickle, as far as it may."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0
        self._stack: list[Any] = []
        self._marks: list[int] = []
        self._memo: list[Any] = []
        self._class = _Class()
        self._dicts = 0

    def run(self) -> dict[Any, Any]:
        """The attributes of the one object in the pickle."""
        try:
            while self._plain() != _STOP:
                code = self._data[self._at]
                self._at += 1
                instruction = _INSTRUCTIONS.get(code)
                if instruction is None:
                    self._refuse(code)
                instruction(self)
        except (IndexError, ValueError, TypeError, error) as fault:
            # The end, too few values on the stack, text that is no UTF-8...
            raise self._fault() from fault
        made = self._stack[-1] if self._stack else None
        if type(made) is not _Class or made.state is None:
            raise FileFormatError("a Python pickle, not a profile")
        return made.state

    def _plain(self) -> int:
        """Run up to an instruction that is not one of the few that rows of numbers consist of;
        its code. Nearly all of a file is here, hence no call for each instruction.
        """
        data, at, stack, memo = self._data, self._at, self._stack, self._memo
        push = stack.append
        try:
            while len(stack) < STACK_LIMIT:
                code = data[at]
                if code == _INT1:
                    push(data[at + 1])
                    at += 2
                elif code == _INT2:
                    push(data[at + 1] | data[at + 2] << 8)
                    at += 3
                elif code == _INT4:
                    push(_I4(data, at + 1)[0])
                    at += 5
                elif code == _TUPLE3:
                    items = (stack[-3], stack[-2], stack[-1])
                    # Nothing within: tuples of tuples grow without end.
                    if not _PLAIN.issuperset(map(type, items)):
                        raise _refused("nests tuples")
                    del stack[-3:]
                    push(items)
                    at += 1
                elif code == _MEMOIZE:
                    if stack[-1] is _MARK:
                        raise _refused("numbers its values at will")
                    memo.append(stack[-1])
                    at += 1
                else:
                    return code
            raise _refused("piles up values without end")
        finally:
            self._at = at

    def _fault(self) -> FileFormatError:
        where = f"a pickle of {len(self._data)} bytes, at byte {self._at}"
        return FileFormatError(f"truncated or damaged ({where})")

    def _refuse(self, code: int) -> NoReturn:
        at = self._at - 1
        known = {getattr(pickle, name)[0]: name for name in dir(pickle) if _is_opcode(name)}
        if code not in known:
            raise self._fault()
        raise _refused(f"has the instruction {known[code]} at byte {at}")

    def _take(self, size: int) -> bytes:
        start, end = self._at, self._at + size
        if end > len(self._data):
            raise IndexError
        self._at = end
        return self._data[start:end]

    def _uint(self, size: int) -> int:
        return int.from_bytes(self._take(size), "little")

    # -- frame of it all -----------------------------------------------------------------------

    def _proto(self) -> None:
        if not 2 <= self._uint(1) <= pickle.HIGHEST_PROTOCOL:
            raise _refused("is of another protocol")

    def _frame(self) -> None:
        # Only a hint how much to read at once; but a wrong one means that bytes are missing.
        if self._uint(8) > len(self._data) - self._at:
            raise IndexError

    def _global(self) -> None:
        names = []
        for _ in range(2):
            end = self._data.index(b"\n", self._at)
            names.append(self._take(end + 1 - self._at)[:-1].decode())
        self._name(*names)

    def _stack_global(self) -> None:
        name, module = self._stack.pop(), self._stack.pop()
        if type(name) is not str or type(module) is not str:
            raise TypeError
        self._name(module, name)

    def _name(self, module: str, name: str) -> None:
        full = f"{module}.{name}"
        if full not in CLASSES:
            shown = printable(full if len(full) <= 80 else full[:77] + "...")
            raise _refused(f"wants {shown}")
        self._stack.append(self._class)

    def _newobj(self) -> None:
        arguments, kind = self._stack.pop(), self._stack.pop()
        if arguments != () or type(kind) is not _Class:
            raise _refused("makes an object")
        self._stack.append(kind)

    def _build(self) -> None:
        state, made = self._stack.pop(), self._stack[-1]
        if type(state) is not dict or type(made) is not _Class:
            raise _refused("sets attributes")
        if made.state is not None:
            raise _refused("sets attributes twice")
        made.state = state

    # -- texts and numbers ---------------------------------------------------------------------

    def _text1(self) -> None:
        self._text(self._uint(1))

    def _text4(self) -> None:
        self._text(self._uint(4))

    def _text8(self) -> None:
        self._text(self._uint(8))

    def _text(self, size: int) -> None:
        self._stack.append(self._take(size).decode("utf-8", "surrogatepass"))

    def _bytes1(self) -> None:
        # Text of Python 2, in whatever encoding.
        self._stack.append(self._take(self._uint(1)).decode("utf-8", "replace"))

    def _bytes4(self) -> None:
        self._stack.append(self._take(self._uint(4)).decode("utf-8", "replace"))

    def _long1(self) -> None:
        size = self._uint(1)
        if size > 9:  # unequal numbers of that size can have equal hashes
            raise _refused(f"has a number of {size} bytes")
        self._stack.append(int.from_bytes(self._take(size), "little", signed=True))

    def _float8(self) -> None:
        self._stack.append(_F8(self._take(8))[0])

    # -- containers ----------------------------------------------------------------------------

    def _mark(self) -> None:
        self._marks.append(len(self._stack))
        self._stack.append(_MARK)

    def _items(self) -> list[Any]:
        start = self._marks.pop()
        items = self._stack[start + 1 :]
        del self._stack[start:]
        return items

    def _empty_tuple(self) -> None:
        self._stack.append(())

    def _empty_list(self) -> None:
        self._stack.append([])

    def _append(self) -> None:
        item = self._stack.pop()
        self._extend([item])

    def _appends(self) -> None:
        self._extend(self._items())

    def _extend(self, items: list[Any]) -> None:
        target = self._stack[-1]
        if type(target) is not list or any(type(item) is not tuple or not item for item in items):
            raise _refused("holds a list of something else than lines")
        target += items

    def _empty_dict(self) -> None:
        self._dicts += 1
        if self._dicts > 2:
            raise _refused("holds many dicts")
        self._stack.append({})

    def _setitem(self) -> None:
        value = self._stack.pop()
        self._update([self._stack.pop(), value])

    def _setitems(self) -> None:
        self._update(self._items())

    def _update(self, items: list[Any]) -> None:
        target = self._stack[-1]
        if type(target) is not dict or len(items) % 2:
            raise _refused("holds a dict of another shape")
        for key, value in zip(items[::2], items[1::2], strict=True):
            if type(key) is tuple:
                plain = [type(part) for part in key] == [str, int, str] and type(value) is list
            else:
                plain = type(key) is str and type(value) in (dict, float, int)
            if not plain:
                raise _refused("holds a dict of another shape")
            if key in target:
                raise _refused("sets a key twice")
            target[key] = value

    # -- memo ----------------------------------------------------------------------------------

    def _put1(self) -> None:
        self._keep(self._uint(1))

    def _put4(self) -> None:
        self._keep(self._uint(4))

    def _keep(self, index: int) -> None:
        # Written one after another; a large index would be a way to ask for much memory.
        if index != len(self._memo) or self._stack[-1] is _MARK:
            raise _refused("numbers its values at will")
        self._memo.append(self._stack[-1])

    def _get1(self) -> None:
        self._get(self._uint(1))

    def _get4(self) -> None:
        self._get(self._uint(4))

    def _get(self, index: int) -> None:
        value = self._memo[index]
        if type(value) is not str:
            # A list of many lines, shared by many functions, would become many times many.
            raise _refused("has a value in two places")
        self._stack.append(value)


_INSTRUCTIONS: Final[dict[int, Callable[[_Machine], None]]] = {
    ord(code): instruction
    for code, instruction in (
        (pickle.PROTO, _Machine._proto),
        (pickle.FRAME, _Machine._frame),
        (pickle.GLOBAL, _Machine._global),
        (pickle.STACK_GLOBAL, _Machine._stack_global),
        (pickle.NEWOBJ, _Machine._newobj),
        (pickle.BUILD, _Machine._build),
        (pickle.SHORT_BINUNICODE, _Machine._text1),
        (pickle.BINUNICODE, _Machine._text4),
        (pickle.BINUNICODE8, _Machine._text8),
        (pickle.SHORT_BINSTRING, _Machine._bytes1),
        (pickle.BINSTRING, _Machine._bytes4),
        (pickle.LONG1, _Machine._long1),
        (pickle.BINFLOAT, _Machine._float8),
        (pickle.MARK, _Machine._mark),
        (pickle.EMPTY_TUPLE, _Machine._empty_tuple),
        (pickle.EMPTY_LIST, _Machine._empty_list),
        (pickle.APPEND, _Machine._append),
        (pickle.APPENDS, _Machine._appends),
        (pickle.EMPTY_DICT, _Machine._empty_dict),
        (pickle.SETITEM, _Machine._setitem),
        (pickle.SETITEMS, _Machine._setitems),
        (pickle.BINPUT, _Machine._put1),
        (pickle.LONG_BINPUT, _Machine._put4),
        (pickle.BINGET, _Machine._get1),
        (pickle.LONG_BINGET, _Machine._get4),
    )
}


def _is_opcode(name: str) -> bool:
    value = getattr(pickle, name)
    return name.isupper() and type(value) is bytes and len(value) == 1
