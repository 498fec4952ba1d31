"""Reads and writes .lprof files: one JSON document, gzipped when it is large.

Files of line_profiler are read as well. A file is data, never code: every field is checked, and
whatever is wrong becomes one line that names the place.
"""

import json
import os
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import fields
from itertools import pairwise
from operator import attrgetter
from typing import IO, Any

from .._version import __version__
from ..errors import FileFormatError, LineprofError, printable, unreadable
from ..model.profile import (
    Crowd,
    Edge,
    Function,
    FunctionKey,
    Line,
    Process,
    Profile,
    Run,
    Share,
    Spread,
    Thread,
)
from .whole_file import write

FORMAT = "lineprof"
VERSION = (1, 1)  # Major: readers of an older one cannot read it. Minor: something was added.
GZIP_FROM = 1 << 16  # Bytes of JSON from which a file is compressed

SIZE_LIMIT = 1 << 29
"""Bytes of JSON a file may hold, also after decompression: some ten million lines."""

NUMBER_LIMIT = (1 << 63) - 1  # Largest count or number of nanoseconds (292 years) that makes sense

_LINE_FIELDS = tuple(field.name for field in fields(Line))
_RUN_FIELDS = tuple(field.name for field in fields(Run))
_RUN_TEXTS = (
    *("lineprof", "python", "implementation", "platform", "host", "core", "clock", "cut_short"),
)
_PROCESS_FIELDS = tuple(field.name for field in fields(Process))[:-1]  # all but functions
_PROCESS_TEXTS = ("host", "label", "command", "python", "ending")
_PROCESS_NUMBERS = ("pid", "duration", "lost", "time")
_CROWD_COUNTS = ("count", "running", "lost")
_GZIP_MAGIC = b"\x1f\x8b"
_GZIP_HEAD = _GZIP_MAGIC + b"\x08\x10" + bytes(5) + b"\xff" + b"lineprof: python -m lineprof FILE\0"
"""With a comment for who opens the file in an editor, and without a name and a time: the same
profile gives the same bytes."""
_CHUNK = 1 << 20


FORMAT_VARIABLE = "LINEPROF_FORMAT"
"""Environment variable that says in which format files are written where nothing else does."""


def save(
    profile: Profile,
    path: str | os.PathLike[str],
    *,
    format: str | None = None,  # noqa: A002
) -> None:
    """Write the profile to a file; what was there before stays until the new one is complete.

    format: "lineprof"; or "line_profiler", the pickle that line_profiler and tools built on it
        read. None: what the environment variable LINEPROF_FORMAT says, or else "lineprof".

    OSError, with `path` as its filename, if the file cannot be written; nothing is left behind.
    """
    if (format or os.environ.get(FORMAT_VARIABLE)) == "line_profiler":
        from . import line_profiler_pickle

        write(line_profiler_pickle.dumps(profile), path)
    else:
        write(dumps(profile), path)


def load(
    path: str | os.PathLike[str], *, progress: Callable[[int, int], None] | None = None
) -> Profile:
    """Read a profile that `save` or line_profiler wrote.

    progress: called every so often with how many functions of how many are done.

    FileFormatError if the file is something else, damaged, or of a newer major version;
    LineprofError, which is an OSError as well, if it cannot be read at all. Both say in one line
    what is wrong with which file.
    """
    name = os.fsdecode(path)
    try:
        with open(path, "rb") as file:
            data = _contents(file, name)
        return _decoded(data, progress)
    except FileFormatError as error:
        raise FileFormatError(f"{printable(name)}: {error}") from error
    except FileNotFoundError as error:
        raise unreadable(error, f"{printable(name)}: no such file") from error
    except OSError as error:
        reason = _lower(error.strerror or str(error))
        raise unreadable(error, f"{printable(name)}: {reason}") from error
    except ValueError as error:  # a name with a NUL in it
        raise LineprofError(f"{printable(name)}: {_lower(str(error))}") from error


def dumps(profile: Profile) -> bytes:
    """The contents of a .lprof file."""
    text = json.dumps(_encoded(profile), separators=(",", ":"), allow_nan=False)
    data = text.encode("ascii")
    if len(data) < GZIP_FROM:
        return data
    packer = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    body = packer.compress(data) + packer.flush()
    return _GZIP_HEAD + body + struct.pack("<II", zlib.crc32(data), len(data) & 0xFFFFFFFF)


def loads(data: bytes) -> Profile:
    """The profile in the contents of a .lprof file; FileFormatError if there is none."""
    return _decoded(_unpacked(data, iter(())) if data.startswith(_GZIP_MAGIC) else data)


# Writing


