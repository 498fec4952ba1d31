"""Formats of other tools: structure by small readers, and the real consumers where they are."""

from __future__ import annotations

import csv
import gzip
import importlib.util
import io
import json
import marshal
import os
import pstats
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lineprof.model.profile import Edge, Function, FunctionKey, Line, Profile, Run, Thread
from lineprof.report.export import (
    callgrind,
    collapsed,
    markdown,
    pprof,
    speedscope,
)
from lineprof.report.export import (
    csv as spreadsheet,
)
from lineprof.report.export import (
    json as document,
)
from lineprof.report.export import (
    pstats as rollup,
)

TEXT = """\
def main():
    for n in range(3):
        work(n)
    return work(3) + rec(4)


def work(n):
    return n | 1


def rec(n):
    return n and rec(n - 1)
"""


@pytest.fixture
def profile(tmp_path: Path) -> Profile:
    """main calls work from two lines, and rec, which calls itself; all times add up."""
    file = tmp_path / "app.py"
    file.write_text(TEXT)
    main, work, rec = (
        FunctionKey(str(file), line, name) for line, name in ((1, "main"), (7, "work"), (11, "rec"))
    )
    text = TEXT.split("\n\n\n")
    return Profile(
        (Run(clock="wall/tsc", argv=("app.py", "x"), started=1.5e9, duration=3_000_000),),
        (
            Function(
                main,
                1,
                1_000_000,
                0,
                (
                    Line(2, 4, 100_000, 100_000),
                    Line(3, 3, 400_000, 100_000),
                    Line(4, 1, 490_000, 90_000),
                ),
                (Edge(3, work, 3, 300_000), Edge(4, work, 1, 100_000), Edge(4, rec, 1, 300_000)),
                text[0] + "\n",
            ),
            Function(work, 4, 400_000, 0, (Line(8, 4, 400_000, 400_000, 7_000),), (), text[1]),
            Function(
                rec, 5, 300_000, 0, (Line(12, 5, 300_000, 300_000),), (Edge(12, rec, 4, 200_000),),
                text[2],
            ),
        ),
    )  # fmt: skip


def key(profile: Profile, name: str) -> FunctionKey:
    return next(f.key for f in profile.functions if f.key.name == name)


