"""The examples in docs/format.md and docs/viewing.md are real output, and the commands run."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lineprof.commands.export import FORMATS
from lineprof.files import lprof
from lineprof.model.diff import difference
from lineprof.model.profile import (
    Crowd,
    Edge,
    Function,
    FunctionKey,
    Line,
    Process,
    Profile,
    Run,
    Share,
    Spread,
    Thread,
)
from lineprof.model.thresholds import parse
from lineprof.report.diff import json as diff_json
from lineprof.report.export import json as document
from tests.support import ROOT

DOCS = ROOT / "docs"
FORMAT = (DOCS / "format.md").read_text("utf-8")
VIEWING = (DOCS / "viewing.md").read_text("utf-8")
SCHEMAS = ("lprof", "json", "diff")
LPROF, JSON, DIFF = (
    json.loads(text) for text in re.findall(r"^```json\n(.*?)^```$", FORMAT, re.M | re.S)
)


def checked(name: str, value: Any) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads((DOCS / f"{name}.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator(closed(schema)).validate(value)


def closed(schema: Any) -> Any:
    """The schema without room for what newer minor versions may add."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {name: closed(value) for name, value in schema.items()}
    return {**inner, "additionalProperties": False} if is_object(schema) else inner


def is_object(schema: dict[str, Any]) -> bool:
    return isinstance(schema.get("properties"), dict) and "object" in schema.get("type", ())


def example() -> Profile:
    return lprof.loads(json.dumps(LPROF).encode())


def rich_profile(folder: Path) -> Profile:
    """A profile that uses every field."""
    file = folder / "app.py"
    file.write_text("def main():\n    work()\n\ndef work():\n    pass\n")
    main, work = FunctionKey(str(file), 1, "main"), FunctionKey(str(file), 4, "work")
    functions = (
        Function(main, 1, 900, 10, (Line(2, 1, 800, 100, 5, 8, 4),), (Edge(2, work, 1, 700, 4),)),
        Function(work, 1, 700, 4, (Line(5, 1, 650, 650, 0, 4, 4),), (), "def work():\n    pass\n"),
        Function(FunctionKey("b.py", 1, "parse"), 0, 0),
    )
    functions = (replace(functions[0], source="def main():\n    work()\n"), *functions[1:])
    run = Run("1.0", "3.12.1", "cpython", "Linux", ("app.py",), 1.5, 1000, 7, "host", "trace",
              "wall/tsc", 1e-9, (1, 2, 3))  # fmt: skip
    process = Process(7, "host", "rank 1", "app.py", "3.12.1", 1.5, 9, "running", 1, 9, functions)
    share = Share(9, 7, "host", "rank 1")
    crowd = Crowd(300, 1, 3, (Spread(work, 1, 9, 0.5, share, (share,)),))
    return Profile(
        (run,), functions, (Thread(0, functions[:2]),), (process,), crowd, ("1 is missing",)
    )


