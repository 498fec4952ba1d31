"""After a fork each process has a shard; the sum of all is what the program counted."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support import shards

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")

WORK = """
@profile
def work(n):
    count("work")
    for _ in range(n): inner()
@profile
def inner():
    count("inner")
"""


def check(core: str, folder: Path, script: str, processes: int, status: int = 0) -> None:
    """The sums are what the program counted, each process has a shard, nothing else is left."""
    shards.run(core, folder, WORK + script, status)
    sums, headers = shards.added(folder)
    assert shards.calls(sums) == dict(shards.counted(folder))
    assert len({header["pid"] for header in headers}) == len(headers) == processes
    assert [header["lost"] for header in headers] == [0] * processes


@pytest.mark.parametrize(
    ("end", "status"),
    [
        ("pass", 0),
        ("raise KeyError", 1),
        ("os._exit(3)", 3),
        ("os.kill(os.getpid(), 9)", -9),
        ("os.kill(os.getpid(), 15)", -15),
        ("os.abort()", -6),
    ],
)
def test_however_a_child_ends(core: str, tmp_path: Path, end: str, status: int) -> None:
    script = f"""
work(2)
def child():
    work(3)
    {end}
for _ in range(3):
    assert os.waitstatus_to_exitcode(forked(child)) == {status}
    work(1)
"""
    check(core, tmp_path, script, 4)


def test_inside_open_calls(core: str, tmp_path: Path) -> None:
    """Both processes leave the calls that were open; each was counted by the parent alone."""
    script = """
@profile
def outer(n):
    count("outer")
    if n: outer(n - 1)
    else: forks()
    work(1)
@profile
def forks():
    count("forks")
    global child
    child = os.fork()
    work(2)
outer(3)
if not child: os._exit(0)
os.waitpid(child, 0)
"""
    check(core, tmp_path, script, 2)
    sums, _ = shards.added(tmp_path)
    once, both = {1, 4}, {2, 8}
    assert set(shards.hits(sums, "outer").values()) <= once | both


def test_times_in_the_child_begin_at_the_fork(core: str, tmp_path: Path) -> None:
    shards.run(
        core,
        tmp_path,
        """
        now = 0
        profiler = _core.Profiler(core=core, timer=lambda: now, shard=folder + "/timed.shard")
        os.unlink(folder + "/main.shard")
        def tick(n):
            global now
            now += n
        @profile
        def outer(n):
            tick(1000)
            child = os.fork()
            tick(10 if child else 1)
            if n: outer(n - 1)
            tick(10 if child else 1)
            if not child: os._exit(0)
            os.waitpid(child, 0)
        outer(0)
        """,
    )
    sums, headers = shards.added(tmp_path)
    parts = {}
    for path in tmp_path.glob("*.shard"):
        header, _, ((_about, calls, total, _cost, lines, _edges),) = sums.add(
            path.read_bytes(), lines=True
        )
        parts[header["parent"] == headers[-1]["pid"] or path.name[0].isdigit()] = (
            calls,
            total,
            [line[1:4] for line in lines],
        )
    assert parts[False][:2] == (1, 1020)
    assert parts[True][:2] == (0, 2)
    assert sorted(hits for hits, *_ in parts[True][2]) == [1] * 4


def test_inside_a_generator(core: str, tmp_path: Path) -> None:
    script = """
@profile
def produce():
    count("produce")
    yield 1
    child = os.fork()
    yield child
    work(1)
def consume():
    made = produce()
    next(made)
    child = next(made)
    for _ in made: pass
    if not child: os._exit(0)
    os.waitpid(child, 0)
consume()
"""
    check(core, tmp_path, script, 2)


def test_from_a_thread_among_others(core: str, tmp_path: Path) -> None:
    script = """
import threading
began, stays = threading.Event(), threading.Event()
@profile
def waits():
    count("waits")
    began.set()
    stays.wait(60)
    work(1)
