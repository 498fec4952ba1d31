"""The .lprof file: round trip, atomic writing, and every kind of file that is not one."""

from __future__ import annotations

import gzip
import json
import marshal
import os
import pickle
import re
import subprocess
import sys
import threading
import zlib
from dataclasses import fields
from errno import ENOENT
from pathlib import Path
from typing import Any

import pytest

from lineprof.errors import FileFormatError, LineprofError
from lineprof.files import lprof
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

F = FunctionKey("a.py", 1, "f")
G = FunctionKey("dir with space/ü\udcff.py", 9, "C.g.<locals>.<lambda>")
RUN = Run(
    "0.1",
    "3.13.0",
    "CPython",
    "Linux",
    ("a.py", "--x", ""),
    1.5,
    10**12,
    77,
    "host",
    "monitor",
    "wall/tsc",
    2.5e-10,
    (1, 2, 3),
    "KeyboardInterrupt",
)
FUNCTION_OF_ONE = Function(F, 1, 1, 0, (Line(2, 1, 1, 1),))
PROCESS = Process(
    7, "host", "rank 1", "a.py -x", "3.13.0", 1.5, 10**9, "running", 4096, 150, (FUNCTION_OF_ONE,)
)
SHARES = (Share(9, 8, "host", "rank 2"), Share(3, 7, "host", "rank 1"))
CROWD = Crowd(300, 2, 4096, (Spread(F, 2, 12, 3.5, SHARES[1], SHARES),))
PROFILE = Profile(
    (RUN, Run()),
    (
        Function(
            F,
            2,
            150,
            11,
            (Line(2, 3, 100, 60, 5, 10, 7), Line(4, 1, 2**63 - 1, 50, 0, 1, 1)),
            (Edge(2, F, 1, 2, 3), Edge(2, G, 3, 40, 4)),
            "def f():\n    return '\u2028 größe \x00'\n",
        ),
        Function(G, 0, 0),
    ),
    (Thread(0, (Function(F, 1, 1, 0, (Line(2, 1, 1, 1),)),)), Thread(2**47, ())),
    (PROCESS, Process()),
    CROWD,
    ("1 child ran another Python without lineprof",),
)


def document() -> dict[str, Any]:
    loaded = json.loads(lprof.dumps(PROFILE))
    assert type(loaded) is dict
    return loaded


def large(lines: int = 5000) -> Profile:
    rows = tuple(
        Line(n, n * 7 % 1000, n * 12345, n * 12340, 0, n * 45, n * 40) for n in range(1, lines + 1)
    )
    return Profile((RUN,), (Function(F, 1, 10**9, 5, rows),))


def fault(data: bytes) -> str:
    with pytest.raises(FileFormatError) as caught:
        lprof.loads(data)
    message = str(caught.value)
    assert message.isprintable()
    assert len(message) < 200
    return message


def test_nothing_is_lost() -> None:
    assert lprof.loads(lprof.dumps(PROFILE)) == PROFILE


def test_every_field_is_set_in_the_profile_that_makes_the_round_trip() -> None:
    function = PROFILE.functions[0]
    for value in (RUN, PROFILE, PROCESS, CROWD, CROWD.spreads[0], function, function.lines[0]):
        for field in fields(value):
            assert getattr(value, field.name), field.name


def test_empty_profile() -> None:
    assert lprof.loads(lprof.dumps(Profile((), ()))) == Profile((), ())


def test_small_files_are_plain_json_and_begin_with_their_format() -> None:
    assert lprof.dumps(PROFILE).startswith(b'{"format":"lineprof","version":"1.')


def test_large_files_are_gzipped_and_reproducible() -> None:
    data = lprof.dumps(large())
    assert json.loads(gzip.decompress(data))["format"] == "lineprof"
    assert data == lprof.dumps(large())
    assert lprof.loads(data) == large()


def test_unknown_keys_and_further_columns_are_ignored() -> None:
    changed = document()
    changed["version"] = "1.99"
    changed["new"] = {"x": [1.5, None]}
    changed["runs"][0]["new"] = 1
    changed["functions"][0]["new"] = 1
    changed["functions"][0]["lines"][0].append("new")
    changed["functions"][0]["edges"][0].append("new")
    assert lprof.loads(json.dumps(changed).encode()) == PROFILE


def test_what_later_versions_may_leave_out() -> None:
    least = {
        "format": "lineprof",
        "version": "1.0",
        "runs": [{}],
        "functions": [
            {"file": "a.py", "line": 1, "name": "f", "calls": 0, "total": 0, "lines": []}
        ],
    }
    assert lprof.loads(json.dumps(least).encode()) == Profile((Run(),), (Function(F, 0, 0),))