@pytest.mark.parametrize("name", SCHEMAS)
def test_schemas_are_schemas(name: str) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads((DOCS / f"{name}.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    assert f"({name}.schema.json)" in FORMAT


def test_what_is_written_is_valid(tmp_path: Path) -> None:
    profile = rich_profile(tmp_path)
    checked("lprof", json.loads(lprof.dumps(profile)))
    checked("json", json.loads(document.encode(profile)))
    checked("diff", diff_json.document(difference(profile, example())))


@pytest.mark.parametrize(
    ("name", "place", "value"),
    [
        ("lprof", ("functions", 0, "calls"), -1),
        ("lprof", ("functions", 0, "lines", 0), [1, 2]),
        ("lprof", ("functions", 0, "edges", 0, 0), "5"),
        ("lprof", ("version",), "2.0"),
        ("lprof", ("runs", 0, "cost"), [1]),
        ("json", ("functions", 0, "calls"), 1.5),
        ("json", ("functions", 0, "lines", 0, "surprise"), 1),
        ("json", ("format",), "lineprof"),
        ("diff", ("functions", 0, "change"), "other"),
        ("diff", ("functions", 0, "lines", 0, "before", "hits"), 5),
    ],
)
def test_schemas_refuse(name: str, place: tuple[Any, ...], value: Any) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    found = json.loads(json.dumps({"lprof": LPROF, "json": JSON, "diff": DIFF}[name]))
    checked(name, found)
    *path, last = place
    inner = found
    for step in path:
        inner = inner[step]
    inner[last] = value
    with pytest.raises(jsonschema.ValidationError):
        checked(name, found)


def test_the_examples_belong_together() -> None:
    assert json.loads(lprof.dumps(example())) == LPROF
    assert json.loads(document.encode(example().corrected())) == JSON
    # The example of a difference has one function of the profile, with one call more.
    before = example().corrected().functions[1]
    assert before.source is not None
    after = replace(
        before,
        calls=4,
        lines=(replace(before.lines[0], hits=4),),
        source=before.source.replace("[item]", ".get(item)"),
    )
    assert diff_json.document(difference(Profile((), (before,)), Profile((), (after,)))) == DIFF


def test_newer_minor_versions_are_read() -> None:
    newer = {**LPROF, "version": "1.9", "surprise": [1]}
    jsonschema = pytest.importorskip("jsonschema")
    newer["functions"] = [
        {**f, "lines": [[*row, 1] for row in f["lines"]]} for f in LPROF["functions"]
    ]
    schema = json.loads((DOCS / "lprof.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator(schema).validate(newer)
    assert lprof.loads(json.dumps(newer).encode()) == example()


# Commands


def sections() -> str:
    """The sections of docs/viewing.md that are about diff and export."""
    parts = re.split(r"^(?=## )", VIEWING, flags=re.M)
    return "".join(part for part in parts if part.startswith(("## What changed", "## Other tools")))


COMMANDS = [
    line.strip()
    for line in re.findall(r"^    \S.*$", sections(), re.M)
    if not line.strip().startswith("[")
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("viewing")
    profile = rich_profile(folder)
    lprof.save(profile, folder / "app.lprof")
    lprof.save(profile, folder / "before.lprof")
    main, *rest = profile.functions
    slower = replace(main, total=1100, lines=(replace(main.lines[0], hits=2, total=1000),))
    lprof.save(replace(profile, functions=(slower, *rest)), folder / "after.lprof")
    for name in ("before", "after"):
        for number in (1, 2):
            shutil.copy(folder / f"{name}.lprof", folder / f"{name}-{number}.lprof")
    shutil.copy(folder / "app.lprof", folder / "app.lprof.old")
    return folder


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_run(command: str, folder: Path) -> None:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    for part in command.split(" | "):
        program = shlex.split(part)[0]
        if program != "python" and shutil.which(program, path=path) is None:
            pytest.skip(f"{program} is not installed")
    if command.startswith(("go", "callgrind_annotate", "gprof2dot", "python -m pstats")):
        for name, suffix in (("pprof", "pb.gz"), ("callgrind", "callgrind"), ("pstats", "prof")):
            for file in ("app", "before", "after"):
                words = ["export", "-f", name, f"{file}.lprof", "-o", f"{file}.{suffix}"]
                subprocess.run([sys.executable, "-m", "lineprof", *words], cwd=folder, check=True)
    line = re.sub(r"^python\b", lambda match: shlex.quote(sys.executable), command)
    done = subprocess.run(
        ["sh", "-ec", line],
        cwd=folder,
        env={**os.environ, "PATH": path, "HOME": str(folder)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == (3 if "--fail-if" in command else 0), done.stderr
    if " -o " in line:
        written = folder / shlex.split(command)[-1]
        assert written.stat().st_size > 0
    elif "--html" not in command:
        assert done.stdout


def test_there_are_commands_and_all_formats_are_in_them() -> None:
    assert len(COMMANDS) > 15
    for name in FORMATS:
        assert f"| `{name}` |" in sections()
        assert any(f"--format {name} " in command for command in COMMANDS)


def test_conditions_in_the_text_are_conditions() -> None:
    conditions = re.findall(r"--fail-if '([^']+)'", sections())
    assert len(conditions) == 2
    for condition in conditions:
        parse(condition)
    for growth in re.findall(r"\(`(\d[^`]*)`\)", sections()):
        parse(f"{'time' if growth[-1].isalpha() else 'hits'}>{growth}")
