"""Files of line_profiler: read for what they hold, and never run."""

from __future__ import annotations

import pickle
import pickletools
import random
import subprocess
import sys
import tracemalloc
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from lineprof import LineStats
from lineprof.commands import main
from lineprof.commands.options import load_added
from lineprof.errors import FileFormatError
from lineprof.files import line_profiler_pickle, lprof
from lineprof.files.stat_rows import key_of, named_alike
from lineprof.model.profile import Function, FunctionKey, Line, Profile, Run
from tests.support import GOLDEN, ROOT

GOLDEN = GOLDEN / "pickles"
MODULES = ("line_profiler.line_profiler", "line_profiler._line_profiler")
TIMINGS = {
    ("/home/zoë/a.py", 3, "f"): [(4, 1, 70), (5, 300, 5_000_000_000), (900, 70_000, 0)],
    ("a.py", 70_000, "C.g"): [],
}
UNIT = 1e-7


class TheirStats:
    """As line_profiler has it, as far as a pickle can tell."""

    def __init__(self, timings: object, unit: object) -> None:
        self.timings, self.unit = timings, unit


TheirStats.__name__ = TheirStats.__qualname__ = "LineStats"


def pickled(
    monkeypatch: pytest.MonkeyPatch,
    timings: object = TIMINGS,
    unit: object = UNIT,
    *,
    module: str = MODULES[0],
    protocol: int = pickle.HIGHEST_PROTOCOL,
) -> bytes:
    """What line_profiler writes."""
    fake = ModuleType(module)
    fake.LineStats = TheirStats  # type: ignore[attr-defined]
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "line_profiler", ModuleType("line_profiler"))
        patch.setitem(sys.modules, module, fake)
        patch.setattr(TheirStats, "__module__", module)
        return pickle.dumps(TheirStats(timings, unit), protocol)


