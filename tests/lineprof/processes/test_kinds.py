"""Kinds of programs with many processes: servers, test runs, commands of any sort."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import lineprof
from tests.kernprof.command import kernprof

from .programs import WORK, answers, prepare, run, serve, variables

pytest.importorskip("lineprof._core")
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="numbers are kept in mapped files")

WSGI = """\
def app(environ, start_response):
    work(3)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"well"]
"""


class Visits:
    """True once a server has answered a number of times."""

    def __init__(self, path: Path, number: int = 5) -> None:
        self._path, self._left = path, number

    def __call__(self) -> bool:
        self._left -= answers(self._path)
        return self._left <= 0


@pytest.mark.slow
def test_gunicorn(tmp_path: Path) -> None:
    pytest.importorskip("gunicorn")
    words = ["-m", "gunicorn", "program:app", "--workers", "2", "--bind", f"unix:{tmp_path}/s"]
    serve(tmp_path, WSGI, *words, until=Visits(tmp_path / "s")).assert_exact(at_least=15)


ASGI = """\
async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    work(3)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"well"})
"""


@pytest.mark.slow
@pytest.mark.parametrize("option", [["--workers", "2"], ["--reload"]])
def test_uvicorn(option: list[str], tmp_path: Path) -> None:
    pytest.importorskip("uvicorn")
    words = ["-m", "uvicorn", "program:app", *option, "--uds", str(tmp_path / "s")]
    serve(tmp_path, ASGI, *words, until=Visits(tmp_path / "s")).assert_exact(at_least=15)


FLASK = """\
import flask
app = flask.Flask("program")
@app.get("/")
def page():
    work(3)
    return "well"
if __name__ == "__main__":
    app.run(host="unix://{folder}/s", debug=True)
"""


@pytest.mark.slow
def test_flask_with_its_reloader(tmp_path: Path) -> None:
    pytest.importorskip("flask")
    text = FLASK.format(folder=tmp_path)
    serve(tmp_path, text, "program.py", until=Visits(tmp_path / "s")).assert_exact(at_least=15)


CELERY = """\
import celery
app = celery.Celery("program", broker="filesystem://")
app.conf.broker_transport_options = {{
    "data_folder_in": "{folder}", "data_folder_out": "{folder}", "control_folder": "{folder}",
}}
@app.task(name="job")
def job(n):
    work(n)
"""


@pytest.mark.slow
def test_celery(tmp_path: Path) -> None:
    pytest.importorskip("celery")
    (tmp_path / "broker").mkdir()
    text = CELERY.format(folder=tmp_path / "broker")
    prepare(tmp_path, f"profile = lambda function: function\n{WORK}{text}")
    subprocess.run(
        [sys.executable, "-c", "import program\nfor _ in range(8): program.job.delay(3)"],
        cwd=tmp_path,
        env=variables(tmp_path),
        check=True,
    )
    count = tmp_path / "count"

    def is_done() -> bool:
        return count.exists() and count.stat().st_size == 24

    words = ["-m", "celery", "-A", "program", "worker", "-c", "2", "--pool", "prefork"]
    serve(tmp_path, text, *words, until=is_done).assert_exact(at_least=24)


@pytest.mark.slow
def test_pytest_xdist(tmp_path: Path) -> None:
    pytest.importorskip("xdist")
    (tmp_path / "test_it.py").write_text(
        "import pytest\nfrom program import work\n"
        "@pytest.mark.parametrize('n', range(12))\ndef test(n):\n    work(n)\n"
    )
    text = (
        "if __name__ == '__main__':\n"
        "    import pytest, sys\n"
        "    sys.exit(pytest.main(['-q', '-n', '2', '-p', 'no:cacheprovider', 'test_it.py']))\n"
    )
    done = run(tmp_path, text)
    assert done.status == 0, done.output
    done.assert_exact(at_least=66)


def test_a_command_that_is_not_python(tmp_path: Path) -> None:
    prepare(tmp_path, f"{WORK}import sys\nwork(int(sys.argv[1]))\n")
    (tmp_path / "go.sh").write_text(
        f"for n in 1 2 3; do OMPI_COMM_WORLD_RANK=$n '{sys.executable}' program.py $n; done\nexit 4"
    )
    start = variables(tmp_path)["PYTHONPATH"]
    words = ["-l", "--processes", "-q", "-o", "out.lprof", "--exec", "--", "sh", "go.sh"]
    done = kernprof(*words, cwd=tmp_path, PYTHONPATH=start)
    assert (done.returncode, done.stdout, done.stderr) == (4, "", "")
    assert os.stat(tmp_path / "count").st_size == 6
    import lineprof

    (work,) = lineprof.load(tmp_path / "out.lprof").functions
    assert [line.hits for line in work.lines][1:3] == [9, 6]


def test_commands_that_cannot_be_run(tmp_path: Path) -> None:
    done = kernprof("-l", "--processes", "--exec", "--", "nosuchcommand", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("Could not run 'nosuchcommand': No such file")
    for words in (["-l", "--processes", "--exec"], ["--exec", "true"], ["-l", "--exec", "true"]):
        assert kernprof(*words, cwd=tmp_path).returncode == 2


def test_a_command_ends_as_it_ends_without_us(tmp_path: Path) -> None:
    (tmp_path / "go.sh").write_text("kill -9 $$")
    done = kernprof("-lq", "--processes", "--exec", "--", "sh", "go.sh", cwd=tmp_path)
    assert done.returncode == 128 + 9


ANEW = """\
import os, subprocess, sys
if "AGAIN" not in os.environ:
    kernprof = [sys.executable, "-m", "kernprof", "-l", "--processes", "-v"]
    again = [*kernprof, *{options!r}, "program.py"]
    done = subprocess.run(again, env={{**os.environ, "AGAIN": "1"}}, capture_output=True, text=True)
    print(done.stdout, end="")
    print(done.stderr, end="", file=sys.stderr)
work(3)
"""


def test_a_program_that_kernprof_runs_anew_belongs_to_the_run(tmp_path: Path) -> None:
    """As with the reloaders of web servers. It says nothing, and writes no file."""
    done = run(tmp_path, ANEW.format(options=["-o", "out.lprof"]))
    done.assert_exact(at_least=6)
    assert (done.status, done.output, done.errors) == (0, "", "")
    assert not (tmp_path / "out.lprof.old").exists()


def test_a_kernprof_with_another_output_has_a_run_of_its_own(tmp_path: Path) -> None:
    done = run(tmp_path, ANEW.format(options=["-o", "other.lprof"]))
    assert (done.status, done.errors) == (0, "")
    assert "Wrote profile results to 'other.lprof'" in done.output
    assert done.hits("work")[2] == 3
    (function,) = lineprof.load(tmp_path / "other.lprof").functions
    assert function.lines[2].hits == 3
