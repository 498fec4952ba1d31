"""What to type for this Python, and streams that nobody reads."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import pytest

from lineprof.interpreter import python_command, silence


def test_the_command_for_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    binary = tmp_path / "my tools"
    binary.mkdir()
    interpreter = binary / "python3.99"
    interpreter.touch(0o755)
    monkeypatch.setattr(sys, "executable", str(interpreter))
    monkeypatch.setenv("PATH", str(binary))
    assert python_command() == f"'{interpreter}'"
    (binary / "python3").symlink_to(interpreter)
    assert python_command() == "python3"
    (binary / "python").symlink_to(interpreter)
    assert python_command() == "python"
    # The same interpreter in another folder is another environment.
    other = tmp_path / "other"
    other.mkdir()
    (other / "python").symlink_to(interpreter)
    monkeypatch.setenv("PATH", f"{other}{os.pathsep}{binary}")
    assert python_command() == "python3"


def test_a_silenced_stream_takes_everything() -> None:
    reading, writing = os.pipe()
    with open(writing, "w", encoding="utf-8") as stream:
        os.close(reading)
        stream.write("nobody reads this")
        silence(stream)
        stream.flush()


def test_what_has_no_descriptor_is_left_alone() -> None:
    stream = io.StringIO()
    silence(stream)
    stream.close()
    silence(stream)
