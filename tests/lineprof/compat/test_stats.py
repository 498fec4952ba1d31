"""LineStats: the shape that code written for line_profiler expects."""

from __future__ import annotations

import copy
import io
import pickle
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from lineprof.compat.stats import LineStats, load_stats, show_func, show_text
from lineprof.errors import FileFormatError, LineprofError
from lineprof.files.lprof import load, save
from lineprof.model.profile import Function, FunctionKey, Line, Profile, Run

F = FunctionKey("a.py", 1, "f")
G = FunctionKey("b.py", 4, "C.g")
FUNCTION = Function(
    F, 1, 5_000, 1_000, (Line(2, 2, 5_000, 4_000, 7, 1_000, 500),), (), "def f():\n  x\n"
)
PROFILE = Profile((Run(pid=1),), (FUNCTION, Function(G, 0, 0)))
A, B, Y, Z = ("a", 1, "b"), ("b", 1, "b"), ("y", 1, "b"), ("z", 1, "b")


def printed(stats: LineStats) -> str:
    stream = io.StringIO()
    stats.print(stream)
    return stream.getvalue()


def test_from_a_profile() -> None:
    stats = LineStats.from_profile(PROFILE)
    assert stats.unit == 1e-9
    assert stats.timings == {("a.py", 1, "f"): [(2, 2, 4_000)], ("b.py", 4, "C.g"): []}
    assert stats.profile == PROFILE
    assert LineStats.from_profile(PROFILE, raw=True).timings["a.py", 1, "f"] == [(2, 2, 5_000)]


def test_prints_corrected_or_raw_times_with_the_stored_source() -> None:
    text = printed(LineStats.from_profile(PROFILE))
    assert "Total time: 4e-06 s\n" in text
    assert "     2         2       4000.0   2000.0    100.0    x\n" in text
    assert "Total time: 5e-06 s\n" in printed(LineStats.from_profile(PROFILE, raw=True))


def test_prints_to_standard_output_by_default(capsys: pytest.CaptureFixture[str]) -> None:
    LineStats({A: [(1, 2, 3)]}, 1e-6).print(output_unit=1e-3)
    assert capsys.readouterr().out.startswith("Timer unit: 0.001 s\n\nTotal time: 3e-06 s\n")


def test_changed_timings_are_what_counts() -> None:
    stats = LineStats.from_profile(PROFILE)
    stats.timings["a.py", 1, "f"] = [(2, 9, 50)]
    del stats.timings["b.py", 4, "C.g"]
    assert stats.profile == Profile(PROFILE.runs, (Function(F, 0, 50, 0, (Line(2, 9, 50, 50),)),))


def test_without_a_profile_the_timings_make_one() -> None:
    stats = LineStats({A: [(2, 1, 7), (1, 2, 3)]}, 1e-6)
    lines = (Line(1, 2, 3_000, 3_000), Line(2, 1, 7_000, 7_000))
    assert stats.profile == Profile((), (Function(FunctionKey(*A), 0, 10_000, 0, lines),))


def test_large_times_stay_exact() -> None:
    for unit, factor in ((1e-9, 1), (1e-7, 100), (1e-6, 1000), (1.0, 10**9)):
        stats = LineStats({A: [(1, 1, 10**17 + 1)]}, unit)
        assert stats.profile.functions[0].lines[0].total == (10**17 + 1) * factor


def test_to_and_from_files(tmp_path: Path) -> None:
    stats = LineStats.from_profile(PROFILE)
    stats.to_file(tmp_path / "one.lprof")
    assert load(tmp_path / "one.lprof") == PROFILE
    LineStats({("a.py", 1, "f"): [(2, 1, 1)], A: [(1, 1, 1)]}, 1e-6).to_file(tmp_path / "two.lprof")
    both = LineStats.from_files(tmp_path / "one.lprof", str(tmp_path / "two.lprof"))
    assert both.timings == {
        A: [(1, 1, 1_000)],
        ("a.py", 1, "f"): [(2, 3, 5_000)],
        ("b.py", 4, "C.g"): [],
    }
    assert both.profile.runs == PROFILE.runs
    (tmp_path / "bad.lprof").write_text("x")
    with pytest.raises(FileFormatError):
        LineStats.from_files(tmp_path / "one.lprof", tmp_path / "bad.lprof")


def test_a_printed_file_shows_what_the_profile_shows(tmp_path: Path) -> None:
    save(PROFILE, tmp_path / "x.lprof")
    assert printed(LineStats.from_files(tmp_path / "x.lprof")) == printed(
        LineStats.from_profile(PROFILE)
    )