def _encoded(profile: Profile) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "version": f"{VERSION[0]}.{VERSION[1]}",
        "runs": [{name: getattr(run, name) for name in _RUN_FIELDS} for run in profile.runs],
        "functions": [_encoded_function(function) for function in profile.functions],
        "threads": [
            {
                "ident": thread.ident,
                "functions": [_encoded_function(function) for function in thread.functions],
            }
            for thread in profile.threads
        ],
        "processes": [
            {
                **{name: getattr(process, name) for name in _PROCESS_FIELDS},
                "functions": [_encoded_function(function) for function in process.functions],
            }
            for process in profile.processes
        ],
        "crowd": None if profile.crowd is None else _encoded_crowd(profile.crowd),
        "faults": profile.faults,
    }


def _encoded_crowd(crowd: Crowd) -> dict[str, Any]:
    return {
        **{name: getattr(crowd, name) for name in _CROWD_COUNTS},
        "spreads": [
            {
                "file": spread.key.file,
                "line": spread.key.first_line,
                "name": spread.key.name,
                "count": spread.count,
                "total": spread.total,
                "deviation": spread.deviation,
                "least": _share_values(spread.least),
                "slowest": [_share_values(share) for share in spread.slowest],
            }
            for spread in crowd.spreads
        ],
    }


_line_values = attrgetter(*_LINE_FIELDS)
_edge_values = attrgetter(
    *("line", "callee.file", "callee.first_line", "callee.name", "calls", "total", "total_cost")
)


_share_values = attrgetter(*(field.name for field in fields(Share)))


def _encoded_function(function: Function) -> dict[str, Any]:
    return {
        "file": function.key.file,
        "line": function.key.first_line,
        "name": function.key.name,
        "calls": function.calls,
        "total": function.total,
        "total_cost": function.total_cost,
        "lines": [_line_values(line) for line in function.lines],
        "edges": [_edge_values(edge) for edge in function.edges],
        "source": function.source,
    }


# Reading bytes


def _contents(file: IO[bytes], name: str) -> bytes:
    """All bytes of a file, decompressed; refuses early what cannot be a profile."""
    head = file.read(4096)
    rest = iter(lambda: file.read(_CHUNK), b"")
    if head.startswith(_GZIP_MAGIC):
        return _unpacked(head, rest)
    if _is_pickle(head):
        from . import line_profiler_pickle

        return head + file.read(line_profiler_pickle.SIZE_LIMIT)
    if not head.lstrip().startswith(b"{") or _is_marshal(head):
        raise FileFormatError(_foreign(head, name))
    data = bytearray(head)
    for chunk in rest:
        data += chunk
        if len(data) > SIZE_LIMIT:
            raise FileFormatError(f"larger than {SIZE_LIMIT >> 20} MiB, not a sensible profile")
    return bytes(data)


def _unpacked(head: bytes, rest: Iterator[bytes]) -> bytes:
    unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS)
    data = bytearray()
    chunk: bytes | None = head
    try:
        while chunk and not unpacker.eof:
            data += unpacker.decompress(chunk, _CHUNK)
            if data and not data.startswith(b"{"):
                raise FileFormatError("not a lineprof profile (some other gzip file)")
            if len(data) > SIZE_LIMIT:
                raise FileFormatError(
                    f"decompresses to more than {SIZE_LIMIT >> 20} MiB, not a sensible profile"
                )
            chunk = unpacker.unconsumed_tail or next(rest, None)
        if not unpacker.eof:
            data += unpacker.flush()
    except zlib.error as error:
        raise FileFormatError("damaged (its gzip data cannot be decompressed)") from error
    if not unpacker.eof:
        raise FileFormatError("truncated (its gzip data ends too early)")
    return bytes(data)


def _is_pickle(head: bytes) -> bool:
    """Whether a file that begins so is a pickle, of the protocols that line_profiler used.

    Asked here, because the module that reads pickles needs many others.
    """
    return head[:1] == b"\x80" and b"\x02" <= head[1:2] <= b"\x05"


def _is_marshal(head: bytes) -> bool:
    """Whether this is a file of cProfile: a marshalled dict ("{", too) with tuples as keys."""
    code, key = head[0] & 0x7F, head[1:2]
    return code == ord("{") and (key in (b"(", b")", b"\xa8", b"\xa9") or head[1:] == b"0")


def _foreign(head: bytes, name: str) -> str:
    if not head:
        return "empty file"
    if _is_marshal(head):
        return "a profile of cProfile, not of lineprof (show it with: python -m pstats)"
    if name.endswith((".py", ".pyw", ".ipy")):
        return "a Python source file, not a lineprof profile (measure it with: kernprof -l)"
    return "not a lineprof profile"


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


# Decoding: each function makes one value of the model. `where` is the place in the document, for
# the message should something be wrong there.


