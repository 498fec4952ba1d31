"""Where a file cannot be made or cannot grow, numbers are lost from it and nothing else happens."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lineprof import _core
from tests.support import shards

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no shards")

MANY = """
def many(n):
    for _ in range(n):
        space = {}
        exec("def f(x):\\n" + " x += 1\\n" * 20 + " return x\\n", space)
        profiler.watch(space["f"].__code__, True, b"f")
        space["f"](1)
    count("f", n)
def own():
    return sum(f[1] for _, fs in profiler.snapshot() for f in fs if f[0].co_name == "f")
"""


def check_some_are_lost(folder: Path) -> None:
    """The file has some of the calls, and says that others are lost."""
    sums, headers = shards.added(folder)
    assert 0 < shards.calls(sums)["f"] < shards.counted(folder)["f"]
    assert max(header["lost"] for header in headers) > 0


def test_a_limit_on_the_size_of_files(core: str, tmp_path: Path) -> None:
    """Whoever reaches it gets a signal, which ends the program."""
    shards.run(
        core,
        tmp_path,
        MANY
        + """
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, -1))
many(200)
assert own() == 200 and profiler.lost > 0
def child():
    assert profiler.shard and profiler.lost > 0
    many(100)
    assert own() == 100
many(100)
assert forked(child) == 0
assert own() == 300
""",
    )
    check_some_are_lost(tmp_path)


@pytest.mark.parametrize("act", ["os.unlink", "lambda path: os.chmod(path, 0o400)"])
def test_a_file_that_is_gone_or_read_only(core: str, tmp_path: Path, act: str) -> None:
    """The child gets a file again."""
    shards.run(
        core,
        tmp_path,
        MANY
        + f"""
many(10)
if os.geteuid() == 0: os.unlink(profiler.shard)  # who may do all cannot be kept from writing
else: ({act})(profiler.shard)
many(200)
assert own() == 210 and profiler.lost > 0
os.unlink(folder + "/counted")
def child():
    many(200)
    assert own() == 200 and profiler.shard
assert forked(child) == 0
assert own() == 210
""",
    )
    (child,) = tmp_path.glob("[0-9]*.shard")
    header, _, _ = _core.ShardSum().add(child.read_bytes())
    assert int(header["lost"]) > 0  # the functions of the parent that were lost there


def test_a_file_that_was_replaced_is_not_written_to(core: str, tmp_path: Path) -> None:
    shards.run(
        core,
        tmp_path,
        MANY
        + """
os.unlink(profiler.shard)
open(profiler.shard, "w").close()
many(200)
assert own() == 200 and profiler.lost > 0
assert os.path.getsize(profiler.shard) == 0
""",
    )


def test_a_folder_that_is_gone(core: str, tmp_path: Path) -> None:
    """Children of children measure on, on the heap."""
    inner = tmp_path / "inner"
    inner.mkdir()
    shards.run(
        core,
        inner,
        MANY
        + """
many(10)
import shutil; shutil.rmtree(folder)
count = lambda *args: None
def child():
    assert profiler.shard is None and own() == 0
    many(5)
    assert own() == 5
    assert forked(grandchild) == 0
    assert own() == 5
def grandchild():
    many(7)
    assert own() == 7 and profiler.shard is None
many(200)
assert forked(child) == 0
assert own() == 210 and profiler.lost > 0
""",
    )
    assert not inner.exists()


TINY = """
import os, subprocess, sys
folder, *command = sys.argv[1:]
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", folder], check=True)
made = subprocess.run(command)
subprocess.run(["cp", "-r", folder + "/.", folder + "-kept"], check=True)
sys.exit(made.returncode)
"""


def in_mount_namespace() -> list[str]:
    """A command that runs another where it may mount, empty if there is none."""
    tool = shutil.which("unshare")
    command = [tool or "", "--mount", "--map-root-user"]
    works = (
        tool is not None
        and not subprocess.run(
            [*command, "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True, check=False
        ).returncode
    )
    return command if works else []


def test_a_full_disk(core: str, tmp_path: Path) -> None:
    command = in_mount_namespace()
    if not command:
        pytest.skip("this system lets nobody mount a small disk")
    tiny = tmp_path / "tiny"
    tiny.mkdir()
    (tmp_path / "tiny-kept").mkdir()
    script = """
many(20)
def child():  # there is no room for its file
    assert profiler.shard is None and own() == 0
    many(30)
    assert own() == 30
with open(folder + "/filler", "wb", 0) as filler:
    try:
        while True: filler.write(b"x" * 4096)
    except OSError: pass
count = lambda *args: None
many(200)
assert own() == 220 and profiler.lost > 0
assert forked(child) == 0
many(10)
assert own() == 230
"""
    program = [sys.executable, "-Wignore", "-c", shards.PRELUDE + MANY + script, core, str(tiny)]
    done = subprocess.run(
        [*command, sys.executable, "-c", TINY, tiny, *program],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    sums, (header,) = shards.added(tmp_path / "tiny-kept")
    assert 20 <= shards.calls(sums)["f"] < 230
    assert header["lost"] > 0


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give its rights up"
)
def test_rights_that_are_given_up(core: str, tmp_path: Path) -> None:
    """The folder can be written to no more; what the file has room for is in it."""
    tmp_path.chmod(0o700)
    shards.run(
        core,
        tmp_path,
        MANY
        + """
counted = open(os.path.join(folder, "counted"), "a")
def count(name, calls): print(name, calls, file=counted, flush=True)
many(10)
def child():
    os.setgid(65534)
    os.setuid(65534)
    many(5)
    assert profiler.lost == 0 and profiler.shard
    assert forked(grandchild) == 0
    many(200)
    assert profiler.lost > 0
def grandchild():
    assert profiler.shard is None
    many(5)
assert forked(child) == 0
assert own() == 10
""",
    )
    check_some_are_lost(tmp_path)


def test_little_address_space(core: str, tmp_path: Path) -> None:
    shards.run(
        core,
        tmp_path,
        MANY
        + """
import resource
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 100_000_000, -1))
profiler = _core.Profiler(core=core, shard=folder + "/second.shard")
many(100)
assert own() == 100 and profiler.lost == 0
assert forked(many, 10) == 0
"""
        if Path("/proc/self/statm").exists()
        else MANY + "many(110)",
    )
    sums, _ = shards.added(tmp_path)
    assert shards.calls(sums) == {"f": 110}
