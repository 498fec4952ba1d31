"""Runs a command with line_profiler and with lineprof, and tells what came of it alike."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import lineprof
from lineprof.model.profile import Profile

PACKAGES = str(Path(lineprof.__file__).parent.parent)

Hits = dict[str, dict[int, int]]
"""Qualified name of a function -> line, counted from the function's first -> hits."""


@dataclass(frozen=True)
class Outcome:
    """What a command did."""

    status: int
    out: str
    err: str
    files: dict[str, Path]
    """Files it made; parts of their names that are made up are `*`."""

    def hits(self, file: str) -> Hits:
        return hits_of(lineprof.load(self.files[file]))

    def keys(self, file: str) -> list[tuple[str, int, str]]:
        """File, first line and name of the functions, files without their folders."""
        return [
            (os.path.basename(f.key.file), f.key.first_line, f.key.name)
            for f in lineprof.load(self.files[file]).functions
        ]

    @property
    def listing(self) -> str:
        """What was printed, without what no two runs share."""
        return masked(self.out)


def hits_of(profile: Profile) -> Hits:
    return {
        f.key.name: {line.number - f.key.first_line: line.hits for line in f.lines if line.hits}
        for f in profile.functions
    }


class Both:
    """A folder for each of the two tools, with the same files."""

    def __init__(self, theirs: str, folder: Path, files: Mapping[str, str]) -> None:
        self._theirs = theirs
        self.folders = {name: folder / name for name in ("theirs", "ours")}
        for place in self.folders.values():
            for name, text in files.items():
                path = place / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")

    def run(self, *command: str, stdin: str = "", **env: str) -> tuple[Outcome, Outcome]:
        """`python COMMAND` with line_profiler, and with lineprof; {lp} stands for their names."""
        return self.theirs(*command, stdin=stdin, **env), self.ours(*command, stdin=stdin, **env)

    def theirs(self, *command: str, stdin: str = "", **env: str) -> Outcome:
        # Their other core misses events that CPython leaves out; semantics follow the first.
        env = {"LINE_PROFILER_CORE": "legacy", **env}
        return _run(self._theirs, "line_profiler", self.folders["theirs"], command, stdin, env)

    def ours(self, *command: str, stdin: str = "", **env: str) -> Outcome:
        env = {"PYTHONPATH": PACKAGES, **env}
        return _run(sys.executable, "lineprof", self.folders["ours"], command, stdin, env)


def _run(  # noqa: PLR0917
    python: str, name: str, folder: Path, command: tuple[str, ...], stdin: str, env: dict[str, str]
) -> Outcome:
    before = set(folder.rglob("*"))
    clean = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("LINE_PROF", "LINEPROF", "PYTHON"))
    }
    done = subprocess.run(
        [python, *(word.replace("{lp}", name) for word in command)],
        cwd=folder,
        input=stdin,
        env={**clean, "PYTHONIOENCODING": "utf-8", "PYTHONDONTWRITEBYTECODE": "1", **env},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    made = sorted(path for path in set(folder.rglob("*")) - before if path.is_file())
    return Outcome(
        done.returncode,
        _common(done.stdout, name, python, folder),
        _common(done.stderr, name, python, folder),
        {_stable(str(path.relative_to(folder))): path for path in made},
    )


def _common(text: str, name: str, python: str, folder: Path) -> str:
    """The text, with the tool's own name, Python and folder as {lp}, {python} and nothing."""
    text = text.replace(f"{folder}{os.sep}", "").replace(python, "{python}")
    text = re.sub(rf"\b{name}\b", "{lp}", text)
    return _stable(text)


def _stable(text: str) -> str:
    text = re.sub(r"(kernprof-(?:command|stdin)-)[\w]{8}\b", r"\1*", text)
    return re.sub(r"\d{4}-\d\d-\d\dT\d{6}", "*", text)


_ROW = re.compile(r"^( *\d+ +\d+)( +[\d.e+-]+){2}( +[\d.]+)?(  |$)", re.MULTILINE)
_COUNTS = re.compile(r"^( *\d+) +\d+(?= +T)", re.MULTILINE)


def masked(text: str) -> str:
    """A listing with its times as T; columns stay where they are."""
    text = re.sub(r"^Total time: .*", "Total time: T", text, flags=re.MULTILINE)
    text = re.sub(r"^ *[\d.]+ seconds - ", "T seconds - ", text, flags=re.MULTILINE)
    return _ROW.sub(lambda row: f"{row[1]}{'T':>13}{'T':>9}{'T':>9}{row[4]}", text)