def _decoded(data: bytes, progress: Callable[[int, int], None] | None = None) -> Profile:
    if _is_pickle(data):
        from . import line_profiler_pickle

        return line_profiler_pickle.loads(data)
    if not data.strip():
        raise FileFormatError("empty file")
    try:
        document = json.loads(data.decode())
    except RecursionError as error:
        raise FileFormatError("damaged (nested too deeply)") from error
    except ValueError as error:  # not UTF-8, not JSON, or a number of thousands of digits
        if FORMAT.encode() not in data[:200]:
            raise FileFormatError("not a lineprof profile") from error
        raise FileFormatError(f"truncated or damaged ({_reason(error)})") from error
    if type(document) is not dict or document.get("format") != FORMAT:
        raise FileFormatError("not a lineprof profile")
    _check_version(document.get("version"))
    return Profile(
        tuple(_run(item, f"runs[{n}]") for n, item in enumerate(_list(document, "runs", ""))),
        _functions(document, "", progress),
        tuple(
            _thread(item, f"threads[{n}]")
            for n, item in enumerate(_list(document, "threads", "", []))
        ),
        tuple(
            _process(item, f"processes[{n}]")
            for n, item in enumerate(_list(document, "processes", "", []))
        ),
        _crowd(document.get("crowd")),
        tuple(_text(item, "", "faults") for item in _list(document, "faults", "", [])),
    )


def _check_version(version: object) -> None:
    major = version.partition(".")[0] if type(version) is str else ""
    if not (major.isascii() and major.isdigit() and len(major) < 10):
        raise _fault("version", 'expected text like "1.0"')
    if int(major) > VERSION[0]:
        raise FileFormatError(
            f"written in format {major} by a newer lineprof; lineprof {__version__} reads "
            f"format {VERSION[0]}"
        )


def _run(item: object, where: str) -> Run:
    record = _record(item, where)
    cost = _list(record, "cost", where, [0, 0, 0])
    if len(cost) != 3:
        raise _fault(f"{where}.cost", "expected three numbers")
    enter, line, leave = (_number(value, where, "cost") for value in cost)
    return Run(
        **{name: _text(record.get(name, ""), where, name) for name in _RUN_TEXTS},
        argv=tuple(_text(word, where, "argv") for word in _list(record, "argv", where, [])),
        started=_real(record.get("started", 0.0), where, "started"),
        duration=_number(record.get("duration", 0), where, "duration"),
        pid=_number(record.get("pid", 0), where, "pid"),
        tick=_real(record.get("tick", 1e-9), where, "tick"),
        cost=(enter, line, leave),
    )


def _thread(item: object, where: str) -> Thread:
    record = _record(item, where)
    return Thread(_number(record.get("ident"), where, "ident"), _functions(record, where))


def _process(item: object, where: str) -> Process:
    record = _record(item, where)
    values: dict[str, Any] = {
        name: _text(record.get(name, ""), where, name) for name in _PROCESS_TEXTS
    }
    values |= {name: _number(record.get(name, 0), where, name) for name in _PROCESS_NUMBERS}
    return Process(
        **values,
        started=_real(record.get("started", 0.0), where, "started"),
        functions=_functions(record, where),
    )


def _crowd(item: object) -> Crowd | None:
    if item is None:
        return None
    record = _record(item, "crowd")
    spreads = [
        _spread(spread, f"crowd.spreads[{n}]")
        for n, spread in enumerate(_list(record, "spreads", "crowd"))
    ]
    spreads.sort(key=lambda spread: spread.key)
    _check_distinct([spread.key for spread in spreads], "crowd.spreads")
    counts = {name: _number(record.get(name, 0), "crowd", name) for name in _CROWD_COUNTS}
    return Crowd(**counts, spreads=tuple(spreads))


def _spread(item: object, where: str) -> Spread:
    record = _record(item, where)
    count = _number(record.get("count"), where, "count")
    if not count:
        raise _fault(f"{where}.count", "expected at least one process")
    slowest = _list(record, "slowest", where)
    return Spread(
        _key(record.get("file"), record.get("line"), record.get("name"), where),
        count,
        _number(record.get("total"), where, "total"),
        _real(record.get("deviation"), where, "deviation"),
        _share(record.get("least"), f"{where}.least"),
        tuple(_share(share, f"{where}.slowest[{n}]") for n, share in enumerate(slowest)),
    )


def _share(row: object, where: str) -> Share:
    if type(row) is not list or len(row) < 4:
        raise _fault(where, "expected four values")
    total, pid = _number(row[0], where, "total"), _number(row[1], where, "pid")
    return Share(total, pid, _text(row[2], where, "host"), _text(row[3], where, "label"))


