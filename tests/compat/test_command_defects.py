"""Defects of line_profiler's commands that its users met: not ours."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("lineprof._core")

from .both import PACKAGES, Both, Outcome

SCRIPT = "import sys\n@profile\ndef f():\n    return 1\nprint(f(), sys.argv[1:])\n"


@pytest.fixture
def run(tmp_path: Path) -> Both:
    return Both("", tmp_path, {"s.py": SCRIPT})


def ours(run: Both, *words: str, script: str | None = None, **env: str) -> Outcome:
    if script is not None:
        (run.folders["ours"] / "s.py").write_text(script, encoding="utf-8")
    return run.ours("-m", *words, **env)


@pytest.mark.parametrize(
    ("words", "arguments"),
    [
        (["--line-by-line", "s.py"], []),
        (["-l", "--skip-zero", "s.py"], []),
        (["-l", "-i", "s.py"], []),
        (["-l", "s.py", "-c", "1"], ["-c", "1"]),
        (["-l", "s.py", "-m", "foo"], ["-m", "foo"]),
        (["-l", "--", "s.py", "-v"], ["-v"]),
    ],
)
def test_options_take_neither_the_script_nor_its_arguments(
    run: Both, words: list[str], arguments: list[str]
) -> None:
    done = ours(run, "kernprof", *words)
    assert done.status == 0
    assert done.out.startswith(f"1 {arguments}\n")
    assert set(done.files) == {"s.py.lprof"}


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (["kernprof", "-m"], 2),
        (["kernprof", "-l", "--config", "no.toml", "s.py"], None),
        (["lineprof", "no.lprof"], 1),
        (["lineprof", "s.py"], 1),
        (["lineprof", "--rich", "no.lprof"], 1),
    ],
)
def test_faults_are_one_line_and_no_traceback(
    run: Both, words: list[str], status: int | None
) -> None:
    """rkern#14, rkern#123"""
    done = ours(run, *words)
    assert done.status == status or (status is None and done.status in (1, 2))
    assert done.err.count("\n") == 1
    assert "Traceback" not in done.err


def test_a_profile_of_cprofile_is_told_from_ours(run: Both) -> None:
    ours(run, "kernprof", "-bq", "s.py")
    done = ours(run, "lineprof", "s.py.prof")
    assert done.status == 1
    assert done.err.endswith("(show it with: python -m pstats)\n")


def test_the_folder_that_a_program_goes_to_does_not_matter(run: Both) -> None:
    """rkern#28"""
    (run.folders["ours"] / "sub").mkdir()
    done = ours(run, "kernprof", "-lv", "s.py", script=f"import os; os.chdir('sub')\n{SCRIPT}")
    assert set(done.files) == {"s.py.lprof"}
    assert "    return 1\n" in done.out


def test_a_program_with_a_name_profile_of_its_own(run: Both) -> None:
    script = "profile = {'a': 1}\ndef f():\n    return profile['a']\nprint(f())\n"
    done = ours(run, "kernprof", "-lq", "-p", "s.py", "s.py", script=script)
    assert (done.status, done.out) == (0, "1\n")
    assert done.hits("s.py.lprof")["f"] == {1: 1}


def test_several_names_of_one_import_are_all_targets(run: Both) -> None:
    """#433"""
    script = "from textwrap import dedent, indent\ndedent('  a'), indent('a', ' ')\n"
    done = ours(run, "kernprof", "-lq", "--prof-imports", "-p", "s.py", "s.py", script=script)
    assert done.status == 0
    hits = done.hits("s.py.lprof")
    assert hits["dedent"]
    assert hits["indent"]


def test_future_imports_may_stand_before_targets(run: Both) -> None:
    """#318"""
    script = (
        "'''Doc.'''\nfrom __future__ import annotations\nfrom __future__ import division\n"
        "from textwrap import dedent\ndef f():\n    return dedent(' a')\nprint(f())\n"
    )
    done = ours(run, "kernprof", "-lq", "--prof-imports", "-p", "s.py", "s.py", script=script)
    assert (done.status, done.out, done.err) == (0, "a\n", "")
    assert done.hits("s.py.lprof")["f"] == {1: 1}


