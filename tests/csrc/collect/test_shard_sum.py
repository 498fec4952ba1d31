"""Shards are added up, and whatever is no shard is refused."""

from __future__ import annotations

import struct
import sys
from pathlib import Path

import pytest

from lineprof import _core
from tests.csrc.functions import consumer, fib, generator

if sys.platform == "win32":
    pytest.skip("Windows has no shards", allow_module_level=True)

USED = 24
"""Where the header says how many bytes the file has."""


@pytest.fixture
def data(tmp_path: Path) -> bytes:
    return shard(tmp_path / "one.shard")


def shard(path: Path, n: int = 5) -> bytes:
    profiler = _core.Profiler(shard=path)
    for function in (consumer, generator, fib):
        profiler.watch(function.__code__, True, function.__name__.encode())
    profiler.note(b"a note")
    consumer(n)
    fib(n)
    profiler.close()
    found = path.read_bytes()
    return found[: struct.unpack_from("Q", found, USED)[0]]


def test_sums(tmp_path: Path) -> None:
    one, two = shard(tmp_path / "one.shard", 5), shard(tmp_path / "two.shard", 9)
    sums = _core.ShardSum()
    assert sums.functions() == []
    parts = [sums.add(part, lines=True)[2] for part in (one, two, one)]
    found = {f[0]: f for f in sums.functions()}
    assert [f[0] for f in sums.functions()] == [b"consumer", b"generator", b"fib"]
    for about, function in found.items():
        same = [next(f for f in part if f[0] == about) for part in parts]
        for at in (1, 2, 3):
            assert function[at] == sum(f[at] for f in same)  # type: ignore[misc]
        for line in function[4]:
            rows = [row for f in same for row in f[4] if row[0] == line[0]]
            assert line[1:] == tuple(map(sum, zip(*(row[1:] for row in rows), strict=True)))
        for edge in function[5]:
            rows_ = [row for f in same for row in f[5] if row[:2] == edge[:2]]
            assert edge[2:] == tuple(map(sum, zip(*(row[2:] for row in rows_), strict=True)))
    assert sum(len(f[5]) for f in found.values()) == 2


def test_functions_of_one_about_are_one(tmp_path: Path) -> None:
    """As code objects are that were made twice, or arrived with a pickle."""
    profiler = _core.Profiler(shard=tmp_path / "one.shard")
    for _ in range(3):
        space: dict[str, object] = {}
        exec("def work():\n  pass\n", space)
        profiler.watch(space["work"].__code__, True, b"work")  # type: ignore[attr-defined]
        space["work"]()  # type: ignore[operator]
    ((_about, calls, _total, _cost, lines, _edges),) = _core.ShardSum().add(
        (tmp_path / "one.shard").read_bytes(), lines=True
    )[2]
    assert (calls, [line[:2] for line in lines]) == (3, [(2, 3)])


def test_buffers(data: bytes) -> None:
    _header, notes, functions = _core.ShardSum().add(data)
    for other in (bytearray(data), memoryview(data), memoryview(b"x" + data)[1:], data + b"more"):
        _header, found_notes, found = _core.ShardSum().add(other)
        assert found_notes == notes
        assert [row[:2] for row in found] == [row[:2] for row in functions]
        # How long a tick is becomes clearer with the time between start and reading.
        assert [row[2] for row in found] == pytest.approx([row[2] for row in functions], rel=0.01)
    with pytest.raises(TypeError):
        _core.ShardSum().add("text")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        _core.ShardSum(1)  # type: ignore[call-arg]


def changed(data: bytes, at: int, new: bytes) -> bytes:
    return data[:at] + new + data[at + len(new) :]


@pytest.mark.parametrize(
    ("at", "new", "reason"),
    [
        (0, b"PK", "not a shard"),
        (8, b"\xff", "another version"),
        (12, b"\xff\xff", "another type of machine"),
        (USED, b"\xff" * 8, "header is damaged"),
        (USED, b"\x00" * 8, "header is damaged"),
        (512, b"\xff", "blocks are damaged"),
        (516, b"\x00" * 4, "blocks are damaged"),
        (516, b"\xf0" * 4, "blocks are damaged"),
    ],
)
def test_what_is_refused(data: bytes, at: int, new: bytes, reason: str) -> None:
    sums = _core.ShardSum()
    sums.add(data)
    before = sums.functions()
    with pytest.raises(ValueError, match=reason):
        sums.add(changed(data, at, new))
    assert sums.functions() == before


@pytest.mark.parametrize("size", [0, 7, 8, 100, 511, 512, -1])
def test_files_that_end_early(data: bytes, size: int) -> None:
    with pytest.raises(ValueError, match=r"not a shard|damaged"):
        _core.ShardSum().add(data[:size])


def read(data: bytes) -> None:
    sums = _core.ShardSum()
    try:
        sums.add(data, lines=True)
    except ValueError:
        assert sums.functions() == []
    else:
        sums.functions()


def test_whatever_is_damaged_gives_a_result_or_an_error(data: bytes) -> None:
    for at in range(len(data)):
        read(changed(data, at, bytes([data[at] ^ 0xFF])))
    for at in range(0, len(data) - 8, 8):
        for word in (b"\0" * 8, b"\xff" * 8, b"\xff" * 7 + b"\x7f", data[16:24], data[520:528]):
            read(changed(data, at, word))


def test_children_that_never_began(data: bytes) -> None:
    """Their pid is 0, and all numbers are still their parent's."""
    header, notes, functions = _core.ShardSum().add(changed(data, 40, b"\0" * 8))
    assert (header["pid"], header["events"], notes, functions) == (0, 0, [], [])
