"""`from lineprof import profile`: off and free of charge, or on and writing at exit."""

from __future__ import annotations

import os
import pickle
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import lineprof
from lineprof import LineProfiler, profile
from lineprof.measure.global_profile import GlobalProfiler, is_mp_bootstrap

pytest.importorskip("lineprof._core")

PACKAGES = str(Path(lineprof.__file__).parent.parent)

SCRIPT = """
from lineprof import profile

@profile
def f(n):
    return sum(range(n))

@profile
class C:
    def m(self):
        return 1

    @classmethod
    def k(cls):
        return 2

def never():
    pass

print(f(3), C().m(), C.k())
"""

FILES = {"profile_output.lprof"}
ALL_FILES = {*FILES, "profile_output.txt", "profile_output_T.txt"}
TEXTS = "[tool.lineprof.write]\ntext = true\ntimestamped_text = true\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "s.py").write_text(SCRIPT)
    return tmp_path


def environment(**more: str) -> dict[str, str]:
    ours = ("LINE_PROFILE", "LINEPROF_OWNER_PID", "LINE_PROFILER_OWNER_PID")
    kept = {name: value for name, value in os.environ.items() if name not in ours}
    return {**kept, "PYTHONPATH": PACKAGES, "PYTHONDONTWRITEBYTECODE": "1", **more}


def python(*argv: str, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *argv],
        cwd=cwd,
        env=environment(**env),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def files(folder: Path) -> set[str]:
    """Files there are beside scripts, the time in their names as T."""
    names = {path.name for path in folder.iterdir() if path.suffix != ".py" and path.is_file()}
    return {re.sub(r"_\d{4}-\d\d-\d\dT\d{6}\.txt$", "_T.txt", name) for name in names}


def hits(path: Path) -> dict[str, dict[int, int]]:
    return {
        f.key.name: {line.number: line.hits for line in f.lines}
        for f in lineprof.load(path).functions
    }


HITS = {"f": {6: 1}, "C.m": {11: 1}, "C.k": {15: 1}}


# Off


def test_off_the_function_itself_comes_back(folder: Path) -> None:
    done = python("s.py", cwd=folder)
    assert (done.stdout, done.stderr) == ("3 1 2\n", "")
    assert files(folder) == set()


def test_this_process_is_nobodys_helper() -> None:
    assert not is_mp_bootstrap()


def test_off_nothing_is_loaded(folder: Path) -> None:
    (folder / "s.py").write_text(
        "import sys\nfrom lineprof import profile\n"
        "def f(): pass\nassert profile(f) is f\nwith profile: pass\n"
        "print(*(n for n in sys.modules if n.startswith('lineprof') or n in "
        "('re', 'tomllib', 'inspect', 'typing', 'dataclasses', 'linecache')))\n"
    )
    loaded = set(python("-S", "s.py", cwd=folder).stdout.split())
    assert loaded == {
        "lineprof",
        "lineprof._version",
        "lineprof.errors",
        "lineprof.hints",
        "lineprof.config",
        "lineprof.measure",
        "lineprof.measure.global_profile",
    }


def test_off_for_what_says_no(folder: Path) -> None:
    for value in ("", "0", "off", "False", "f", "no", "N"):
        assert python("s.py", cwd=folder, LINE_PROFILE=value).stdout == "3 1 2\n"
    assert files(folder) == set()


# On


@pytest.mark.parametrize(
    ("argv", "env"),
    [
        (["s.py"], {"LINE_PROFILE": "1"}),
        (["s.py"], {"LINE_PROFILE": "whatever"}),
        (["s.py", "--line-profile"], {}),
        (["s.py", "a", "--line_profile"], {}),
    ],
)
def test_asked_for(argv: list[str], env: dict[str, str], folder: Path) -> None:
    done = python(*argv, cwd=folder, **env)
    assert done.stderr == ""
    assert files(folder) == FILES
    assert hits(folder / "profile_output.lprof") == HITS


def test_enabled_by_the_program(folder: Path) -> None:
    (folder / "s.py").write_text(
        SCRIPT.replace("import profile", "import profile; profile.enable()")
    )
    assert python("s.py", cwd=folder).stdout.startswith("3 1 2\nTimer unit: 1e-09 s\n")
    assert hits(folder / "profile_output.lprof") == HITS


