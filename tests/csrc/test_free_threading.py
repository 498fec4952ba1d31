"""On an interpreter without a GIL, the import switches the GIL on or is refused."""

from __future__ import annotations

import subprocess
import sys
import sysconfig

import pytest

REFUSAL = "ImportError: lineprof needs the GIL, which is switched off here: run without "

free_threaded = pytest.mark.skipif(
    not sysconfig.get_config_var("Py_GIL_DISABLED"), reason="this Python cannot run without a GIL"
)


def python(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words], capture_output=True, text=True, check=False, timeout=60
    )


@pytest.mark.parametrize(
    ("answer", "refusal"),
    [("True", None), ("False", REFUSAL), ("1 / 0", "ZeroDivisionError: division by zero")],
)
def test_the_interpreter_is_asked(answer: str, refusal: str | None) -> None:
    done = python(
        "-c",
        f"import sys; sys._is_gil_enabled = lambda: {answer}\n"
        "from lineprof import LineProfiler; print('here')",
    )
    if refusal is None:
        assert (done.returncode, done.stdout, done.stderr) == (0, "here\n", "")
    else:
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.splitlines()[-1].startswith(refusal)


@free_threaded
def test_the_gil_is_switched_on() -> None:
    done = python(
        "-c", "import sys; from lineprof import LineProfiler; print(sys._is_gil_enabled())"
    )
    assert (done.returncode, done.stdout) == (0, "True\n")
    assert "RuntimeWarning: The global interpreter lock (GIL) has been enabled" in done.stderr


@free_threaded
def test_refused_if_the_gil_is_off_for_good() -> None:
    done = python("-X", "gil=0", "-c", "from lineprof import LineProfiler")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith(REFUSAL)