def tool(name: str) -> str:
    path = shutil.which(name, path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if path is None:
        pytest.skip(f"{name} is not installed")
    return path


def output(*command: str, cwd: Path, data: bytes | None = None) -> str:
    environment = {**os.environ, "HOME": str(cwd), "PPROF_TMPDIR": str(cwd)}
    done = subprocess.run(
        command, cwd=cwd, env=environment, input=data, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


# pprof


def fields(data: bytes) -> Iterator[tuple[int, Any]]:
    """Numbers and values of a protobuf message's fields: ints, and bytes."""

    def varint() -> int:
        nonlocal data
        value = shift = 0
        while True:
            byte, data = data[0], data[1:]
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while data:
        field, kind = divmod(varint(), 8)
        if kind == 0:
            yield field, varint()
        else:
            assert kind == 2
            size = varint()
            value, data = data[:size], data[size:]
            yield field, value


def message(data: bytes) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for field, value in fields(data):
        found.setdefault(field, []).append(value)
    return found


def numbers(data: bytes) -> list[int]:
    # A packed list is a message body without field numbers: give each one.
    return [value for _, value in fields(b"".join(b"\x08" + v for v in varints(data)))]


def varints(data: bytes) -> list[bytes]:
    return re.findall(rb"[\x80-\xff]*[\x00-\x7f]", data, re.DOTALL)


def test_pprof_is_what_the_model_says(profile: Profile) -> None:
    top = message(gzip.decompress(pprof.encode(profile)))
    strings = [text.decode() for text in top[6]]
    assert strings[0] == ""
    types = [[strings[n] for _, n in fields(value)] for value in top[1]]
    assert types == [["hits", "count"], ["wall", "nanoseconds"]]
    assert strings[top[14][0]] == "wall"
    assert (top[9], top[10]) == ([1_500_000_000_000_000_000], [3_000_000])
    functions = {}
    for data in top[5]:
        found = message(data)
        functions[found[1][0]] = FunctionKey(
            strings[found[4][0]], found[5][0], strings[found[2][0]]
        )
    assert set(functions.values()) == {f.key for f in profile.functions}
    locations = {}
    for data in top[4]:
        found = message(data)
        line = message(found[4][0])
        locations[found[1][0]] = (functions[line[1][0]], line[2][0])
    flat: Counter[Any] = Counter()
    hits: Counter[Any] = Counter()
    cumulative: Counter[Any] = Counter()
    for data in top[2]:
        found = message(data)
        stack = [locations[n] for n in numbers(found[1][0])]
        count, time = numbers(found[2][0])
        flat[stack[0]] += time
        hits[stack[0]] += count
        for place in set(stack):
            cumulative[place] += time
    for function in profile.functions:
        for one in function.lines:
            place = (function.key, one.number)
            assert (flat[place], hits[place]) == (one.self_time, one.hits)
            assert cumulative[place] == pytest.approx(one.total, abs=4)
    # Between being called and the first line: what main took beyond its lines.
    assert flat[key(profile, "main"), 1] == 10_000


def test_pprof_of_nothing_and_of_odd_texts(profile: Profile) -> None:
    assert message(gzip.decompress(pprof.encode(Profile((), ()))))[6][0] == b""
    odd = FunctionKey("\udcff\n", 0, "größe\0")
    data = gzip.decompress(pprof.encode(Profile((), (Function(odd, 1, 5),))))
    assert "größe\0".encode() in message(data)[6]


def test_go_reads_pprof(profile: Profile, tmp_path: Path) -> None:
    go = tool("go")
    (tmp_path / "a.pb.gz").write_bytes(pprof.encode(profile))
    pprof_tool = (go, "tool", "pprof", "-symbolize=none", "-unit=ns")
    top = output(*pprof_tool, "-top", "a.pb.gz", cwd=tmp_path)
    rows = re.findall(r"^ *(\d+)(?:ns)? +\S+ +\S+ +(\d+)(?:ns)? +\S+ +(\w+)$", top, re.MULTILINE)
    assert {name: (int(flat), int(cum)) for flat, cum, name in rows} == {
        "main": (300_000, 1_000_000),
        "work": (400_000, 400_000),
        "rec": (300_000, 300_000),
    }
    listing = output(*pprof_tool, "-list", "main|work", "a.pb.gz", cwd=tmp_path)
    assert re.search(r"100000ns +400000ns +3: +work\(n\)\n", listing)
    assert re.search(r"90000ns +490000ns +4: +return work\(3\) \+ rec\(4\)\n", listing)
    assert re.search(r"400000ns +400000ns +8: +return n \| 1\n", listing)
    hits = output(*pprof_tool[:-1], "-sample_index=hits", "-list", "main", "a.pb.gz", cwd=tmp_path)
    assert re.search(r"^ +3 +6 +3: +work\(n\)$", hits, re.MULTILINE)


def test_go_leaves_names_as_they_are(tmp_path: Path) -> None:
    go = tool("go")
    names = ("<lambda>", "<module>", "f.<locals>.<genexpr>", "A[int].f")
    functions = tuple(
        Function(FunctionKey("app.py", n, name), 1, n, 0, (Line(n, 1, n, n),))
        for n, name in enumerate(names, 1)
    )
    (tmp_path / "a.pb.gz").write_bytes(pprof.encode(Profile((), functions)))
    top = output(go, "tool", "pprof", "-top", "a.pb.gz", cwd=tmp_path)
    assert sorted(line.split()[-1] for line in top.splitlines()[-4:]) == sorted(names)


def test_go_knows_the_program_and_looks_for_nothing_in_it(profile: Profile, tmp_path: Path) -> None:
    go = tool("go")
    for name in ("one.py", "other.py"):
        run = replace(profile.runs[0], argv=(name,))
        (tmp_path / name).write_bytes(pprof.encode(replace(profile, runs=(run,))))
    command = [go, "tool", "pprof", "-top", "-diff_base=one.py", "other.py"]
    environment = {**os.environ, "HOME": str(tmp_path), "PPROF_TMPDIR": str(tmp_path)}
    done = subprocess.run(
        command, check=True, cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert done.stderr == ""
    assert "File: other.py\n" in done.stdout
    # The same functions, whatever the program is called.
    assert "Showing nodes accounting for 0, 0% of" in done.stdout


def test_go_compares_pprof(profile: Profile, tmp_path: Path) -> None:
    go = tool("go")
    slower = replace(
        profile,
        functions=tuple(
            replace(f, total=f.total + 50, lines=(replace(f.lines[0], self_time=300_050),))
            if f.key.name == "rec"
            else f
            for f in profile.functions
        ),
    )
    (tmp_path / "a.pb.gz").write_bytes(pprof.encode(profile))
    (tmp_path / "b.pb.gz").write_bytes(pprof.encode(slower))
    command = (go, "tool", "pprof", "-symbolize=none", "-unit=ns", "-top")
    top = output(*command, "-diff_base=a.pb.gz", "b.pb.gz", cwd=tmp_path)
    (row,) = (line for line in top.splitlines() if line.endswith(" rec"))
    assert row.split()[0] == "50ns"


# callgrind


def test_callgrind_names_the_process(profile: Profile) -> None:
    run = replace(profile.runs[0], pid=4711)
    assert "\npid: 4711\n" in callgrind.encode(replace(profile, runs=(run,))).decode()
    assert "\npid: 0\n" in callgrind.encode(replace(profile, runs=(run, run))).decode()


def test_callgrind(profile: Profile) -> None:
    text = callgrind.encode(profile).decode()
    assert text.startswith("# callgrind format\nversion: 1\ncreator: lineprof\n")
    file = key(profile, "main").file
    assert text.endswith(
        f"""
events: ns Hits

fl=(1) {file}
fn=(1) main
1 10000 0
2 100000 4
3 100000 3
cfi=(1)
cfn=(2) work
calls=3 7
3 300000
4 90000 1
cfi=(1)
cfn=(2)
calls=1 7
4 100000
cfi=(1)
cfn=(3) rec
calls=1 11
4 300000

fl=(1)
fn=(2)
8 400000 4

fl=(1)
fn=(3)
12 300000 5
cfi=(1)
cfn=(3)
calls=4 11
12 200000

totals: 1000000 17
"""
    )


def test_callgrind_stays_one_record_a_line() -> None:
    odd = FunctionKey("a\nfn=(9) evil\n.py", 1, "f\r\n")
    text = callgrind.encode(Profile((Run(argv=("a\nb",)),), (Function(odd, 1, 5),))).decode()
    assert "\\nfn=(9) evil\\n" in text
    assert "cmd: a\\nb\n" in text
    assert "fn=(1) f\\r\\n\n" in text


def test_callgrind_annotate_reads_it(profile: Profile, tmp_path: Path) -> None:
    annotate = tool("callgrind_annotate")
    (tmp_path / "a.callgrind").write_bytes(callgrind.encode(profile))
    text = output(annotate, "--auto=yes", "a.callgrind", cwd=tmp_path)
    plain = re.sub(r" \( ?[\d.]+%\)", "", text)
    assert re.search(r"^ *1,000,000 +17 +PROGRAM TOTALS$", plain, re.MULTILINE)
    assert re.search(r"^ *400,000 +4 +app\.py:work", plain, re.MULTILINE)
    assert re.search(r"^ *100,000 +3 +work\(n\)$", plain, re.MULTILINE)
    assert re.search(r"^ *300,000 +\. +=> .*:work \(3x\)$", plain, re.MULTILINE)


@pytest.fixture
def screen(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of programs with windows, on a screen that nobody sees."""
    server = tool("Xvfb")
    reads, writes = os.pipe()
    with subprocess.Popen(
        [server, "-displayfd", str(writes), "-screen", "0", "1000x700x24"],
        pass_fds=[writes],
        stderr=subprocess.DEVNULL,
    ) as process:
        os.close(writes)
        with open(reads, encoding="ascii") as number:
            display = f":{number.readline().strip()}"
        yield {
            **os.environ,
            "DISPLAY": display,
            "HOME": str(tmp_path),
            "XDG_RUNTIME_DIR": str(tmp_path),
            "QT_QPA_PLATFORM": "xcb",
        }
        process.terminate()


def test_kcachegrind_opens_it(profile: Profile, tmp_path: Path, screen: dict[str, str]) -> None:
    session, viewer, windows = tool("dbus-run-session"), tool("kcachegrind"), tool("xwininfo")
    tmp_path.chmod(0o700)
    (tmp_path / "a.callgrind").write_bytes(callgrind.encode(profile))
    command = [session, "--", viewer, "a.callgrind"]
    quiet: Any = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(command, cwd=tmp_path, env=screen, start_new_session=True, **quiet)
    try:
        # Once it has read the file, its window is called that; of a fault another one tells.
        found = ""
        end = time.monotonic() + 60
        while '"a.callgrind [' not in found and '"Error' not in found and time.monotonic() < end:
            time.sleep(0.2)
            tree = subprocess.run(
                [windows, "-root", "-tree"], check=True, env=screen, capture_output=True, text=True
            )
            found = tree.stdout
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()
    assert '"a.callgrind [' in found


@pytest.mark.parametrize("format_", ["callgrind", "pstats", "collapse"])
def test_gprof2dot_draws_the_graph(format_: str, profile: Profile, tmp_path: Path) -> None:
    gprof2dot = tool("gprof2dot")
    writers = {"callgrind": callgrind, "pstats": rollup, "collapse": collapsed}
    (tmp_path / "a").write_bytes(writers[format_].encode(profile))
    graph = output(gprof2dot, "-n0", "-e0", "-f", format_, "a", cwd=tmp_path)
    for name in ("main", "work", "rec"):
        assert name in graph
    assert re.search(r"(100\.00%|100\.0%)", graph)
    assert "<svg" in output(tool("dot"), "-Tsvg", cwd=tmp_path, data=graph.encode())


# pstats


def test_pstats_agrees_with_the_model(profile: Profile, tmp_path: Path) -> None:
    path = tmp_path / "a.prof"
    path.write_bytes(rollup.encode(profile))
    stats: Any = pstats.Stats(str(path), stream=io.StringIO())
    for function in profile.functions:
        place = (function.key.file, function.key.first_line, function.key.name)
        _, calls, own, whole, _ = stats.stats[place]
        assert calls == function.calls
        assert own == pytest.approx(function.self_time / 1e9)
        assert whole == pytest.approx(function.total / 1e9)
    main, work, rec = (
        (k.file, k.first_line, k.name) for k in (key(profile, n) for n in ("main", "work", "rec"))
    )
    assert stats.stats[rec][:2] == (1, 5)
    assert stats.stats[work][4] == {main: (4, 4, pytest.approx(0.0004), pytest.approx(0.0004))}
    assert stats.stats[rec][4][rec][:2] == (4, 0)
    assert stats.total_calls == 10
    stats.sort_stats("cumulative").print_stats().print_callers().print_callees()


def test_pstats_knows_callees_that_were_left_out(profile: Profile) -> None:
    stats = marshal.loads(rollup.encode(replace(profile, functions=profile.functions[:1])))
    assert {name for _, _, name in stats} == {"main", "work", "rec"}


@pytest.mark.filterwarnings("default")
def test_snakeviz_and_tuna_load_pstats(profile: Profile, tmp_path: Path) -> None:
    path = tmp_path / "a.prof"
    path.write_bytes(rollup.encode(profile))
    found = [name for name in ("snakeviz", "tuna") if importlib.util.find_spec(name)]
    if not found:
        pytest.skip("neither snakeviz nor tuna is installed")
    if "snakeviz" in found:
        from snakeviz.stats import json_stats, table_rows

        stats = pstats.Stats(str(path))
        assert len(table_rows(stats)) == 3
        assert len(json_stats(stats)) == 3
    if "tuna" in found:
        from tuna.main import read

        assert "work" in json.dumps(read(str(path)))


# speedscope, collapsed


def test_speedscope(profile: Profile) -> None:
    found = json.loads(speedscope.encode(profile))
    assert found["$schema"] == "https://www.speedscope.app/file-format-schema.json"
    assert set(found) <= {"$schema", "shared", "profiles", "name", "activeProfileIndex", "exporter"}
    frames = found["shared"]["frames"]
    for frame in frames:
        assert set(frame) <= {"name", "file", "line", "col"}
        assert isinstance(frame["name"], str)
        assert isinstance(frame["line"], int)
    assert {"app.py:3  work(n)", "main", "rec"} <= {frame["name"] for frame in frames}
    assert [one["unit"] for one in found["profiles"]] == ["nanoseconds", "none"]
    for one, total in zip(found["profiles"], (1_000_000, 17), strict=True):
        assert set(one) == {"type", "name", "unit", "startValue", "endValue", "samples", "weights"}
        assert one["type"] == "sampled"
        assert (one["startValue"], one["endValue"]) == (0, total)
        assert len(one["samples"]) == len(one["weights"])
        assert sum(one["weights"]) == total
        assert all(weight > 0 for weight in one["weights"])
        for stack in one["samples"]:
            assert all(0 <= index < len(frames) for index in stack)
            assert frames[stack[0]]["name"] == "main"


def test_collapsed(profile: Profile) -> None:
    lines = collapsed.encode(profile).decode().splitlines()
    matches = [re.fullmatch(r"(main(?:;[^;]+)*) (\d+)", line) for line in lines]
    assert sum(int(match[2]) for match in matches if match) == 1_000_000
    assert "main;app.py:3;work;app.py:8 300000" in lines


def test_collapsed_keeps_its_separators_to_itself() -> None:
    odd = FunctionKey("a;b\n.py", 1, "f;g")
    assert collapsed.encode(Profile((), (Function(odd, 1, 5),))) == b"f:g;a:b\\n.py:1 5\n"


# json, csv, markdown


def test_json(profile: Profile) -> None:
    found = json.loads(document.encode(profile))
    assert (found["format"], found["version"], found["unit"]) == ("lineprof-json", "1.0", "ns")
    assert found["total"] == 990_000
    assert found["runs"][0]["argv"] == ["app.py", "x"]
    main, work, _ = found["functions"]
    assert main["lines"][0] == {"line": 1, "text": "def main():"}
    assert main["lines"][2] == {
        "line": 3,
        "text": "        work(n)",
        "hits": 3,
        "total": 400_000,
        "self": 100_000,
        "suspended": 0,
        "per_hit": pytest.approx(133333.333),
        "percent": 40.0,
        "calls": 3,
    }
    assert main["edges"][0] == {
        "line": 3,
        "callee": {"name": "work", "file": main["file"], "line": 7},
        "calls": 3,
        "total": 300_000,
    }
    assert (work["calls"], work["hits"], work["suspended"]) == (4, 4, 7_000)


def test_json_has_threads(profile: Profile) -> None:
    threaded = replace(profile, threads=(Thread(9, profile.functions[1:2]),))
    (thread,) = json.loads(document.encode(threaded))["threads"]
    assert (thread["ident"], thread["functions"][0]["name"]) == (9, "work")


def test_csv(profile: Profile) -> None:
    rows = list(csv.DictReader(io.StringIO(spreadsheet.encode(profile).decode(), newline="")))
    assert len(rows) == 5
    row = rows[1]
    assert (row["function"], row["line"], row["hits"], row["time_ns"]) == (
        "main", "3", "3", "400000",
    )  # fmt: skip
    assert (row["self_ns"], row["calls"], row["text"]) == ("100000", "3", "        work(n)")
    assert rows[3]["await_ns"] == "7000"


def test_csv_quotes() -> None:
    function = Function(
        FunctionKey('a,"b".py', 1, "f"), 1, 1, 0, (Line(1, 1, 1, 1),), (), 'x = "a,b"\n'
    )
    (row,) = csv.DictReader(io.StringIO(spreadsheet.encode(Profile((), (function,))).decode()))
    assert (row["file"], row["text"]) == ('a,"b".py', 'x = "a,b"')


def test_markdown(profile: Profile) -> None:
    text = markdown.encode(profile).decode()
    assert "| `main` | 1 | 1.00 ms | 290 µs |\n" in text
    blanks = "\N{NO-BREAK SPACE}" * 4
    assert f"| 8 | 4 | 400 µs | 100 µs | 100.0 | `{blanks}return n \\| 1` |\n" in text
    assert markdown.encode(Profile((), ())).startswith(b"Nothing was measured: no function")


def test_markdown_as_it_is_rendered(profile: Profile) -> None:
    renderer = pytest.importorskip("markdown_it").MarkdownIt("commonmark").enable("table")
    html = renderer.render(markdown.encode(profile).decode())
    rows = [
        [re.sub("<.*?>", "", cell) for cell in re.findall("<t[hd].*?</t[hd]>", row)]
        for row in re.findall("<tr>.*?</tr>", html, re.DOTALL)
    ]
    assert ["main", "1", "1.00 ms", "290 µs"] in rows
    blanks = "\N{NO-BREAK SPACE}" * 4
    assert ["8", "4", "400 µs", "100 µs", "100.0", f"{blanks}return n | 1"] in rows
    assert ["app.py:8", "40.4", "400 µs", "4", "return n | 1"] in rows
    assert {len(row) for row in rows} == {4, 5, 6}
    beside = re.sub("<table>.*?</table>", "", html, flags=re.DOTALL)
    assert "|" not in beside
    assert (
        "<p><strong>990 µs in profiled code</strong> · ran 3.00 ms · <code>app.py x</code></p>"
    ) in beside
    assert beside.count("<details>") == beside.count("</details>") == 3


def test_markdown_escapes_names(profile: Profile) -> None:
    name = "f.<locals>.</summary>*x*"
    hostile = replace(profile.functions[0], key=FunctionKey("<b>_a_.py", 1, name))
    text = markdown.encode(Profile(profile.runs * 2, (hostile,))).decode()
    assert "<code>f.&lt;locals&gt;.&lt;/summary&gt;*x*</code>" in text
    assert "(<code>&lt;b&gt;_a_.py:1</code>)" in text
    assert "290 µs in profiled code** · 2 runs\n" in text


def test_markdown_of_what_took_no_time(profile: Profile) -> None:
    quick = replace(profile.functions[1], total=0, lines=(Line(8, 4, 0, 0),))
    text = markdown.encode(Profile((), (quick,))).decode()
    assert text.startswith("**0 ns in profiled code**\n\n| Function |")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", ""),
        ("x", "`x`"),
        ("a|b", "`a\\|b`"),
        ("a ` b", "``a ` b``"),
        ("`", "`` ` ``"),
        ("<script>", "`<script>`"),
        ("x" * 300, f"`{'x' * 200}…`"),
        ("a\x1b[31m\n", "`a\\x1b[31m\\n`"),
        ("\tx  ", "`\N{NO-BREAK SPACE}\N{NO-BREAK SPACE}\N{NO-BREAK SPACE}\N{NO-BREAK SPACE}x`"),
    ],
)
def test_markdown_code(text: str, code: str) -> None:
    assert markdown.code(text) == code


def test_markdown_fits_a_comment_unless_more_is_asked_for() -> None:
    functions = tuple(
        Function(
            FunctionKey("a.py", 10 * n, f"f{n}"),
            1,
            n * 1000,
            lines=tuple(Line(10 * n + i, 1, n * 100, n * 100) for i in range(9)),
            source="def f():\n" + "    call(something)\n" * 8,
        )
        for n in range(1, 421)
    )
    profile = Profile((), functions)
    whole = markdown.encode(profile, size=None).decode()
    assert whole.count("<details>") == 420
    assert "left out" not in whole
    data = markdown.encode(profile)
    assert 60_000 < len(data) <= 65_000
    text = data.decode()
    shown = text.count("<details>")
    assert f"*{420 - shown} more functions, with " in text
    assert "`--top` says how many to show" in text
    assert text.count("| `f") == shown
    assert "`f420`" in text
    # One function that is too long for a comment is named, without its lines.
    long = replace(
        functions[0], source="def f():\n", lines=tuple(Line(n, 1, 9, 9) for n in range(10, 3000))
    )
    text = markdown.encode(Profile((), (long,))).decode()
    assert "| `f1` |" in text
    assert len(text.encode()) < 65_000
