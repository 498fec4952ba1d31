"""Programs of many processes that count for themselves what a profiler must say."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import lineprof
from tests.kernprof.command import environment
from tests.support import ROOT

STARTUP = ROOT / "lineprof" / "compat" / "startup"

COUNTING = """\
import os
def count(n):
    file = os.open({file!r}, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(file, b"x" * n)
    os.close(file)
"""
"""Written to disk before it is done: whatever kills a process, what it counted is there."""

WORK = """\
@profile
def work(n):
    count(n)
    for i in range(n):
        i += 1
    return n
"""

ALWAYS = ("-l", "--processes", "-q", "-o", "out.lprof")


class Done:
    """What a program left behind: the profile, and its own `count` of what `work` did."""

    def __init__(self, ended: subprocess.CompletedProcess[str], folder: Path) -> None:
        self.status, self.output, self.errors = ended.returncode, ended.stdout, ended.stderr
        self.profile = lineprof.load(folder / "out.lprof")
        count = folder / "count"
        self.count = count.stat().st_size if count.exists() else 0

    def hits(self, name: str) -> list[int]:
        """Of the lines of the only function of this name."""
        functions = [f for f in self.profile.functions if f.key.name == name]
        assert len(functions) == 1, ([f.key for f in self.profile.functions], self.errors)
        return [line.hits for line in functions[0].lines]

    def assert_exact(self, at_least: int = 1) -> None:
        """What the line in the loop of `work` did is what the program has counted."""
        assert self.count >= at_least, self.errors
        assert self.hits("work")[2] == self.count, self.errors


def variables(folder: Path, **env: str) -> dict[str, str]:
    """An environment in which each Python starts as where lineprof is installed."""
    start = folder / "start"
    start.mkdir(exist_ok=True)
    (start / "sitecustomize.py").write_text(
        f"import site; site.addpackage({str(STARTUP)!r}, 'lineprof_standin.pth', set())\n"
    )
    found = environment(**env)
    return {**found, "PYTHONPATH": os.pathsep.join([str(start), str(folder), found["PYTHONPATH"]])}


def prepare(folder: Path, text: str) -> None:
    """Write program.py, in which `count` is there."""
    (folder / "counting.py").write_text(COUNTING.format(file=str(folder / "count")))
    (folder / "program.py").write_text(f"from counting import count\n{text}")


def run(
    folder: Path, text: str, *args: str, options: Sequence[str] = (), work: str = WORK, **env: str
) -> Done:
    """Run a program under kernprof; `count` and `work` are there for it."""
    prepare(folder, f"{work}{text}")
    ended = subprocess.run(
        [sys.executable, "-m", "kernprof", *ALWAYS, *options, "program.py", *args],
        cwd=folder,
        env=variables(folder, **env),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return Done(ended, folder)


def serve(folder: Path, text: str, *words: str, until: Callable[[], bool]) -> Done:
    """Run a server under kernprof until something is true, and end it by SIGTERM."""
    prepare(folder, f"{WORK}{text}")
    with (folder / "server.log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "kernprof", *ALWAYS, *words],
            cwd=folder,
            env=variables(folder),
            stdout=log,
            stderr=log,
        )
        try:
            for _ in range(1200):
                if until() or server.poll() is not None:
                    break
                time.sleep(0.05)
            server.terminate()
            server.wait(60)
        finally:
            server.kill()
    said = (folder / "server.log").read_text()
    return Done(subprocess.CompletedProcess(words, server.returncode, said, said), folder)


def answers(path: Path) -> bool:
    """Whether a server at this socket of the file system answers."""
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(10)
    with connection, suppress(OSError):
        connection.connect(str(path))
        connection.sendall(b"GET / HTTP/1.0\r\nHost: here\r\n\r\n")
        return b"200 OK" in connection.recv(4096)
    return False