# -- what line_profiler writes ---------------------------------------------------------------


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@pytest.mark.parametrize("module", MODULES)
def test_every_protocol_and_both_names(
    module: str, protocol: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    profile = line_profiler_pickle.loads(pickled(monkeypatch, module=module, protocol=protocol))
    assert profile == Profile(
        (Run(clock="wall", tick=1e-7),),
        (
            Function(
                FunctionKey("/home/zoë/a.py", 3, "f"),
                0,
                500_000_007_000,
                0,
                (
                    Line(4, 1, 7_000, 7_000),
                    Line(5, 300, 500_000_000_000, 500_000_000_000),
                    Line(900, 70_000, 0, 0),
                ),
            ),
            Function(FunctionKey("a.py", 70_000, "C.g"), 0, 0),
        ),
    )


@pytest.mark.parametrize(("version", "method"), [("3.3.1", "m"), ("4.0.3", "m"), ("5.1.0", "C.m")])
def test_files_that_line_profiler_wrote(version: str, method: str) -> None:
    profile = lprof.load(GOLDEN / f"line_profiler-{version}.pickle")
    assert [function.key for function in profile.functions] == [
        FunctionKey("t.py", 1, "f"),
        FunctionKey("t.py", 8, method),
    ]
    lines = {line.number: line.hits for line in profile.functions[0].lines}
    assert (lines[3], lines[5], lines[6]) == (2, 110, 2)
    assert profile.functions[0].total > 0


def test_text_of_python_2() -> None:
    data = (
        b"\x80\x02cline_profiler._line_profiler\nLineStats\n)\x81}(U\x07timings}U\x04a.pyK\x01"
        b"T\x01\x00\x00\x00f\x87](K\x02K\x01\x8a\x05\xff\xff\xff\xff\x00\x87esU\x04unit"
        b"G>\xb0\xc6\xf7\xa0\xb5\xed\x8dub."
    )
    (function,) = line_profiler_pickle.loads(data).functions
    assert function.key == FunctionKey("a.py", 1, "f")
    assert function.lines == (Line(2, 1, 4294967295000, 4294967295000),)


def test_a_line_that_is_there_twice_is_added_up(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = {("a.py", 1, "f"): [(2, 1, 10), (2, 2, 20), (1, 1, 1)]}
    (function,) = line_profiler_pickle.loads(pickled(monkeypatch, rows, 1e-9)).functions
    assert function.lines == (Line(1, 1, 1, 1), Line(2, 3, 30, 30))
    assert function.total == 31


def test_many_functions_and_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    # More than pickle puts into one batch, more than 256 values in the memo.
    timings = {
        ("big.py", first, f"f{first}"): [(n, n * 7, n * 1_000_000) for n in range(1, 2_500)]
        for first in range(20)
    }
    for protocol in (2, 4):
        profile = line_profiler_pickle.loads(pickled(monkeypatch, timings, 1e-9, protocol=protocol))
        assert len(profile.functions) == 20
        assert {len(function.lines) for function in profile.functions} == {2_499}
        assert profile.functions[3].lines[-1] == Line(2499, 17493, 2499000000, 2499000000)


# -- what we write for it --------------------------------------------------------------------


def test_what_is_written_is_read_again_with_corrected_times() -> None:
    key = FunctionKey("a.py", 1, "f")
    line = Line(2, 3, 100, 90, suspended=5, total_cost=40, self_cost=40)
    data = line_profiler_pickle.dumps(Profile((Run(pid=3),), (Function(key, 3, 100, 40, (line,)),)))
    assert line_profiler_pickle.loads(data).functions == (
        Function(key, 0, 60, 0, (Line(2, 3, 60, 60),)),
    )


def test_what_is_written_is_what_pickle_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    module = MODULES[1]
    fake = ModuleType(module)
    fake.LineStats = TheirStats  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "line_profiler", ModuleType("line_profiler"))
    monkeypatch.setitem(sys.modules, module, fake)
    stats = pickle.loads(
        line_profiler_pickle.dumps(line_profiler_pickle.loads(pickled(monkeypatch, unit=1e-9)))
    )
    assert type(stats) is TheirStats
    assert stats.timings == TIMINGS
    assert stats.unit == 1e-9


# -- hostile files ---------------------------------------------------------------------------


class Reduced:
    def __init__(self, *reduction: object) -> None:
        self._reduction = reduction

    def __reduce__(self) -> Any:
        return self._reduction


class Built:
    pass


HEAD = b"\x80\x04\x8c\x1bline_profiler.line_profiler\x8c\tLineStats\x93)\x81"
STATE = b"}(\x8c\x07timings"

HOSTILE: dict[str, tuple[bytes, str]] = {
    "reduce": (pickle.dumps(Reduced(print, ("owned",))), "wants builtins.print"),
    "reduce of a known class": (HEAD[:-2] + b")R.", "has the instruction REDUCE at byte 44"),
    "reduce, protocol 2": (b"\x80\x02cos\nsystem\nU\x02id\x85R.", "wants os.system"),
    "global": (b"\x80\x04\x8c\x02os\x8c\x06system\x93.", "wants os.system"),
    "global with dots": (
        b"\x80\x04\x8c\x1bline_profiler.line_profiler\x8c\x13LineStats.__class__\x93.",
        "wants line_profiler.line_profiler.LineStats.__class__",
    ),
    "global through a module": (
        b"\x80\x04\x8c\x1bline_profiler.line_profiler\x8c\x0cpickle.loads\x93.",
        "wants line_profiler.line_profiler.pickle.loads",
    ),
    "global with escapes": (b"\x80\x02ca\x1b[31m\nb\n.", r"wants a\x1b[31m.b"),
    "long global": (b"\x80\x02c" + b"a" * 5000 + b"\nb\n.", "wants aaaa"),
    "inst": (b"\x80\x02(ios\nsystem\n.", "has the instruction INST"),
    "obj": (b"\x80\x02(o.", "has the instruction OBJ"),
    "newobj with arguments": (HEAD[:-2] + b"K\x01\x85\x81.", "has the instruction TUPLE1"),
    "newobj of text": (b"\x80\x04\x8c\x01a)\x81.", "a Python pickle, not a profile"),
    "newobj_ex": (HEAD[:-1] + b"}\x92.", "has the instruction NEWOBJ_EX"),
    "build of another object": (b"\x80\x04}}b.", "a Python pickle, not a profile"),
    "build with a tuple": (HEAD + b"K\x01K\x01K\x01\x87b.", "a Python pickle, not a profile"),
    "build twice": (HEAD + b"}b}b.", "a Python pickle, not a profile"),
    "a plain object": (
        pickle.dumps(Built()),
        "wants tests.lineprof.files.test_line_profiler_pickle.Built",
    ),
    "persistent id": (b"\x80\x02Pabc\n.", "has the instruction PERSID"),
    "binary persistent id": (b"\x80\x02K\x01Q.", "has the instruction BINPERSID"),
    "extension": (b"\x80\x02\x82\x01.", "has the instruction EXT1"),
    "extensions": (b"\x80\x02\x84\x01\x00\x00\x00.", "has the instruction EXT4"),
    "buffer": (b"\x80\x05\x97.", "has the instruction NEXT_BUFFER"),
    "bytearray": (
        b"\x80\x05\x96\xff\xff\xff\xff\xff\xff\xff\x7f.",
        "has the instruction BYTEARRAY8",
    ),
    "long text of a number": (b"\x80\x02I" + b"9" * 5000 + b"\n.", "has the instruction INT"),
    "huge number": (HEAD + b"\x8b\xff\xff\xff\x7f.", "has the instruction LONG4"),
    "large number": (HEAD + b"\x8a\x20" + b"\x01" * 32 + b".", "has a number of 32 bytes"),
    "memo bomb": (b"\x80\x02]r\xff\xff\xff\x7f.", "numbers its values at will"),
    "memo of a mark": (b"\x80\x04(\x94.", "a Python pickle, not a profile"),
    "memo that is not there": (b"\x80\x04h\x05.", "damaged"),
    "nested tuples": (
        b"\x80\x04K\x01K\x01K\x01\x87\x94h\x00h\x00\x87.",
        "has a value in two places",
    ),
    "tuple in a tuple": (
        b"\x80\x04K\x01K\x01K\x01\x87K\x01K\x01\x87.",
        "a Python pickle, not a profile",
    ),
    "empty tuple": (b"\x80\x04])a.", "a Python pickle, not a profile"),
    "nested lists": (b"\x80\x04](]]e.", "a Python pickle, not a profile"),
    "list in itself": (b"\x80\x04]\x94h\x00a.", "has a value in two places"),
    "dict in itself": (
        HEAD + b"}\x94\x8c\x01ah\x00s\x8c\x01bh\x00sb.",
        "has a value in two places",
    ),
    "many dicts": (b"\x80\x04}}}.", "a Python pickle, not a profile"),
    "many marks": (b"\x80\x04" + b"(" * 200_000, "truncated"),
    "many lists": (b"\x80\x04" + b"]" * 200_000, "truncated"),
    "dup": (b"\x80\x04]" + b"2" * 200_000, "has the instruction DUP"),
    "pop": (b"\x80\x04]0.", "has the instruction POP"),
    "shared lines": (
        HEAD + STATE + b"}(\x8c\x01aK\x01\x8c\x01f\x87]\x94\x8c\x01aK\x02\x8c\x01f\x87h\x00u",
        "has a value in two places",
    ),
    "a key twice": (
        HEAD
        + STATE
        + b"}(\x8c\x01aK\x01\x8c\x01f\x87]\x8c\x01aK\x01\x8c\x01f\x87]u\x8c\x04unitG"
        + bytes(8)
        + b"ub.",
        "sets a key twice",
    ),
    "odd items": (b"\x80\x04}(\x8c\x01au.", "a Python pickle, not a profile"),
    "key that cannot be one": (b"\x80\x04}]K\x01s.", "a Python pickle, not a profile"),
    "dict": (pickle.dumps({"a": 1}), "a Python pickle, not a profile"),
    "class without state": (HEAD + b".", "a Python pickle, not a profile"),
    "no value": (b"\x80\x04.", "a Python pickle, not a profile"),
    "too few values": (b"\x80\x04\x87.", "a Python pickle, not a profile"),
    "no mark": (b"\x80\x04]e.", "a Python pickle, not a profile"),
    "unknown instruction": (b"\x80\x04\x01.", "damaged"),
    "protocol of the future": (b"\x80\x05\x80\x09.", "is of another protocol"),
    "text that is none": (b"\x80\x04\x8c\x02\xff\xff.", "damaged"),
    "huge frame": (b"\x80\x04\x95\xff\xff\xff\xff\xff\xff\xff\xff.", "truncated"),
    "huge text": (b"\x80\x04\x8d\xff\xff\xff\xff\xff\xff\xff\x7f.", "truncated"),
    "huge bytes": (b"\x80\x02T\xff\xff\xff\x7f.", "truncated"),
    "nothing": (b"\x80\x04", "truncated"),
    "mark for a value": (b"\x80\x04}\x8c\x01a(s.", "a Python pickle, not a profile"),
    "mark for a name": (b"\x80\x04((\x93.", "wants ."),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused_with_one_line(name: str) -> None:
    data, message = HOSTILE[name]
    with pytest.raises(FileFormatError) as caught:
        line_profiler_pickle.loads(data)
    text = str(caught.value)
    assert message in text
    assert text.isprintable()
    assert len(text) < 200


@pytest.mark.parametrize(
    ("timings", "unit"),
    [
        ({}, 0.0),
        ({}, -1.0),
        ({}, float("nan")),
        ({}, float("inf")),
        ({}, 1e300),
        ({}, None),
        ({}, 1 << 60),
        (None, 1e-9),
        (5, 1e-9),
        ({"a": 1}, 1e-9),
        ({("a", 1, "f"): [(1, 1, -1)]}, 1e-9),
        ({("a", 1, "f"): [(-1, 1, 1)]}, 1e-9),
        ({("a", 1, "f"): [(1, -1, 1)]}, 1e-9),
        ({("a", 1, "f"): [(1, 1, 1 << 62)]}, 1e-6),
        ({("a", 1, "f"): [(1, 1, float("nan"))]}, 1e-9),
        ({("a", 1, "f"): [(1, 1.5, 1)]}, 1e-9),
        ({("a", 1, "f"): [(1, "1", 1)]}, 1e-9),
        ({("a", 1, "f"): [(1, True, 1)]}, 1e-9),
        ({("a", 1, "f"): [(1, 1)]}, 1e-9),
        ({("a", 1, "f"): [[1, 1, 1]]}, 1e-9),
        ({("a", 1, "f"): 1}, 1e-9),
        ({("a", 1, "f"): {}}, 1e-9),
        ({("a", -1, "f"): []}, 1e-9),
        ({("a", 1.0, "f"): []}, 1e-9),
        ({("a", 1): []}, 1e-9),
    ],
)
def test_values_that_make_no_sense(
    timings: object, unit: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(FileFormatError) as caught:
        line_profiler_pickle.loads(pickled(monkeypatch, timings, unit))
    assert "\n" not in str(caught.value)


def test_every_file_cut_off_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for protocol in (2, 4):
        data = pickled(monkeypatch, protocol=protocol)
        for size in range(2, len(data)):
            with pytest.raises(FileFormatError):
                line_profiler_pickle.loads(data[:size])


def test_damaged_files_are_a_profile_or_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(5)
    data = pickled(monkeypatch)
    whole = 0
    for _ in range(3_000):
        changed = bytearray(data)
        for _ in range(rng.choice((1, 1, 2, 5))):
            changed[rng.randrange(2, len(changed))] = rng.randrange(256)
        try:
            assert type(line_profiler_pickle.loads(bytes(changed))) is Profile
            whole += 1
        except FileFormatError as error:
            assert str(error).isprintable()
    assert 0 < whole < 3_000


def test_frames_that_say_too_little_hide_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """`pickle` skips bytes where an argument reaches beyond its frame."""
    data = pickled(monkeypatch)
    assert data[2:3] == pickle.FRAME
    whole = line_profiler_pickle.loads(data)
    for size in range(len(data) - 11):
        changed = data[:3] + size.to_bytes(8, "little") + data[11:]
        assert line_profiler_pickle.loads(changed) == whole


def test_random_instructions_are_refused() -> None:
    rng = random.Random(6)
    known = line_profiler_pickle._TOKENS
    codes = [ord(opcode.code) for opcode in pickletools.opcodes if opcode.name in known]
    for _ in range(3_000):
        body = bytes(rng.choice((*codes, 0, 1, 2)) for _ in range(rng.randrange(1, 60)))
        with pytest.raises(FileFormatError):
            line_profiler_pickle.loads(b"\x80\x04" + body)


def test_memory_is_bounded_by_the_size_of_the_file() -> None:
    size = 1 << 18
    bombs = [
        b"\x80\x04" + b"\x8c\x00\x94" * (size // 3),
        b"\x80\x04" + b"K\x01K\x01K\x01\x87\x94" * (size // 8),
        b"\x80\x04]\x94" + b"(h\x00ah\x00e" * (size // 7),
        b"\x80\x04K\x01K\x01K\x01\x87\x94](" + b"h\x00" * 90_000 + b"e" * size,
    ]
    for bomb in bombs:
        tracemalloc.start()
        try:
            with pytest.raises(FileFormatError):
                line_profiler_pickle.loads(bomb)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert peak < 40 * size


def test_a_file_too_large_is_not_read_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line_profiler_pickle, "SIZE_LIMIT", 1 << 20)
    path = tmp_path / "a.lprof"
    path.write_bytes(b"\x80\x04" + bytes(1 << 22))
    with pytest.raises(FileFormatError, match="larger than 1 MiB"):
        lprof.load(path)


def test_nothing_is_imported_or_run(tmp_path: Path) -> None:
    """In a process of its own, whose imports and calls are watched by an audit hook."""
    path = tmp_path / "evil.lprof"
    path.write_bytes(b"\x80\x04\x8c\x05antig\x8c\x05ravit\x93.")
    watch = (
        "import sys\n"
        "from lineprof.commands import main\nfrom lineprof.files import line_profiler_pickle\n"
        "seen = []\n"
        "sys.addaudithook(lambda name, args: seen.append((name, args)))\n"
        f"status = main.main([{str(path)!r}])\n"
        "bad = [event for event in seen if event[0] in ('pickle.find_class', 'os.system')\n"
        "       or event[0] == 'import' and 'antig' in event[1][0]]\n"
        "print(status, bad)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", watch],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    assert done.stdout == "1 []\n"
    assert done.stderr.startswith(f"lineprof: {path}: a pickle that wants antig.ravit")
    assert done.stderr.count("\n") == 1


# -- on the command line ---------------------------------------------------------------------


def test_files_of_both_kinds_add_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    theirs, ours = tmp_path / "theirs.lprof", tmp_path / "ours.lprof"
    theirs.write_bytes(pickled(monkeypatch, {("a.py", 1, "f"): [(2, 3, 40)]}, 1e-6))
    line = Line(2, 5, 60_000, 60_000)
    lprof.save(
        Profile(
            (Run(clock="wall/tsc"),),
            (Function(FunctionKey("a.py", 1, "f"), 1, 60_000, 0, (line,), (), "def f():\n  x\n"),),
        ),
        ours,
    )
    assert main.main([str(theirs), str(ours)]) == 0
    out = capsys.readouterr().out
    assert "Total time: 0.0001 s\n" in out
    assert "     2         8        100.0     12.5    100.0    x\n" in out


@pytest.mark.parametrize(
    ("theirs", "added"),
    [
        (("/x/s.py", 3, "method"), True),
        (("/x/s.py", 3, "C.method"), True),
        (("s.py", 3, "method"), True),
        (("./s.py", 3, "C.method"), True),
        (("../x/s.py", 3, "method"), False),
        (("/y/s.py", 3, "method"), False),
        (("s.py", 4, "method"), False),
        (("s.py", 3, "D.method"), False),
        (("s.py", 3, "ethod"), False),
        (("y/s.py", 3, "method"), False),
    ],
)
def test_names_that_say_less_mean_the_same_function(
    theirs: tuple[str, int, str], added: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = tmp_path / "old.lprof", tmp_path / "new.lprof"
    old.write_bytes(pickled(monkeypatch, {theirs: [(theirs[1] + 1, 2, 20)]}, 1e-9))
    method = FunctionKey("/x/s.py", 3, "C.method")
    ours = Function(method, 1, 5, 0, (Line(4, 1, 5, 5),))
    lprof.save(Profile((Run(lineprof="1", clock="wall"),), (ours,)), new)
    for files in ((old, new), (new, old)):
        found = load_added([str(file) for file in files]).functions
        assert (len(found) == 1) is added
        assert LineStats.from_files(*files).timings[key_of(ours)] == [
            (4, 3, 25) if added else (4, 1, 5)
        ]


def test_a_name_that_may_mean_two_functions_is_left_alone() -> None:
    one, two = FunctionKey("/x/s.py", 1, "A.<lambda>"), FunctionKey("/x/s.py", 1, "B.<lambda>")
    ours = Profile((Run(lineprof="1"),), (Function(one, 1, 1), Function(two, 1, 1)))
    theirs = Profile((Run(),), (Function(FunctionKey("s.py", 1, "<lambda>"), 0, 1),))
    assert named_alike([ours, theirs]) == [ours, theirs]


def test_convert_to_line_profiler_and_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("old.lprof").write_bytes(pickled(monkeypatch))
    assert main.main(["convert", "old.lprof", "--to", "lineprof"]) == 0
    assert capsys.readouterr().out == "Wrote 'old.lineprof.lprof'\n"
    assert Path("old.lineprof.lprof").read_bytes().startswith(b"{")
    assert main.main(["convert", "old.lineprof.lprof", "--to", "line_profiler", "-o", "x"]) == 0
    assert Path("x").read_bytes().startswith(b"\x80\x02")
    assert lprof.load("x").functions == lprof.load("old.lprof").functions


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["convert"], "which FILE? none is given (see --help)"),
        (["convert", "a.lprof"], "--to which format? one of: line_profiler, lineprof"),
    ],
)
def test_convert_needs_to_know_what(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.main(words) == 2
    assert capsys.readouterr().err == f"lineprof: {message}\n"