other = threading.Thread(target=waits)
other.start()
began.wait(60)
def forks():
    def child():
        work(2)
        thread = threading.Thread(target=work, args=(3,))
        thread.start()
        thread.join()
    work(1)
    assert forked(child) == 0
    work(1)
thread = threading.Thread(target=forks)
thread.start()
thread.join()
stays.set()
other.join()
"""
    check(core, tmp_path, script, 2)


def test_children_of_children(core: str, tmp_path: Path) -> None:
    script = """
@profile
def tree(depth):
    count("tree")
    work(1)
    if depth:
        for _ in range(2): assert forked(tree, depth - 1) == 0
tree(3)
"""
    check(core, tmp_path, script, 1 + 2 + 4 + 8)


def test_a_child_says_whose_it_is(core: str, tmp_path: Path) -> None:
    out = shards.run(
        core,
        tmp_path,
        """
        profiler.note(b"parent's")
        def child():
            before = profiler.shard
            profiler.note(b"child's")
            assert os.path.dirname(before) == folder
            print(os.getpid(), os.getppid(), os.path.basename(before), flush=True)
        forked(child)
        assert profiler.shard == os.path.join(folder, "main.shard")
        """,
    )
    pid, parent, name = out.split()
    sums, _ = shards.added(tmp_path)
    header, notes, functions = sums.add((tmp_path / name).read_bytes())
    assert (header["pid"], header["parent"]) == (int(pid), int(parent))
    assert name.startswith(f"{parent}-")
    assert (notes, functions, header["events"], header["last"]) == ([b"child's"], [], 0, 0)
    assert (tmp_path / name).stat().st_mode & 0o777 == 0o600
    assert sums.add((tmp_path / "main.shard").read_bytes())[1] == [b"parent's"]


def test_programs_that_close_and_use_descriptors(core: str, tmp_path: Path) -> None:
    """No descriptor is kept, neither in the parent nor in the child."""
    script = """
def descriptors(): return sorted(os.listdir("/dev/fd"))
def child():
    os.closerange(3, 256)
    files = [open(os.path.join(folder, f"file{n}"), "w+") for n in range(50)]
    work(5)
    for n in range(500):
        space = {}
        exec(f"def f(x):\\n" + " x += 1\\n" * 20, space)
        profiler.watch(space["f"].__code__, True, b"f")
        space["f"](1)
    count("f", 500)
    assert profiler.lost == 0
    assert all(os.fstat(file.fileno()).st_size == 0 for file in files)
before = descriptors()
assert forked(child) == 0
work(1)
assert descriptors() == before
"""
    check(core, tmp_path, script, 2)


def test_two_profilers_and_one_that_is_gone(core: str, tmp_path: Path) -> None:
    script = """
second = _core.Profiler(core=core, shard=folder + "/second.shard")
gone = _core.Profiler(core=core, shard=folder + "/gone.shard")
del gone
os.unlink(folder + "/gone.shard")
second.watch(work.__code__, True, b"twice")
count("twice", 3)
work(1)
def child():
    work(1)
    work(1)
assert forked(child) == 0
"""
    shards.run(core, tmp_path, WORK + script)
    sums, headers = shards.added(tmp_path)
    assert shards.calls(sums) == dict(shards.counted(tmp_path))
    assert len(headers) == 4


def test_generators_and_threads_of_the_parent_go_on_in_the_child(core: str, tmp_path: Path) -> None:
    """Many children at once, each with half a generator."""
    script = """
@profile
def produce(n):
    count("produce")
    for i in range(n):
        yield i
made = produce(10)
for _ in range(5): next(made)
children = []
for _ in range(20):
    child = os.fork()
    if not child:
        for _ in made: work(1)
        os._exit(0)
    children.append(child)
for child in children: assert os.waitpid(child, 0)[1] == 0
for _ in made: pass
"""
    check(core, tmp_path, script, 21)