def test_sums_are_in_the_coarser_unit_and_rounded_once() -> None:
    # As line_profiler 5.1.0 adds these.
    one = LineStats({A: [(1, 2, 3)], Z: [(1, 2, 3)]}, 1e-6)
    other = LineStats({A: [(1, 2, 1501), (2, 1, 1)], Y: [(1, 2, 499)]}, 1e-9)
    expected = {A: [(1, 4, 5), (2, 1, 0)], Y: [(1, 2, 0)], Z: [(1, 2, 3)]}
    for added in (one + other, other + one):
        assert added.timings == expected
        assert added.unit == 1e-6
    assert LineStats.from_stats_objects(one, other, other).timings == {
        A: [(1, 6, 6), (2, 2, 0)],
        Y: [(1, 4, 1)],
        Z: [(1, 2, 3)],
    }
    assert one.timings == {A: [(1, 2, 3)], Z: [(1, 2, 3)]}


def test_anything_with_timings_and_a_unit_can_be_added() -> None:
    foreign = SimpleNamespace(timings={A: ((1, 2, 3),)}, unit=1e-6)
    assert LineStats.from_stats_objects(foreign) == LineStats({A: [(1, 2, 3)]}, 1e-6)
    assert (LineStats({}, 1e-6) + foreign) == foreign_as_list()


def test_statistics_are_equal_in_any_unit(tmp_path: Path) -> None:
    """As they are after a file, which keeps nanoseconds."""
    stats = LineStats({A: [(2, 3, 3600)]}, 1 / 64)
    stats.to_file(tmp_path / "1.lprof")
    assert LineStats.from_files(tmp_path / "1.lprof") == stats
    assert stats != LineStats({A: [(2, 3, 3600)]}, 1 / 32)
    assert stats != 3


def foreign_as_list() -> LineStats:
    return LineStats({A: [(1, 2, 3)]}, 1e-6)


def test_sums_of_profiles_keep_all_that_is_known() -> None:
    stats = LineStats.from_profile(PROFILE)
    assert (stats + stats).profile == PROFILE + PROFILE
    stats += stats
    assert stats.profile == PROFILE + PROFILE
    assert stats.timings["a.py", 1, "f"] == [(2, 4, 8_000)]


def test_equality_is_of_timings_and_unit() -> None:
    stats = LineStats({A: [(1, 2, 3)]}, 1e-6)
    assert stats == SimpleNamespace(timings={A: [(1, 2, 3)]}, unit=1e-6)
    assert stats != LineStats({A: [(1, 2, 3)]}, 1e-9)
    assert stats != LineStats({B: [(1, 2, 3)]}, 1e-6)
    assert stats != 3
    with pytest.raises(TypeError, match="unhashable"):
        hash(stats)


def test_repr() -> None:
    assert repr(LineStats({}, 1e-9)) == "LineStats({}, 1E-09)"
    assert repr(LineStats({A: [(1, 2, 3)]}, 2.5e-7)) == (
        "LineStats({('a', 1, 'b'): [(1, 2, 3)]}, 2.5E-07)"
    )


def test_show_text_and_show_func() -> None:
    timings = {("gone.py", 3, "f"): [(3, 1, 5)], ("gone.py", 9, "g"): []}
    whole, one = io.StringIO(), io.StringIO()
    show_text(timings, 1e-9, stream=whole, stripzeros=True)
    for (file, line, name), rows in timings.items():
        show_func(file, line, name, rows, 1e-9, stream=one, stripzeros=True)
    assert "     3         1          5.0      5.0    100.0  \n" in one.getvalue()
    assert whole.getvalue() == "Timer unit: 1e-09 s\n\n" + one.getvalue()


def order(text: str) -> list[str]:
    return [line.split()[1] for line in text.splitlines() if line.startswith("File: ")]


def test_functions_are_listed_in_the_order_of_the_timings(tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("z.py", "a.py")]
    for file in files:
        file.write_text("def f(): pass\n")
    stats = LineStats({(str(file), 1, "f"): [(1, 1, 2)] for file in files}, 1e-9)
    assert order(printed(stats)) == list(map(str, files))
    assert [f.key.file for f in stats.profile.functions] == sorted(map(str, files))


