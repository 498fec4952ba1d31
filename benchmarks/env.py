"""Interpreters to measure, and a virtual environment for each with the tools in it."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.catalogue import OLDEST, Version

CHECKOUT = Path(__file__).resolve().parent.parent
LINE_PROFILER = "5.1.0"
"""The release of line_profiler that is compared with."""

_SOURCES = ("pyproject.toml", "setup.cfg", "MANIFEST.in", "README.md", "LICENSE")
_SOURCE_FOLDERS = ("csrc", "lineprof", "kernprof")
_NOT_SOURCE = shutil.ignore_patterns("__pycache__", "*.so", "*.pyd", "*.o", "*.egg-info", "build")
_ASK = """
import json, platform, sys, sysconfig
print(json.dumps([
    sys.executable,
    platform.python_implementation(),
    platform.python_version(),
    "--enable-optimizations" in (sysconfig.get_config_var("CONFIG_ARGS") or ""),
]))
"""


class BenchmarkError(Exception):
    """Something the benchmarks need is missing or failed; one line of text."""


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A CPython to measure with."""

    executable: str
    version: str
    optimised: bool

    @property
    def minor(self) -> Version:
        major, minor = self.version.split(".")[:2]
        return int(major), int(minor)


@dataclass(frozen=True, slots=True)
class Environment:
    """An interpreter with everything installed."""

    interpreter: Interpreter
    ours: Path
    """Folder of the virtual environment with lineprof and the floor callback."""
    theirs: Path
    """Folder of the one with line_profiler."""

    def python(self, tool: str) -> str:
        """The interpreter to run that tool with."""
        return str(executable(self.theirs if tool == "line_profiler" else self.ours))


def executable(venv: Path, name: str = "python") -> Path:
    """A program in a virtual environment."""
    return venv / ("Scripts" if os.name == "nt" else "bin") / name


def cache_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """Where virtual environments and generated input are kept between runs."""
    if folder := environ.get("LINEPROF_BENCHMARKS_CACHE"):
        return Path(folder)
    base = environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser() / "lineprof-benchmarks"


def ask(python: str) -> Interpreter:
    """That interpreter; BenchmarkError if it cannot be measured."""
    try:
        answer = subprocess.run([python, "-c", _ASK], capture_output=True, text=True, check=True)
        path, implementation, version, optimised = json.loads(answer.stdout)
    except (OSError, subprocess.CalledProcessError, ValueError):
        raise BenchmarkError(f"not a Python interpreter: {python}") from None
    found = Interpreter(path, version, optimised)
    if implementation != "CPython" or found.minor < OLDEST:
        needed = ".".join(map(str, OLDEST))
        raise BenchmarkError(f"CPython {needed} or later is needed: {python} is {version}")
    return found


def find() -> list[Interpreter]:
    """One CPython of each version on this machine, oldest first."""
    found: dict[Version, Interpreter] = {}
    for python in _candidates():
        try:
            interpreter = ask(python)
        except BenchmarkError:
            continue
        found.setdefault(interpreter.minor, interpreter)
    return [found[version] for version in sorted(found)]


def _candidates() -> Iterator[str]:
    yield sys.executable
    for minor in range(OLDEST[1], 21):
        if path := shutil.which(f"python3.{minor}"):
            yield path
    pyenv = Path(os.environ.get("PYENV_ROOT") or "~/.pyenv").expanduser()
    yield from (str(path) for path in sorted(pyenv.glob("versions/3.*/bin/python"), reverse=True))


def prepare(interpreter: Interpreter, cache: Path) -> Environment:
    """Make or bring up to date the environments of an interpreter.

    lineprof is built from a copy of this checkout's sources, again whenever they have changed.
    """
    tag = hashlib.sha256(interpreter.executable.encode()).hexdigest()[:8]
    folder = cache / f"{interpreter.version}-{tag}"
    result = Environment(interpreter, folder / "ours", folder / "theirs")
    _provide(interpreter, result.theirs, LINE_PROFILER, [f"line_profiler=={LINE_PROFILER}"])
    with tempfile.TemporaryDirectory() as temporary:
        copy = Path(temporary, "lineprof")
        _copy_sources(copy)
        floor = Path(temporary, "floor")
        shutil.copytree(CHECKOUT / "benchmarks" / "floor", floor, ignore=_NOT_SOURCE)
        _provide(interpreter, result.ours, digest(Path(temporary)), [str(copy), str(floor)])
    return result


def _provide(interpreter: Interpreter, venv: Path, state: str, packages: list[str]) -> None:
    """Install these packages in the environment, unless `state` says that they are there."""
    stamp = venv / "installed"
    if stamp.exists() and stamp.read_text(encoding="utf-8") == state:
        return
    if not executable(venv).exists():
        _call([interpreter.executable, "-m", "venv", str(venv)])
    stamp.unlink(missing_ok=True)
    install = [str(executable(venv)), "-m", "pip", "install", "--quiet", "--force-reinstall"]
    _call([*install, "--disable-pip-version-check", *packages])
    stamp.write_text(state, encoding="utf-8")


def _call(command: list[str]) -> None:
    done = subprocess.run(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False
    )
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip()] or ["no message"]
        shown = next((line for line in lines if "error:" in line.lower()), lines[-1])
        raise BenchmarkError(f"cannot set up {Path(command[-1]).name}: {shown.strip()}")


def _copy_sources(target: Path) -> None:
    target.mkdir()
    for name in _SOURCES:
        if (CHECKOUT / name).exists():
            shutil.copy2(CHECKOUT / name, target)
    for name in _SOURCE_FOLDERS:
        shutil.copytree(CHECKOUT / name, target / name, ignore=_NOT_SOURCE)


def digest(folder: Path) -> str:
    """A hash of the names and contents of all files below a folder."""
    result = hashlib.sha256()
    for path in _files(folder):
        result.update(path.relative_to(folder).as_posix().encode() + b"\0")
        result.update(path.read_bytes() + b"\0")
    return result.hexdigest()


def _files(folder: Path) -> Iterable[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())
