"""docs/recipes: files are written as a page shows them, and its commands run.

A page may say in comments what the tests need to know. `<!-- needs: flask -->` names packages
without which it is skipped. Before a command that runs until it is interrupted,
`<!-- serves: 5000 -->` asks for a page at that port first (another one, in fact), and
`<!-- until: WORD -->` waits for that word in the output.
"""

from __future__ import annotations

import importlib.util
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import ROOT

RECIPES = ROOT / "docs" / "recipes"
PAGES = sorted(path.name for path in RECIPES.glob("*.md") if path.name != "README.md")
STEP = re.compile(
    r"^(?:<!-- (?:serves: (?P<port>\d+)|until: (?P<word>\w+)) -->\n)?"
    r"```(?P<language>\w*)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
MOST_LINES = 60

pytestmark = pytest.mark.skipif(not RECIPES.is_dir(), reason="the documents are not here")


def read(page: str) -> str:
    return (RECIPES / page).read_text("utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES)
def test_a_page_does_what_it_says(page: str, tmp_path: Path) -> None:
    for package in "".join(re.findall(r"<!-- needs: (.*?) -->", read(page))).split():
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"{package} is not installed")
    if os.name != "posix":
        pytest.skip("commands are for a POSIX shell")
    commands = 0
    for step in STEP.finditer(read(page)):
        language, text = step["language"], step["text"]
        named = re.match(r"# ([\w./-]+\.\w+)\n", text)
        if named is not None:
            target = tmp_path / named[1]
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)
        elif language == "sh":
            for command in text.replace("\\\n", "").splitlines():
                if step["port"]:
                    assert step["port"] in command
                    port = free_port()
                    interrupt(command.replace(step["port"], port), tmp_path, answers(port))
                elif step["word"]:
                    interrupt(command, tmp_path, says(step["word"]))
                else:
                    run(command, tmp_path)
                commands += 1
    assert commands


def environment() -> dict[str, str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "PYTHONWARNINGS": "", "COLUMNS": "120"}


def run(command: str, folder: Path) -> None:
    done = subprocess.run(
        ["sh", "-ec", command],
        cwd=folder,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=120,
    )
    said = f"{command}\n{done.stdout}"
    assert done.returncode == 0, said
    assert "Traceback" not in done.stdout, said
    if " -v " in command or "-m lineprof --plain" in command:
        assert re.search(r"^ +\d+ +\d+ +\d+\.\d ", done.stdout, re.MULTILINE), said


def interrupt(command: str, folder: Path, works: Callable[[str], bool]) -> None:
    """Run a command until it works, and end it as somebody at the keyboard would."""
    log = folder / "log"
    with log.open("wb") as out:
        server = subprocess.Popen(
            ["sh", "-c", f"exec {command}"],
            cwd=folder,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
        )
        try:
            deadline = time.monotonic() + 60
            while not (worked := works(log.read_text())):
                if time.monotonic() > deadline or server.poll() is not None:
                    break
                time.sleep(0.1)
            time.sleep(0.5)  # what is done may still be under way after its answer
        finally:
            server.send_signal(signal.SIGINT)
            try:
                server.wait(60)
            finally:
                server.kill()
    said = f"{command}\n{log.read_text()}"
    assert worked, said
    assert "Traceback" not in said, said


def free_port() -> str:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return str(found.getsockname()[1])


def answers(port: str) -> Callable[[str], bool]:
    """Whether a server on this port has a page to give."""

    def asked(_: str) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=30) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    return asked


def says(word: str) -> Callable[[str], bool]:
    return lambda log: word in log


def test_the_index_names_every_page() -> None:
    assert PAGES
    assert sorted(re.findall(r"\]\(([\w-]+\.md)\)", read("README.md"))) == PAGES


@pytest.mark.parametrize("page", PAGES)
def test_a_page_fits_a_screen(page: str) -> None:
    assert len(read(page).splitlines()) <= MOST_LINES
    for target in re.findall(r"\]\((?!http)([^)#]+)", read(page)):
        assert (RECIPES / target).exists(), target
