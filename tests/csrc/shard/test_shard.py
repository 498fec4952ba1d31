"""Numbers in a file are those on the heap, and outlive their process."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from lineprof import _core
from tests.csrc.functions import consumer, fib, generator
from tests.support import shards
from tests.support.clock import FakeClock

if sys.platform == "win32":
    pytest.skip("Windows has no shards", allow_module_level=True)

FUNCTIONS = (consumer, generator, fib)


def measured(core: str, path: Path) -> _core.Profiler:
    profiler = _core.Profiler(core=core, shard=path)
    for function in FUNCTIONS:
        profiler.watch(function.__code__, True, function.__name__.encode())
    consumer(5)
    fib(6)
    return profiler


def test_a_shard_has_the_numbers_of_the_profiler(core: str, tmp_path: Path) -> None:
    clock = FakeClock()
    path = tmp_path / "one.shard"
    profiler = _core.Profiler(core=core, timer=clock, shard=path)

    def inner(n: int) -> None:
        clock.tick(n)

    def outer(n: int) -> None:
        clock.tick(1)
        inner(n)
        clock.tick(2)

    for function in (inner, outer):
        profiler.watch(function.__code__, True, function.__name__.encode())
    outer(10)
    outer(20)
    profiler.close()
    ((_ident, functions),) = profiler.snapshot()
    header, notes, found = _core.ShardSum().add(path.read_bytes(), lines=True)
    abouts = {inner.__code__: b"inner", outer.__code__: b"outer"}
    expected: list[object] = [
        (abouts[code], calls, total, cost, lines, [(e[0], abouts[e[1]], *e[2:]) for e in edges])
        for code, calls, total, cost, lines, edges in functions
    ]
    assert found == expected
    assert notes == []
    assert (header["clock"], header["core"], header["tick"]) == ("timer", core, 1e-9)


def test_what_a_header_says(core: str, tmp_path: Path) -> None:
    profiler = measured(core, tmp_path / "one.shard")
    profiler.note(b"first")
    profiler.note(b"second \0")
    header, notes, functions = _core.ShardSum().add((tmp_path / "one.shard").read_bytes())
    assert notes == [b"first", b"second \0"]
    assert (header["pid"], header["parent"]) == (os.getpid(), os.getppid())
    assert (header["core"], header["clock"]) == (core, profiler.clock)
    assert header["lost"] == profiler.lost == 0
    assert int(header["last"]) > int(header["started"]) > 10**18
    hits = sum(line[1] for _, fs in profiler.snapshot() for f in fs for line in f[4])
    assert header["events"] == hits + sum(f[1] for f in functions)
    assert header["tick"] == pytest.approx(profiler.tick, rel=0.01)
    assert not any(f[4] or f[5] for f in functions)
    if sys.platform == "linux":
        stat = Path("/proc/self/stat").read_text()
        assert header["born"] == int(stat.rpartition(")")[2].split()[19])
        assert header["boot"] == Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def test_the_file_is_the_owners_and_new(core: str, tmp_path: Path) -> None:
    path = tmp_path / "one.shard"
    profiler = _core.Profiler(core=core, shard=path)
    assert profiler.shard == str(path)
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileExistsError, match=r"one\.shard"):
        _core.Profiler(core=core, shard=path)
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FileExistsError):
        _core.Profiler(core=core, shard=tmp_path / "link")
    with pytest.raises(FileNotFoundError):
        _core.Profiler(core=core, shard=tmp_path / "no" / "folder")
    with pytest.raises(OSError, match="long"):
        _core.Profiler(core=core, shard="x" * 4000)
    with pytest.raises(TypeError):
        _core.Profiler(core=core, shard=1)  # type: ignore[arg-type]


def test_without_a_shard(core: str) -> None:
    profiler = _core.Profiler(core=core)
    assert profiler.shard is None
    assert profiler.lost == 0
    profiler.note(b"no effect")
    profiler.watch(fib.__code__, True, b"no effect")
    profiler.close()


def test_texts_have_a_limit(core: str, tmp_path: Path) -> None:
    profiler = _core.Profiler(core=core, shard=tmp_path / "one.shard")
    profiler.note(b"x" * 65536)
    with pytest.raises(ValueError, match="65537 bytes"):
        profiler.note(b"x" * 65537)
    with pytest.raises(ValueError, match="65537 bytes"):
        profiler.watch(fib.__code__, about=b"x" * 65537)
    with pytest.raises(TypeError):
        profiler.note("text")  # type: ignore[arg-type]
    _, notes, _ = _core.ShardSum().add((tmp_path / "one.shard").read_bytes())
    assert notes == [b"x" * 65536]


def test_a_path_is_of_the_folder_then(core: str, tmp_path: Path) -> None:
    shards.run(
        core,
        tmp_path,
        """
        os.chdir(folder)
        profiler = _core.Profiler(core=core, shard="other.shard")
        assert profiler.shard == os.path.realpath(os.path.join(folder, "other.shard"))
        """,
    )


@pytest.mark.parametrize(
    ("end", "status"),
    [
        ("n = 0", 0),
        ("raise KeyError", 1),
        ("os._exit(3)", 3),
        ("os.kill(os.getpid(), 9)", -9),
        ("os.kill(os.getpid(), 15)", -15),
        ("os.abort()", -6),
    ],
)
def test_however_a_process_ends(core: str, tmp_path: Path, end: str, status: int) -> None:
    shards.run(
        core,
        tmp_path,
        f"""
        @profile
        def work(n):
            if n: work(n - 1)
            else: {end}
        work(9)
        """,
        status,
    )
    sums, _ = shards.added(tmp_path)
    assert shards.calls(sums) == {"work": 10}
    assert sorted(shards.hits(sums, "work").values()) == [1, 10]


def test_open_calls_last_until_the_last_event(core: str, tmp_path: Path) -> None:
    """The end by SIGKILL is no event."""
    shards.run(
        core,
        tmp_path,
        """
        now = 0
        profiler = _core.Profiler(core=core, timer=lambda: now, shard=folder + "/timed.shard")
        def tick(n):
            global now
            now += n
        @profile
        def outer():
            tick(5)
            inner(3)
        @profile
        def inner(n):
            tick(7)
            if n: inner(n - 1)
            tick(100)
            os.kill(os.getpid(), 9)
        outer()
        """,
        -9,
    )
    found = _core.ShardSum().add((tmp_path / "timed.shard").read_bytes(), lines=True)[2]
    (outer,) = [f for f in found if f[0] == b"outer"]
    (inner,) = [f for f in found if f[0] == b"inner"]
    assert (outer[1], outer[2]) == (1, 5 + 28 + 100)
    assert (inner[1], inner[2]) == (4, 28 + 100)
    assert [line[1:4] for line in outer[4]] == [(1, 5, 5), (1, 128, 0)]
    assert [line[1:4] for line in inner[4][:3]] == [(4, 28, 28), (4, 121, 0), (1, 100, 100)]
    assert {(e[1], e[2], e[3]) for e in outer[5]} == {(b"inner", 1, 128)}
    assert {(e[1], e[2], e[3]) for e in inner[5]} == {(b"inner", 3, 121)}


def test_a_file_grows(core: str, tmp_path: Path) -> None:
    """Beyond what it has at first; many functions, deep stacks, many threads."""
    out = shards.run(
        core,
        tmp_path,
        """
        import threading
        @profile
        def deep(n):
            if n: deep(n - 1)
        functions = []
        for n in range(300):
            space = {}
            exec(f"def f{n}(x):\\n" + " x += 1\\n" * 20 + " return x\\n", space)
            functions.append(profile(space[f"f{n}"]))
        def run():
            deep(500)
            for function in functions: function(1)
        for _ in range(3):
            thread = threading.Thread(target=run)
            thread.start()
            thread.join()
        print(profiler.lost, os.path.getsize(profiler.shard))
        """,
    )
    lost, size = map(int, out.split())
    sums, _ = shards.added(tmp_path)
    expected = {"deep": 3 * 501, **{f"f{n}": 3 for n in range(300)}}
    assert (lost, shards.calls(sums)) == (0, expected)
    assert size < 2_000_000


def test_records_of_many_threads_are_added_up(core: str, tmp_path: Path) -> None:
    out = shards.run(
        core,
        tmp_path,
        """
        import threading
        @profile
        def work(n):
            if n: work(n - 1)
        for _ in range(400):
            thread = threading.Thread(target=work, args=(40,))
            thread.start()
            thread.join()
        print(os.path.getsize(profiler.shard))
        """,
    )
    sums, _ = shards.added(tmp_path)
    assert shards.calls(sums) == {"work": 400 * 41}
    assert int(out) < 2_000_000  # freed blocks are used again


def test_clear(core: str, tmp_path: Path) -> None:
    profiler = measured(core, tmp_path / "one.shard")
    profiler.clear()
    fib(0)
    sums, _ = shards.added(tmp_path)
    assert shards.calls(sums) == {"fib": 1}


def test_a_profiler_that_is_gone_leaves_its_file(core: str, tmp_path: Path) -> None:
    profiler = measured(core, tmp_path / "one.shard")
    profiler.close()
    del profiler
    sums, _ = shards.added(tmp_path)
    assert shards.calls(sums) == {"consumer": 1, "generator": 1, "fib": 25}