def test_targets_include_asynchronous_functions_and_lambdas(run: Both) -> None:
    """#279, #330"""
    script = (
        "import asyncio\nasync def co():\n    return 1\nlam = lambda: asyncio.run(co())\nlam()\n"
    )
    done = ours(run, "kernprof", "-lq", "-p", "s.py", "s.py", script=script)
    hits = done.hits("s.py.lprof")
    assert hits["co"] == {1: 1}
    assert hits["<lambda>"] == {0: 1}


def test_a_script_may_have_an_encoding_of_its_own(run: Both) -> None:
    """#312, rkern#6"""
    script = "# -*- coding: latin-1 -*-\ndef f():\n    return 'é'\nprint(ascii(f()))\n"
    (run.folders["ours"] / "s.py").write_bytes(script.encode("latin-1"))
    done = run.ours("-m", "kernprof", "-lv", "-p", "s.py", "s.py")
    assert done.status == 0
    assert done.out.startswith("'\\xe9'\n")
    assert "return 'é'" in done.out


def test_an_empty_result_says_why(run: Both) -> None:
    """#26, #94"""
    done = ours(run, "kernprof", "-l", "s.py", script="x = 1\n")
    assert "no function was decorated with @profile" in done.out + done.err


def test_a_forgotten_option_is_told(run: Both) -> None:
    """#25, rkern#35, rkern#49, rkern#95"""
    done = ours(run, "kernprof", "s.py")
    assert done.status == 1
    assert "NameError: name 'profile' is not defined" in done.err
    assert "`profile` is there only with -l" in done.err


def test_tracebacks_have_no_frames_of_ours(run: Both) -> None:
    done = ours(run, "kernprof", "-lq", "s.py", script="@profile\ndef f():\n    1 / 0\nf()\n")
    assert done.status == 1
    assert done.err.count('  File "') == 2
    assert "kernprof" not in done.err


def test_profiles_of_programs_are_no_code(run: Both) -> None:
    """Theirs are pickles, which run what whoever made them likes: #117."""
    done = ours(run, "kernprof", "-lq", "s.py")
    assert done.files["s.py.lprof"].read_bytes().startswith(b'{"format":"lineprof"')


def test_source_is_that_of_the_run(run: Both) -> None:
    ours(run, "kernprof", "-lq", "s.py")
    (run.folders["ours"] / "s.py").write_text("# gone\n")
    shown = ours(run, "lineprof", "s.py.lprof")
    assert "    return 1\n" in shown.out


EXPLICIT = "from lineprof import profile\n@profile\ndef f():\n    return 1\nf()\n"


def test_results_are_written_under_process_1(run: Both) -> None:
    """In a container, with LINE_PROFILE=1, nothing was written."""
    script = f"import os\nos.getppid = lambda: 1\n{EXPLICIT}"
    (run.folders["ours"] / "s.py").write_text(script)
    done = run.ours("s.py", LINE_PROFILE="1")
    assert "profile_output.lprof" in done.files


def test_processes_of_multiprocessing_write_nothing(run: Both) -> None:
    """#399"""
    script = (
        "import multiprocessing as mp\n"
        f"{EXPLICIT}"
        "if __name__ == '__main__':\n"
        "    for way in ('spawn', 'fork'):\n"
        "        p = mp.get_context(way).Process(target=f); p.start(); p.join()\n"
    )
    (run.folders["ours"] / "s.py").write_text(script)
    done = run.ours("-W", "ignore", "s.py", LINE_PROFILE="1")
    assert sorted(done.files) == ["profile_output.lprof"]
    assert done.err == ""


def test_a_reader_that_leaves_early_is_no_error(run: Both) -> None:
    ours(run, "kernprof", "-lq", "s.py")
    with subprocess.Popen(
        [sys.executable, "-m", "lineprof", "s.py.lprof"],
        cwd=run.folders["ours"],
        env={**os.environ, "PYTHONPATH": PACKAGES},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as viewer:
        assert viewer.stdout is not None
        assert viewer.stderr is not None
        viewer.stdout.close()
        assert viewer.stderr.read() == ""
        assert viewer.wait(60) == 0