def test_functions_are_sorted_on_reading() -> None:
    changed = document()
    changed["functions"].reverse()
    assert lprof.loads(json.dumps(changed).encode()) == PROFILE


BAD = [True, -1, 2**63, 1.0, 1.5, "1", None, [], {}, float("nan"), float("inf")]


@pytest.mark.parametrize("bad", BAD, ids=repr)
@pytest.mark.parametrize("column", range(7))
def test_bad_number_in_a_line(column: int, bad: object) -> None:
    changed = document()
    changed["functions"][0]["lines"][1][column] = bad
    assert "damaged (functions[0].lines[1]" in fault(json.dumps(changed).encode())


@pytest.mark.parametrize("bad", BAD, ids=repr)
@pytest.mark.parametrize("column", [0, 2, 4, 5, 6])
def test_bad_number_in_an_edge(column: int, bad: object) -> None:
    changed = document()
    changed["functions"][0]["edges"][1][column] = bad
    assert "damaged (functions[0].edges[1]" in fault(json.dumps(changed).encode())


@pytest.mark.parametrize("bad", BAD, ids=repr)
@pytest.mark.parametrize("name", ["line", "calls", "total", "total_cost"])
def test_bad_number_in_a_function(name: str, bad: object) -> None:
    changed = document()
    changed["functions"][1][name] = bad
    assert f"damaged (functions[1].{name}: expected a number" in fault(json.dumps(changed).encode())


@pytest.mark.parametrize("bad", [True, -1, "1", None, [], float("nan"), float("inf"), 2**64])
@pytest.mark.parametrize("name", ["started", "tick", "duration", "pid"])
def test_bad_number_in_a_run(name: str, bad: object) -> None:
    changed = document()
    changed["runs"][1][name] = bad
    assert f"damaged (runs[1].{name}: expected a number" in fault(json.dumps(changed).encode())


@pytest.mark.parametrize(
    ("place", "bad", "message"),
    [
        (("runs",), {}, "runs: expected a list, not an object"),
        (("runs", 0), 3, "runs[0]: expected an object, not 3"),
        (("runs", 0, "host"), 3, "runs[0].host: expected text, not 3"),
        (("runs", 0, "argv"), "x", 'runs[0].argv: expected a list, not "x"'),
        (("runs", 0, "argv", 1), 0, "runs[0].argv: expected text, not 0"),
        (("runs", 0, "cost"), [1, 2], "runs[0].cost: expected three numbers"),
        (("runs", 0, "cost", 1), -1, "runs[0].cost: expected a number"),
        (("functions",), None, "functions: expected a list, not null"),
        (("functions", 0), [], "functions[0]: expected an object, not a list"),
        (("functions", 0, "file"), 1, "functions[0].file: expected text, not 1"),
        (("functions", 0, "name"), None, "functions[0].name: expected text, not null"),
        (("functions", 0, "source"), 5, "functions[0].source: expected text, not 5"),
        (("functions", 0, "lines"), {}, "functions[0].lines: expected a list"),
        (("functions", 0, "lines", 1), 5, "functions[0].lines[1]: expected 7 numbers"),
        (("functions", 0, "lines", 1), [1] * 6, "functions[0].lines[1]: expected 7 numbers"),
        (("functions", 0, "lines", 1, 0), 2, "functions[0].lines[1]: line 2 is twice"),
        (("functions", 0, "edges", 0), {}, "functions[0].edges[0]: expected seven values"),
        (("functions", 0, "edges", 0, 1), 2, "functions[0].edges[0].file: expected text"),
        (("threads",), 1, "threads: expected a list, not 1"),
        (("threads", 0, "ident"), "x", "threads[0].ident: expected a number"),
        (("threads", 0, "functions"), 1, "threads[0].functions: expected a list"),
        (("threads", 0, "functions", 0, "calls"), 1.5, "threads[0].functions[0].calls: expected"),
        (("processes",), {}, "processes: expected a list, not an object"),
        (("processes", 0), 3, "processes[0]: expected an object, not 3"),
        (("processes", 0, "pid"), -1, "processes[0].pid: expected a number"),
        (("processes", 0, "started"), "x", "processes[0].started: expected a number"),
        (("processes", 0, "label"), 3, "processes[0].label: expected text, not 3"),
        (("processes", 0, "functions"), None, "processes[0].functions: expected a list"),
        (("processes", 0, "functions", 0, "calls"), 1.5, "processes[0].functions[0].calls"),
        (("crowd",), [], "crowd: expected an object, not a list"),
        (("crowd", "count"), None, "crowd.count: expected a number"),
        (("crowd", "spreads"), None, "crowd.spreads: expected a list, not null"),
        (("crowd", "spreads", 0, "count"), 0, "crowd.spreads[0].count: expected at least one"),
        (("crowd", "spreads", 0, "deviation"), -1.0, "crowd.spreads[0].deviation: expected"),
        (("crowd", "spreads", 0, "least"), [1, 2], "crowd.spreads[0].least: expected four"),
        (("crowd", "spreads", 0, "slowest", 0, 3), 3, "crowd.spreads[0].slowest[0].label"),
        (("faults",), "x", "faults: expected a list"),
        (("faults", 0), 3, "faults: expected text, not 3"),
        (("version",), 1, "version: expected text"),
        (("version",), "", "version: expected text"),
        (("version",), "one.0", "version: expected text"),
    ],
)
def test_wrong_types_name_their_place(place: tuple[Any, ...], bad: object, message: str) -> None:
    changed: Any = document()
    inner = changed
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = bad
    assert fault(json.dumps(changed).encode()).startswith(f"damaged ({message}")


