"""README's commands do what README says."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lineprof.commands.export import FORMATS
from tests.support import ROOT

README = ROOT / "README.md"

pytestmark = pytest.mark.skipif(not README.is_file(), reason="README.md is not here")


def blocks(language: str) -> list[str]:
    text = README.read_text(encoding="utf-8") if README.is_file() else ""
    found = re.findall(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [block for name, block in found if name == language]


def commands() -> list[str]:
    """One command per line, without those that set up an environment, which .ci/run runs."""
    lines = [line for block in blocks("sh") for line in block.splitlines() if line]
    return [line for line in lines if "pip install" not in line]


def invocation(words: list[str]) -> tuple[list[str], dict[str, str]]:
    module = {"kernprof": ["-m", "kernprof"], "python": []}
    path = os.pathsep.join(sys.path)
    return (
        [sys.executable, *module[words[0]], *words[1:]],
        {**os.environ, "PYTHONWARNINGS": "", "PYTHONPATH": path, "TERM": "xterm-256color"},
    )


def run(words: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    argv, environ = invocation(words)
    return subprocess.run(
        argv,
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def on_terminal(words: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """As `run`, on a terminal of its own; q is pressed once the view is up."""
    pty = pytest.importorskip("pty")
    argv, environ = invocation(words)
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(folder)
        os.execve(argv[0], argv, environ)
    output = bytearray()
    pressed = False
    while True:
        try:
            part = os.read(terminal, 1 << 16)
        except OSError:  # Linux: nobody has it open any more
            part = b""
        if not part:
            break
        output += part
        if not pressed and b"sort: self" in ESCAPE.sub(b"", output):
            os.write(terminal, b"q")
            pressed = True
    os.close(terminal)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert pressed, output.decode()
    return subprocess.CompletedProcess(argv, status, output.decode(), "")


ESCAPE = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]|\x1b\]8;[^\x1b]*\x1b\\\\")


def test_every_command(tmp_path: Path) -> None:
    """In order, since later commands read what earlier ones wrote."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    assert len(commands()) > 5
    for command in commands():
        if command == "python -m benchmarks":
            continue
        words = shlex.split(command)
        is_view = "--live" in words or "watch" in words
        done = (on_terminal if is_view else run)(words, tmp_path)
        assert done.returncode == 0, (command, done.stderr)
        written = re.search(r" -o (\S+)", command)
        assert done.stdout or (written and (tmp_path / written[1]).is_file()), command
        assert "Traceback" not in done.stdout + done.stderr, command


def test_every_way_to_look_at_results_is_named() -> None:
    text = " ".join(commands())
    for word in ("-v", "--live", "--plain", "watch", "html", "diff", "--fail-if", "export"):
        assert f" {word} " in text, word
    prose = README.read_text(encoding="utf-8")
    for name in FORMATS:
        assert f"`{name}`" in prose or f"--format {name}" in prose, name


def test_the_python_example(tmp_path: Path) -> None:
    (example,) = blocks("python")
    (tmp_path / "example.py").write_text(example, encoding="utf-8")
    done = run(["python", "example.py"], tmp_path)
    assert done.returncode == 0, done.stderr
    assert "def dumps(" in done.stdout
    assert (tmp_path / "json.lprof").is_file()


@pytest.mark.parametrize(
    ("function", "words"),
    [("process_line", ["examples/log_parser.py", "1000"]), ("count_words", ["examples/pool.py"])],
)
def test_a_listing_is_what_the_example_prints(
    function: str, words: list[str], tmp_path: Path
) -> None:
    """Except for times, for hits that depend on the number of lines, and for workers' names."""
    shown = next(block for block in blocks("") if function in block)
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    done = run(["kernprof", "-l", "-v", *words], tmp_path)
    assert done.returncode == 0, done.stderr

    def masked(text: str) -> list[str]:
        text = re.sub(r"^File: .*[\\/](examples)[\\/]", r"File: \1/", text, flags=re.MULTILINE)
        text = re.sub(r"; \w+-\d+ took longest", "; W took longest", text)
        rows = (re.sub(r"^( +\d+) [ \d.e+]{42}", r"\1", row) for row in text.splitlines())
        return [re.sub(r"\d\S*", "N", row) for row in rows if row.strip()]

    assert masked(done.stdout) == masked(shown)


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", README.read_text(encoding="utf-8")):
        assert (ROOT / target).exists(), target
