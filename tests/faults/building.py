"""Builds the core in a copy of the tree, for one Python and with given flags."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]

NOT_COPIED = (".git", "build", "*.so", "*.egg-info", "__pycache__", ".*_cache", ".venv*", "venv*")

WARNINGS = ("-Wall", "-Wextra", "-Wshadow", "-Wconversion", "-Wstrict-prototypes", "-Werror")

CHECKED = ("-std=c11", "-O1", "-g", "-UNDEBUG", "-fno-omit-frame-pointer", "-fvisibility=hidden")
"""Flags for a core with assertions and readable stacks."""

_ASK = """
import importlib.util, json, sys, sysconfig
print(json.dumps({
    "version": sys.version.split()[0] + "-dbg" * hasattr(sys, "gettotalrefcount"),
    "includes": sorted({sysconfig.get_path(p) for p in ("include", "platinclude")}),
    "suffix": sysconfig.get_config_var("EXT_SUFFIX"),
    "libraries": sysconfig.get_config_var("LIBDIR"),
    "library": sysconfig.get_config_var("LDVERSION"),
    "links": (sysconfig.get_config_var("LIBS") or "").split()
             + (sysconfig.get_config_var("SYSLIBS") or "").split(),
    "prefix": sys.base_prefix,
    "has_pytest": importlib.util.find_spec("pytest") is not None,
}))
"""


class UnavailableError(Exception):
    """Something is missing on this machine; the message says what, in one line."""


@dataclass(frozen=True)
class Interpreter:
    """A Python, and what a build for it needs to know."""

    executable: str
    version: str
    """E.g. "3.13.0", or "3.11.2-dbg"."""
    includes: tuple[str, ...]
    suffix: str
    libraries: str
    library: str
    links: tuple[str, ...]
    """Libraries that a program embedding this Python is linked with."""
    prefix: str
    has_pytest: bool


def interpreter(name: str) -> Interpreter:
    """The Python with this name or path; UnavailableError if there is none or it lacks headers."""
    executable = shutil.which(name)
    if executable is None:
        raise UnavailableError(f"no {name} here")
    done = subprocess.run(
        [executable, "-c", _ASK], capture_output=True, text=True, check=False, timeout=60
    )
    if done.returncode:
        raise UnavailableError(f"{name} does not run")
    found = json.loads(done.stdout)
    if not any(Path(folder, "Python.h").exists() for folder in found["includes"]):
        raise UnavailableError(f"{name} lacks Python.h")
    found |= {name: tuple(found[name]) for name in ("includes", "links")}
    return Interpreter(executable, **found)


def tool(*names: str) -> str:
    """The first of these commands that exists; UnavailableError if none does."""
    for name in names:
        found = shutil.which(name)
        if found is not None:
            return found
    raise UnavailableError(f"no {names[0]} here")


@contextmanager
def copied_tree() -> Iterator[Path]:
    """A temporary copy of the tree, without the results of other builds."""
    with tempfile.TemporaryDirectory(prefix="lineprof-faults-") as folder:
        tree = Path(folder, "tree")
        shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns(*NOT_COPIED), symlinks=True)
        yield tree


def core_sources() -> list[str]:
    """The C files of the core, relative to the root of the tree."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    (module,) = settings["tool"]["setuptools"]["ext-modules"]
    return list(module["sources"])


def build_core(
    tree: Path, python: Interpreter, flags: Sequence[str], extra: Sequence[str] = ()
) -> Path:
    """Compile the core into the package of the tree, so that it is imported from there.

    flags: for compiling and linking; extra: further C files. CalledProcessError if it fails.
    """
    target = tree / "lineprof" / f"_core{python.suffix}"
    run(
        [
            *shlex.split(os.environ.get("CC", "cc")),
            "-shared",
            "-fPIC",
            *CHECKED,
            *WARNINGS,
            *flags,
            # Not -isystem: gcc would then follow Debian's links from the headers of a debug build
            # to those of the other one.
            *(f"-I{folder}" for folder in python.includes),
            f"-I{tree / 'csrc'}",
            *(str(tree / source) for source in core_sources()),
            *extra,
            "-o",
            str(target),
            "-lpthread",
        ]
    )
    return target


def with_test_packages(
    python: Interpreter, folder: Path, wanted: Sequence[str] = ()
) -> Interpreter:
    """This Python if it has pytest, otherwise a new virtual environment of it.

    wanted: what to install there; everything the tests use if it is empty.
    """
    if python.has_pytest:
        return python
    if not wanted:
        settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
        wanted = [*settings["dependencies"], *settings["optional-dependencies"]["test"]]
    run([python.executable, "-m", "venv", str(folder)])
    made = interpreter(str(folder / "bin" / "python"))
    run([made.executable, "-m", "pip", "install", "-q", *wanted])
    return made


def run(
    command: Sequence[str],
    *,
    cwd: Path | None = None,
    env: dict[str, str] | None = None,
    check: bool = True,
) -> int:
    """Run a command with its output shown; its exit code. CalledProcessError if `check`."""
    sys.stdout.flush()
    done = subprocess.run(
        command, cwd=cwd, env={**os.environ, **(env or {})}, check=check, stdin=subprocess.DEVNULL
    )
    return done.returncode


def say(text: str) -> None:
    print(f"\n=== {text}", flush=True)