@pytest.mark.parametrize("name", ["functions", "runs"])
def test_missing_parts(name: str) -> None:
    changed = document()
    del changed[name]
    assert fault(json.dumps(changed).encode()).startswith(f"damaged ({name}: expected a list")


def test_duplicates() -> None:
    changed = document()
    changed["functions"].append(changed["functions"][0])
    assert fault(json.dumps(changed).encode()) == 'damaged (functions: "f" is there twice)'
    changed = document()
    changed["functions"][0]["edges"].append(changed["functions"][0]["edges"][0])
    assert "functions[0].edges[2]: the callee is there twice" in fault(json.dumps(changed).encode())


def test_newer_major_version_is_refused_by_name() -> None:
    changed = document()
    changed["version"] = "2.0"
    changed["functions"] = "another layout"
    message = fault(json.dumps(changed).encode())
    assert "format 2" in message
    assert "newer lineprof" in message
    assert "reads format 1" in message


def test_numbers_beyond_floats_and_digits() -> None:
    text = lprof.dumps(PROFILE).decode()
    assert '"calls":2,' in text
    assert "Infinity" in fault(text.replace('"calls":2,', '"calls":1e400,').encode())
    digits = text.replace('"calls":2,', f'"calls":{"9" * 5000},').encode()
    assert "thousands of digits" in fault(digits)


@pytest.mark.parametrize("opening", ["[", '{"a":'])
def test_deep_nesting(opening: str) -> None:
    text = lprof.dumps(PROFILE).decode()
    assert fault(text.replace("[", opening * 200_000, 1).encode()) == "damaged (nested too deeply)"


@pytest.mark.parametrize("cut", [40, 100, -1])
def test_truncated_json(cut: int) -> None:
    data = lprof.dumps(PROFILE)
    assert fault(data[:cut]).startswith("truncated or damaged (not JSON at character")


def test_truncated_just_after_its_format() -> None:
    assert fault(b'{"format":"lineprof"').startswith("truncated or damaged (not JSON at character")


def test_not_utf8() -> None:
    data = lprof.dumps(PROFILE).replace(b'"host":"host"', b'"host":"\xff"')
    assert fault(data).startswith("truncated or damaged (not UTF-8 at byte")


@pytest.mark.parametrize("keep", [0.01, 0.5, 0.99])
def test_truncated_gzip(keep: float) -> None:
    data = lprof.dumps(large())
    assert fault(data[: int(len(data) * keep)]) == "truncated (its gzip data ends too early)"


def test_damaged_gzip() -> None:
    data = bytearray(lprof.dumps(large()))
    for index in range(len(data) // 2, len(data) // 2 + 50):
        data[index] ^= 0xFF
    assert fault(bytes(data)) == "damaged (its gzip data cannot be decompressed)"


def test_gzip_bomb_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lprof, "SIZE_LIMIT", 4 << 20)
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = packer.compress(b'{"format":"lineprof","x":"')
    bomb += b"".join(packer.compress(b"0" * (1 << 20)) for _ in range(64)) + packer.flush()
    assert len(bomb) < 1 << 17
    assert fault(bomb) == "decompresses to more than 4 MiB, not a sensible profile"


def test_large_file_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lprof, "SIZE_LIMIT", 1 << 20)
    path = tmp_path / "x.lprof"
    path.write_bytes(b'{"format":"lineprof"' + b" " * (3 << 20))
    with pytest.raises(FileFormatError, match="larger than 1 MiB"):
        lprof.load(path)