def _functions(
    record: dict[str, Any], where: str, progress: Callable[[int, int], None] | None = None
) -> tuple[Function, ...]:
    items = _list(record, "functions", where)
    place = _place(where, "functions")
    functions = []
    for number, item in enumerate(items):
        if progress is not None and not number % 100:
            progress(number, len(items))
        functions.append(_function(item, f"{place}[{number}]"))
    functions.sort(key=lambda function: function.key)
    _check_distinct([function.key for function in functions], place)
    return tuple(functions)


def _check_distinct(keys: list[FunctionKey], place: str) -> None:
    """FileFormatError if one of the sorted keys is there twice."""
    for one, other in pairwise(keys):
        if one == other:
            raise _fault(place, f"{_shown(one.name)} is there twice")


def _function(item: object, where: str) -> Function:
    record = _record(item, where)
    source = record.get("source")
    return Function(
        _key(record.get("file"), record.get("line"), record.get("name"), where),
        _number(record.get("calls"), where, "calls"),
        _number(record.get("total"), where, "total"),
        _number(record.get("total_cost", 0), where, "total_cost"),
        _lines(_list(record, "lines", where), where),
        _edges(_list(record, "edges", where, []), where),
        None if source is None else _text(source, where, "source"),
    )


def _lines(rows: list[Any], where: str) -> tuple[Line, ...]:
    # Nearly all of a file is here, hence no call for each number.
    lines = []
    previous = -1
    for index, row in enumerate(rows):
        if type(row) is not list or len(row) < len(_LINE_FIELDS):
            raise _fault(f"{where}.lines[{index}]", f"expected {len(_LINE_FIELDS)} numbers")
        values = row[: len(_LINE_FIELDS)]
        for value in values:
            if type(value) is not int or not 0 <= value <= NUMBER_LIMIT:
                raise _not_a_number(value, where, f"lines[{index}]")
        if values[0] <= previous:
            raise _fault(f"{where}.lines[{index}]", f"line {values[0]} is twice or out of order")
        previous = values[0]
        lines.append(Line(*values))
    return tuple(lines)


def _edges(rows: list[Any], where: str) -> tuple[Edge, ...]:
    edges: dict[tuple[int, FunctionKey], Edge] = {}
    for index, row in enumerate(rows):
        place = f"{where}.edges[{index}]"
        if type(row) is not list or len(row) < 7:
            raise _fault(place, "expected seven values")
        edge = Edge(
            _number(row[0], place, "line"),
            _key(row[1], row[2], row[3], place),
            _number(row[4], place, "calls"),
            _number(row[5], place, "total"),
            _number(row[6], place, "total_cost"),
        )
        if edges.setdefault((edge.line, edge.callee), edge) is not edge:
            raise _fault(place, "the callee is there twice for this line")
    return tuple(edges[key] for key in sorted(edges))


def _key(file: object, line: object, name: object, where: str) -> FunctionKey:
    return FunctionKey(
        _text(file, where, "file"), _number(line, where, "line"), _text(name, where, "name")
    )


def _record(value: object, where: str) -> dict[str, Any]:
    if type(value) is not dict:
        raise _fault(where, f"expected an object, not {_shown(value)}")
    return value


def _list(
    record: dict[str, Any], name: str, where: str, default: list[Any] | None = None
) -> list[Any]:
    value = record.get(name, default)
    if type(value) is not list:
        raise _fault(_place(where, name), f"expected a list, not {_shown(value)}")
    return value


def _text(value: object, where: str, name: str) -> str:
    if type(value) is not str:
        raise _fault(_place(where, name), f"expected text, not {_shown(value)}")
    return value


def _number(value: object, where: str, name: str) -> int:
    if type(value) is not int or not 0 <= value <= NUMBER_LIMIT:
        raise _not_a_number(value, where, name)
    return value


def _real(value: object, where: str, name: str) -> float:
    if type(value) not in (int, float) or not 0 <= value <= NUMBER_LIMIT:  # type: ignore[operator]
        raise _not_a_number(value, where, name)
    return float(value)  # type: ignore[arg-type]


def _not_a_number(value: object, where: str, name: str) -> FileFormatError:
    limits = f"expected a number from 0 to {NUMBER_LIMIT}"
    return _fault(_place(where, name), f"{limits}, not {_shown(value)}")


def _fault(where: str, what: str) -> FileFormatError:
    return FileFormatError(f"damaged ({where}: {what})")


def _place(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name


def _shown(value: object) -> str:
    if type(value) in (list, dict):
        return "a list" if type(value) is list else "an object"
    text = json.dumps(value)
    return text if len(text) <= 40 else text[:36] + "..."


def _reason(error: ValueError) -> str:
    if isinstance(error, UnicodeDecodeError):
        return f"not UTF-8 at byte {error.start}"
    if isinstance(error, json.JSONDecodeError):
        return f"not JSON at character {error.pos}"
    return "a number of thousands of digits"