def test_what_is_said(folder: Path) -> None:
    done = python("s.py", cwd=folder, LINE_PROFILE="1")
    said = re.sub(r"T\d{6}", "T", re.sub(r"\d{4}-\d\d-\d\d", "D", done.stdout))
    head = "3 1 2\nTimer unit: 1e-09 s\n\n"
    assert said.startswith(head)
    # A line for each function, but for those whose corrected time is nothing.
    functions = lineprof.load(folder / "profile_output.lprof").corrected().functions
    summary = [line for line in said.splitlines() if re.match(r" *[0-9.]+ [nu]s - ", line)]
    assert sorted(line.rpartition(" - ")[2] for line in summary) == sorted(
        function.key.name for function in functions if function.total
    )
    tail = said.splitlines()[-3:]
    assert tail[:-1] == [
        "Wrote profile results to profile_output.lprof",
        "To view details run:",
    ]
    assert tail[-1].endswith(" -m lineprof -rtmz profile_output.lprof")


def test_the_command_it_suggests_works(folder: Path) -> None:
    python("s.py", cwd=folder, LINE_PROFILE="1")
    done = python("-m", "lineprof", "-rtmz", "profile_output.lprof", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert "C.k" in done.stdout


def test_text_files_hold_the_details(folder: Path) -> None:
    (folder / "lineprof.toml").write_text(TEXTS)
    python("s.py", cwd=folder, LINE_PROFILE="1")
    (folder / "lineprof.toml").unlink()
    assert files(folder) == ALL_FILES
    text = (folder / "profile_output.txt").read_text()
    assert "    return sum(range(n))\n" in text
    assert re.search(r"\n *[0-9.]+ [nu]s - .*s\.py:4 - f\n", text)
    (stamped,) = folder.glob("profile_output_*.txt")
    assert stamped.read_text() == text


def test_disabling_concerns_later_decorations(folder: Path) -> None:
    (folder / "s.py").write_text(
        "from lineprof import profile\nprofile.enable()\n"
        "@profile\ndef a(): pass\n"
        "profile.disable()\n@profile\ndef b(): pass\n"
        "profile.enable()\n@profile\ndef c(): pass\n"
        "a(); b(); c()\n"
    )
    out = python("s.py", cwd=folder).stdout
    assert hits(folder / "profile_output.lprof") == {"a": {4: 1}, "c": {10: 1}}
    assert out.count("Wrote profile results") == 1


def test_a_block(folder: Path) -> None:
    (folder / "s.py").write_text(
        """
from lineprof import profile
profile.enable()
def f(n):
    a = 1
    with profile:
        b = 2
        if n:
            f(n - 1)
    c = 3
f(2)
with profile:
    d = 4
e = 5
"""
    )
    done = python("s.py", cwd=folder)
    assert done.stderr == ""
    found = hits(folder / "profile_output.lprof")
    assert found["f"].keys() >= {7, 8, 9}
    assert found["f"][7] == 3
    assert {2, 14}.isdisjoint(found["<module>"])
    assert found["<module>"][13] == 1


def test_a_block_that_is_switched_within(folder: Path) -> None:
    (folder / "s.py").write_text(
        """
from lineprof import profile
def f():
    with profile:
        profile.enable()
    with profile:
        a = 1
        profile.disable()
    b = 2
    with profile:
        c = 3
f()
"""
    )
    python("s.py", cwd=folder)
    found = hits(folder / "profile_output.lprof")["f"]
    assert {7, 8} <= found.keys()
    assert {9, 11}.isdisjoint(found)


# Where to


def test_the_folder_is_that_of_the_beginning(folder: Path) -> None:
    (folder / "s.py").write_text(f"{SCRIPT}\nimport os; os.chdir('/')\n")
    python("s.py", cwd=folder, LINE_PROFILE="1")
    assert files(folder) == FILES


def test_a_prefix(folder: Path) -> None:
    (folder / "out").mkdir()
    (folder / "s.py").write_text(
        SCRIPT.replace("import profile", "import profile; profile.enable(output_prefix='out/x')")
    )
    out = python("s.py", cwd=folder).stdout
    assert "Wrote profile results to out/x.lprof\n" in out
    assert files(folder / "out") == {"x.lprof"}
    assert files(folder) == set()


def test_what_is_written_is_up_to_the_program(folder: Path) -> None:
    (folder / "s.py").write_text(
        f"{SCRIPT}\n"
        "profile.write_config.update(text=True, lprof=False, stdout=False)\n"
        "profile.output_prefix = 'other'\n"
    )
    done = python("s.py", cwd=folder, LINE_PROFILE="1")
    assert files(folder) == {"other.txt"}
    assert "Timer unit" not in done.stdout


def test_what_is_written_is_up_to_the_configuration(folder: Path) -> None:
    (folder / "pyproject.toml").write_text(
        "[tool.lineprof.setup]\nenviron_flags = ['MEASURE']\ncli_flags = ['--measure']\n"
        "[tool.lineprof.write]\noutput_prefix = 'conf'\ntext = true\nlprof = false\n"
        "[tool.lineprof.show]\ndetails = true\nsummarize = false\nrich = false\n"
    )
    assert python("s.py", cwd=folder, LINE_PROFILE="1").stdout == "3 1 2\n"
    for argv, env in ((["--measure"], {}), ([], {"MEASURE": "1"})):
        done = python("s.py", *argv, cwd=folder, **env)
        assert "    return sum(range(n))\n" in done.stdout
        assert "s - " not in done.stdout
        assert files(folder) == {"conf.txt", "pyproject.toml"}
        (folder / "conf.txt").unlink()


def test_a_mistake_in_the_configuration_is_a_warning(folder: Path) -> None:
    (folder / "pyproject.toml").write_text("[tool.lineprof.write]\nstdot = false\n")
    done = python("s.py", cwd=folder, LINE_PROFILE="1")
    assert done.returncode == 0
    assert "pyproject.toml: unknown key tool.lineprof.write.stdot" in done.stderr
    assert files(folder) == {*FILES, "pyproject.toml"}


def test_where_nothing_can_be_written(folder: Path) -> None:
    (folder / "lineprof.toml").write_text(TEXTS)
    (folder / "s.py").write_text(
        SCRIPT.replace("import profile", "import profile; profile.enable('no/where')")
    )
    done = python("s.py", cwd=folder)
    assert done.returncode == 0
    assert [line.partition(": ")[2][:25] for line in done.stderr.splitlines()] == [
        "cannot write no/where.lpr",
        "cannot write no/where.txt",
        "cannot write no/where_" + done.stderr.splitlines()[2].partition("where_")[2][:3],
    ]
    assert "Traceback" not in done.stderr


def test_whatever_ends_the_program(folder: Path) -> None:
    endings = [
        ("raise ValueError", 1),
        ("raise SystemExit(7)", 7),
        ("import os\nos._exit(8)", 8),
        ("import threading, os\nthreading.Thread(target=os._exit, args=(9,)).start()", 9),
        ("import os, sys\nos.execv(sys.executable, ['python', '-c', 'exit(10)'])", 10),
        ("import os\ntry: os.execv('/', ['x'])\nexcept OSError: os._exit(11)", 11),
        ("import os\nif not os.fork(): os._exit(0)\nos.wait()", 0),
    ]
    for ending, status in endings:
        (folder / "s.py").write_text(f"{SCRIPT}\n{ending}\n")
        done = python("s.py", cwd=folder, LINE_PROFILE="1")
        assert done.returncode == status
        assert done.stdout.count("Wrote profile results to profile_output.lprof") == 1
        assert hits(folder / "profile_output.lprof") == HITS
        (folder / "profile_output.lprof").unlink()


def test_shown_by_the_program(folder: Path) -> None:
    """What was written is not written again at exit, unless there is more to say."""
    (folder / "s.py").write_text(f"{SCRIPT}\nprofile.show()\n")
    out = python("s.py", cwd=folder, LINE_PROFILE="1").stdout
    assert out.count("Timer unit") == 1
    (folder / "s.py").write_text(f"{SCRIPT}\nprofile.show()\nf(1)\n")
    out = python("s.py", cwd=folder, LINE_PROFILE="1").stdout
    assert out.count("Timer unit") == 2
    assert hits(folder / "profile_output.lprof")["f"] == {6: 2}


def test_a_reader_that_leaves_early_is_no_error(folder: Path) -> None:
    (folder / "s.py").write_text(
        "import sys\nfrom lineprof import profile\n@profile\ndef f(): pass\nf()\n"
        "print('first', flush=True)\nsys.stdin.read()\n"
    )
    process = subprocess.Popen(
        [sys.executable, "s.py"],
        cwd=folder,
        env=environment(LINE_PROFILE="1"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None and process.stdout is not None and process.stderr is not None
    assert process.stdout.readline() == "first\n"
    process.stdout.close()
    process.stdin.close()
    with process.stderr:
        assert process.stderr.read() == ""
    assert process.wait(60) == 0
    assert files(folder) == FILES


# Processes


@pytest.mark.skipif(shutil.which("unshare") is None, reason="needs unshare(1)")
def test_as_the_first_process(folder: Path) -> None:
    """As in a container: the program is process 1, or its parent is."""
    unshare = ["unshare", "--user", "--map-root-user", "--pid", "--fork"]
    possible = subprocess.run([*unshare, "true"], capture_output=True, check=False)
    if possible.returncode:
        pytest.skip("new process namespaces are not allowed here")
    for command in (
        [sys.executable, "s.py"],
        ["sh", "-c", f"{sys.executable} s.py; true"],
    ):
        subprocess.run(
            [*unshare, *command],
            cwd=folder,
            env=environment(LINE_PROFILE="1"),
            capture_output=True,
            check=True,
            timeout=120,
        )
        assert hits(folder / "profile_output.lprof") == HITS
        for path in folder.glob("profile_output*"):
            path.unlink()


WORKERS = """
import multiprocessing, sys
from lineprof import profile
{enable}
@profile
def f(n):
    return n + 1

if __name__ == "__main__":
    with multiprocessing.get_context("{method}").Pool(2) as pool:
        print(pool.map(f, [1, 2, 3]), f(1))
"""


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
@pytest.mark.parametrize("enable", ["", "profile.enable()"])
@pytest.mark.filterwarnings("ignore")
def test_helpers_of_multiprocessing_write_nothing(method: str, enable: str, folder: Path) -> None:
    (folder / "s.py").write_text(WORKERS.format(method=method, enable=enable))
    done = python("-W", "ignore", "s.py", cwd=folder, **({} if enable else {"LINE_PROFILE": "1"}))
    assert done.stderr == ""
    assert done.stdout.startswith("[2, 3, 4] 2\nTimer unit")
    assert done.stdout.count("Timer unit") == 1
    assert files(folder) == FILES
    assert hits(folder / "profile_output.lprof") == {"f": {7: 1}}


def test_a_forked_child_writes_nothing(folder: Path) -> None:
    (folder / "s.py").write_text(
        f"{SCRIPT}\nimport os, sys\nsys.stdout.flush()\n"
        "if (child := os.fork()) == 0:\n    f(1)\n    sys.exit(0)\nos.waitpid(child, 0)\n"
    )
    out = python("-W", "ignore", "s.py", cwd=folder, LINE_PROFILE="1").stdout
    assert out.count("Timer unit") == 1
    assert hits(folder / "profile_output.lprof") == HITS


def test_a_program_started_by_one_that_is_measured(folder: Path) -> None:
    (folder / "child.py").write_text(SCRIPT.replace("def f", "def child").replace("f(3)", "3"))
    (folder / "s.py").write_text(
        f"{SCRIPT}\nimport subprocess, sys\nsubprocess.run([sys.executable, 'child.py'])\n"
    )
    out = python("s.py", cwd=folder, LINE_PROFILE="1").stdout
    assert out.count("Timer unit") == 1
    assert hits(folder / "profile_output.lprof") == HITS


def test_a_mark_of_a_process_that_is_gone_means_nothing(folder: Path) -> None:
    """Whatever a shell, a notebook or a service has inherited, a program that is asked measures."""
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    for mark in (str(gone.pid), "nonsense"):
        out = python("s.py", cwd=folder, LINE_PROFILE="1", LINE_PROFILER_OWNER_PID=mark).stdout
        assert out.count("Timer unit") == 1
        assert hits(folder / "profile_output.lprof") == HITS
    out = python("s.py", cwd=folder, LINE_PROFILE="1", LINEPROF_OWNER_PID=str(os.getpid())).stdout
    assert out.count("Timer unit") == 0


# Under another's control


def test_another_profiler_measures() -> None:
    session = GlobalProfiler(config=False)

    def f() -> int:
        return 1

    other = lineprof.LineProfiler(calibrate=False)
    session._kernprof_overwrite(other)
    assert session.enabled
    assert session(f) is f
    f()
    session.enable()
    session.show()
    assert [function.key.name.rpartition(".")[2] for function in other.snapshot().functions] == [
        "f"
    ]
    session._kernprof_restore()
    assert session.enabled is None
    session._kernprof_overwrite(None)
    assert not session.enabled
    assert session(f) is f
    session.enable()
    assert not session.enabled
    other.close()


def test_settings_are_of_each_its_own() -> None:
    one, two = GlobalProfiler(config=False), GlobalProfiler(config=False)
    one.write_config["lprof"] = False
    one.setup_config["environ_flags"].append("X")
    assert two.write_config["lprof"] is True
    assert two.setup_config["environ_flags"] == ["LINE_PROFILE"]
    one.output_prefix = "x"
    assert (one.output_prefix, two.output_prefix) == ("x", "profile_output")


PICKLED = """
import io, lineprof, marshal, pickle, types
from lineprof import profile
def made(code, names):
    return types.FunctionType(marshal.loads(code), names)
class ByValue(pickle.Pickler):
    "As cloudpickle does it with a function of a script: the names it uses go along."
    def reducer_override(self, obj):
        if obj is f:
            code = obj.__code__
            return made, (marshal.dumps(code), {n: globals()[n] for n in code.co_names})
        return NotImplemented
def f(x):
    with profile:
        return -x
file = io.BytesIO()
ByValue(file).dump(f)
print(pickle.loads(file.getvalue())(-3), pickle.loads(pickle.dumps(profile)) is lineprof.profile)
"""


@pytest.mark.parametrize("on", ["", "1"])
def test_a_function_that_names_it_goes_to_other_processes(tmp_path: Path, on: str) -> None:
    (tmp_path / "s.py").write_text(PICKLED)
    done = subprocess.run(
        [sys.executable, "s.py"],
        cwd=tmp_path,
        env={**os.environ, "LINE_PROFILE": on},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert done.stdout.startswith("3 True\n")


def test_another_one_is_made_anew() -> None:
    made = pickle.loads(pickle.dumps(GlobalProfiler(config=False)))
    assert type(made) is GlobalProfiler and made._config is False


def test_what_measures_for_it_is_pickled_as_it() -> None:
    profiler = LineProfiler()
    with pytest.raises(TypeError, match="cannot be copied or pickled"):
        pickle.dumps(profiler)
    profile._kernprof_overwrite(profiler)
    try:
        assert pickle.loads(pickle.dumps(profiler)) is profile
    finally:
        profile._kernprof_restore()


@pytest.mark.parametrize("sort", ["1", "'time:desc'", "'nonsense'"])
def test_whatever_the_options_of_the_listing_the_results_are_written(
    folder: Path, sort: str
) -> None:
    (folder / "s.py").write_text(
        SCRIPT.replace("import profile", f"import profile; profile.show_config['sort'] = {sort}")
    )
    done = python("s.py", cwd=folder, LINE_PROFILE="1")
    assert done.stdout.startswith("3 1 2\n")
    assert "Wrote profile results to profile_output.lprof" in done.stdout
    assert hits(folder / "profile_output.lprof") == HITS
    assert done.stderr == ""


def test_all_that_a_listing_takes_may_be_chosen(folder: Path) -> None:
    changes = "profile.show_config.update(output_unit=1.0, details=1, columns=['hits', 'self'])"
    (folder / "s.py").write_text(SCRIPT.replace("import profile", f"import profile; {changes}"))
    done = python("s.py", cwd=folder, LINE_PROFILE="1")
    assert "Timer unit: 1 s\n" in done.stdout
    assert "Line #      Hits         Self  Line Contents\n" in done.stdout


@pytest.mark.parametrize(
    ("setting", "line"),
    [
        ("'sort': 1", "Timer unit: 1e-09 s"),
        ("'sort': 'yes'", "Timer unit: 1e-09 s"),
        ("'sort': 'hits:desc'", "Timer unit: 1e-09 s"),
        ("'output_unit': 1e-3", "Timer unit: 0.001 s"),
        ("'output_unit': 0", "Timer unit: 1e-09 s"),
        ("'output_unit': 'ms'", "Timer unit: 1e-09 s"),
        ("'details': 1, 'summarize': 0, 'stripzeros': 1, 'rich': 1", "Timer unit: 1e-09 s"),
    ],
)
def test_no_setting_costs_the_results(folder: Path, setting: str, line: str) -> None:
    script = SCRIPT.replace("@profile", f"profile.show_config.update({{{setting}}})\n@profile", 1)
    (folder / "s.py").write_text(script)
    done = python("s.py", cwd=folder, LINE_PROFILE="1")
    assert done.returncode == 0
    assert line in done.stdout
    assert files(folder) == FILES
    if setting in ("'output_unit': 0", "'output_unit': 'ms'"):
        assert done.stderr.startswith("lineprof: show_config['output_unit']: not a positive number")
    else:
        assert done.stderr == ""


@pytest.mark.parametrize("way", ["environment", "configuration"])
def test_results_in_line_profilers_format(folder: Path, way: str) -> None:
    env = {"LINE_PROFILE": "1"}
    if way == "environment":
        env["LINEPROF_FORMAT"] = "line_profiler"
    else:
        (folder / "lineprof.toml").write_text("[tool.lineprof.write]\nformat = 'line_profiler'\n")
    python("s.py", cwd=folder, **env)
    data = (folder / "profile_output.lprof").read_bytes()
    assert data.startswith(b"\x80\x02cline_profiler._line_profiler\nLineStats\n")
    assert "f" in hits(folder / "profile_output.lprof")