def foreign() -> dict[str, tuple[bytes, str]]:
    stats: Any = {("a.py", 1, "f"): (1, 1, 0.5, 0.5, {})}
    return {
        "empty.lprof": (b"", "empty file"),
        "blank.lprof": (b" \n", "not a lineprof profile"),
        "text.lprof": (b"hello\n", "not a lineprof profile"),
        "other.lprof": (b'{"a": 1}', "not a lineprof profile"),
        "list.lprof": (b"[1]", "not a lineprof profile"),
        "brace.lprof": (b"{", "not a lineprof profile"),
        "binary.lprof": (b"\x7fELF\x00\xff", "not a lineprof profile"),
        "x.py": (b"import os\n", "a Python source file"),
        "other.gz": (gzip.compress(b"a log"), "not a lineprof profile"),
        "void.gz": (gzip.compress(b""), "empty file"),
        "x.prof": (marshal.dumps(stats), "a profile of cProfile"),
        "old.prof": (marshal.dumps(stats, 2), "a profile of cProfile"),
        "none.prof": (marshal.dumps({}), "a profile of cProfile"),
        "dict.pickle": (pickle.dumps({"a": 1.5}), "a Python pickle, not a profile"),
    }


@pytest.mark.parametrize("name", foreign())
def test_files_of_others(name: str, tmp_path: Path) -> None:
    data, message = foreign()[name]
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(FileFormatError) as caught:
        lprof.load(path)
    assert str(caught.value).startswith(f"{path}: {message}")
    assert caught.value.exit_code == 1


def test_faults_of_the_system_are_its_errors_too(tmp_path: Path) -> None:
    """Programs written for line_profiler catch what opening a file raises."""
    with pytest.raises(FileNotFoundError) as caught:
        lprof.load(tmp_path / "no.lprof")
    assert isinstance(caught.value, LineprofError)
    assert (caught.value.errno, caught.value.filename) == (ENOENT, str(tmp_path / "no.lprof"))
    assert str(caught.value).endswith("no.lprof: no such file")
    with pytest.raises(OSError, match=r"is a directory$") as folder:
        lprof.load(tmp_path)
    assert isinstance(folder.value, LineprofError)
    assert not isinstance(folder.value, FileNotFoundError)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(LineprofError, match=r"no\.lprof: no such file$"):
        lprof.load(tmp_path / "no.lprof")
    with pytest.raises(LineprofError, match=re.escape(f"{tmp_path}: is a directory")):
        lprof.load(tmp_path)
    with pytest.raises(LineprofError, match="null"):
        lprof.load("a\0b")


def test_a_name_cannot_break_the_line(tmp_path: Path) -> None:
    with pytest.raises(LineprofError) as caught:
        lprof.load(tmp_path / "a\n\x1b[31m\udcff.lprof")
    assert r"a\n\x1b[31m\udcff.lprof: no such file" in str(caught.value)


def test_save_and_load(tmp_path: Path) -> None:
    for profile in (PROFILE, large()):
        lprof.save(profile, tmp_path / "x.lprof")
        assert lprof.load(str(tmp_path / "x.lprof")) == profile
    assert os.listdir(tmp_path) == ["x.lprof"]


def test_a_failed_save_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        lprof.save(PROFILE, tmp_path / "no" / "x.lprof")
    assert caught.value.filename == str(tmp_path / "no" / "x.lprof")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_can_be_read(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(lprof.dumps(PROFILE),))
    writer.start()
    assert lprof.load(pipe) == PROFILE
    writer.join()


def test_line_profilers_format(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.lprof"
    for asked, variable, pickled in (
        ("line_profiler", "", True),
        (None, "line_profiler", True),
        (None, "", False),
        ("lineprof", "line_profiler", False),
        (None, "nonsense", False),
    ):
        monkeypatch.setenv("LINEPROF_FORMAT", variable)
        lprof.save(PROFILE, path, format=asked)
        assert path.read_bytes().startswith(b"\x80\x02") is pickled


def test_a_compressed_file_says_what_it_is() -> None:
    data = lprof.dumps(large())
    assert data[10:].startswith(b"lineprof: ")
    assert gzip.decompress(data).startswith(b'{"format":"lineprof"')


def test_the_module_that_reads_pickles_is_imported_for_pickles_only(tmp_path: Path) -> None:
    """It imports `pickletools`, which takes time, and few files are pickles."""
    code = (
        "import sys; from lineprof.files import lprof; lprof.load(sys.argv[1])\n"
        "print('lineprof.files.line_profiler_pickle' in sys.modules)"
    )
    profile = Profile((RUN,), ())
    printed = []
    for form in ("lineprof", "line_profiler"):
        path = tmp_path / form
        lprof.save(profile, path, format=form)
        command = [sys.executable, "-c", code, str(path)]
        printed.append(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert printed == ["False\n", "True\n"]
