"""`kernprof.main` with arguments: a run inside this process that leaves no trace in it."""

from __future__ import annotations

import builtins
import signal
import sys
import threading
from pathlib import Path

import pytest

import kernprof
from lineprof import LineprofError, UsageError
from tests.kernprof.command import hits


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def state() -> tuple[object, ...]:
    return (
        list(sys.argv),
        list(sys.path),
        sys.modules["__main__"],
        sys.stdout,
        sys.stderr,
        sys.excepthook,
        hasattr(builtins, "profile"),
        signal.getsignal(signal.SIGTERM),
        signal.getsignal(signal.SIGINT),
    )


def run(folder: Path, program: str, *argv: str) -> int:
    (folder / "s.py").write_text(program)
    before = state()
    status = kernprof.main([*argv, "s.py"])
    assert state() == before
    return status


@pytest.mark.parametrize("flags", ["-l", "-b", "-lqq", "-li", "-v"])
def test_the_process_is_as_before(flags: str, folder: Path) -> None:
    assert run(folder, "import sys; sys.path.append('x'); x = __file__", flags) == 0


def test_results_are_there_when_main_returns(folder: Path) -> None:
    assert run(folder, "@profile\ndef f(): pass\nf()\n", "-l") == 0
    assert hits(folder / "s.py.lprof") == {"f": {1: 1}}


@pytest.mark.parametrize(("ending", "status"), [("3", 3), ("None", 0), ("'bye'", 1), ("True", 1)])
def test_exit_status(
    ending: str, status: int, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(folder, f"raise SystemExit({ending})", "-lq") == status
    assert ("bye" in capsys.readouterr().err) == ("bye" in ending)


def test_an_uncaught_exception(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder, "1 / 0", "-lq") == 1
    err = capsys.readouterr().err
    assert err.startswith(f'Traceback (most recent call last):\n  File "{folder}/s.py", line 1,')
    assert "ZeroDivisionError" in err


def test_an_interrupt_goes_through(folder: Path) -> None:
    before = state()
    with pytest.raises(KeyboardInterrupt):
        run(folder, "@profile\ndef f(): raise KeyboardInterrupt\nf()", "-lq")
    assert state() == before
    assert hits(folder / "s.py.lprof") == {"f": {1: 1}}


def test_threads_of_the_program_are_waited_for(folder: Path) -> None:
    go = threading.Event()
    sys.modules["kernprof_test_go"] = go  # type: ignore[assignment]
    try:
        threading.Timer(0.05, go.set).start()
        program = (
            "import threading, sys\ngo = sys.modules['kernprof_test_go']\n"
            "@profile\ndef f():\n    go.wait()\nthreading.Thread(target=f).start()\n"
        )
        assert run(folder, program, "-lq") == 0
    finally:
        del sys.modules["kernprof_test_go"]
    assert go.is_set()


def test_from_a_thread_without_signals(folder: Path) -> None:
    statuses: list[int] = []
    (folder / "s.py").write_text("@profile\ndef f(): pass\nf()\n")
    thread = threading.Thread(target=lambda: statuses.append(kernprof.main(["-lq", "s.py"])))
    thread.start()
    thread.join()
    assert statuses == [0]
    assert hits(folder / "s.py.lprof") == {"f": {1: 1}}


def test_faults_can_be_raised(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UsageError, match="unknown option --bogus"):
        kernprof.main(["--bogus"], exit_on_error=False)
    with pytest.raises(LineprofError, match=r"Could not find script 'no\.py'"):
        kernprof.main(["-l", "no.py"], exit_on_error=False)
    assert capsys.readouterr().err == ""
    assert kernprof.main(["-l", "no.py"]) == 1
    assert capsys.readouterr().err == "Could not find script 'no.py'\n"