def test_rich_is_the_view_for_terminals(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("rich")
    stats = LineStats.from_profile(PROFILE)
    row = ("a.py", 1, "f", [(1, 3, 2)], 1e-9)
    printers: list[Callable[[io.StringIO], None]] = [
        lambda stream: stats.print(stream, rich=True),
        lambda stream: show_text(stats.timings, stats.unit, stream=stream, rich=True),
        lambda stream: show_func(*row, stream=stream, rich=True),
    ]
    for forced in (False, True):
        monkeypatch.delenv("NO_COLOR", raising=False)
        monkeypatch.setenv("FORCE_COLOR", "1" if forced else "0")
        for printer in printers:
            stream = io.StringIO()
            printer(stream)
            assert ("\x1b" in stream.getvalue()) is forced
            assert ("Line Contents" in stream.getvalue()) is not forced


def test_widths_of_columns_come_from_the_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wide, other = tmp_path / "lineprof.toml", tmp_path / "other.toml"
    wide.write_text("[tool.lineprof.show.column_widths]\nhits = 20\n")
    other.write_text("[tool.line_profiler.show.column_widths]\nline = 10\nhits = 3\n")
    monkeypatch.chdir(tmp_path)
    rows = [(1, 1, 2)]
    heads = []
    for config in (None, True, False, str(other), other):
        streams = io.StringIO(), io.StringIO()
        LineStats({A: rows}, 1e-9).print(streams[0], config=config)
        show_func(*A, rows, 1e-9, stream=streams[1], config=config)
        head, again = (
            next(line for line in stream.getvalue().splitlines() if "Line Contents" in line)
            for stream in streams
        )
        assert head == again
        heads.append((head.index("#"), head.index("Hits")))
    assert heads[0] == heads[1] == (5, 23)
    assert heads[2] == (5, 12)
    assert heads[3] == heads[4] == (9, 16)


def test_a_configuration_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(LineprofError, match="cannot read configuration"):
        LineStats({A: []}, 1e-9).print(io.StringIO(), config=str(tmp_path / "no.toml"))


def test_stats_that_line_profiler_pickled() -> None:
    """Programs that keep them do not ask us to read them: `pickle` fills an object of ours."""
    stats = LineStats.__new__(LineStats)
    vars(stats).update(timings={("gone.py", 1, "f"): [(2, 3, 40)]}, unit=1e-6)
    stream = io.StringIO()
    stats.print(stream)
    assert "     2         3         40.0     13.3    100.0" in stream.getvalue()
    assert (stats + stats).timings == {("gone.py", 1, "f"): [(2, 6, 80)]}
    assert [f.hits for f in stats.profile.functions] == [3]
    assert pickle.loads(pickle.dumps(stats)) == stats == copy.deepcopy(stats)


def test_a_pickle_of_stats_is_a_file_that_is_read(tmp_path: Path) -> None:
    """Programs pickle them, as pytest-autoprofile does."""
    stats = LineStats({("a.py", 1, "f"): [(2, 3, 40)]}, 1e-9)
    path = tmp_path / "x.lprof"
    path.write_bytes(pickle.dumps(stats))
    assert load_stats(path) == stats
    assert pickle.loads(path.read_bytes()) == stats


def test_files_may_be_paths() -> None:
    key = (Path("a.py"), 1, "f")
    rows = [(2, 3, 40)]
    texts = []
    for file in ("a.py", Path("a.py")):
        out = io.StringIO()
        show_text({(file, 1, "f"): rows}, 1e-9, stream=out)  # type: ignore[dict-item]
        show_func(file, 1, "f", rows, 1e-9, stream=out)  # type: ignore[arg-type]
        texts.append(out.getvalue())
    assert texts[0] == texts[1]
    assert "Could not find file a.py" in texts[0]
    assert LineStats({key: rows}, 1e-9).profile.functions[0].key == F  # type: ignore[dict-item]


def test_any_truth_sorts_and_a_unit_has_to_make_sense() -> None:
    timings = {("a.py", 1, "f"): [(2, 3, 40)], ("a.py", 9, "g"): [(10, 3, 4)]}
    for sort in (1, "yes", [1]):
        out = io.StringIO()
        show_text(timings, 1e-9, stream=out, sort=sort, details=False, summarize=True)  # type: ignore[arg-type]
        assert [line[-1] for line in out.getvalue().splitlines()[2:]] == ["g", "f"]
    with pytest.raises(LineprofError, match="not a positive number of seconds: 0"):
        show_text(timings, 1e-9, 0, io.StringIO())
    with pytest.raises(LineprofError, match="not a positive number of seconds: 0"):
        show_func("a.py", 1, "f", [(2, 3, 40)], 1e-9, 0, io.StringIO())
