"""lineprof html: the file it writes, and what it refuses."""

from __future__ import annotations

import io
import sys
import webbrowser
from pathlib import Path

import pytest

from lineprof.commands.main import main
from lineprof.files.lprof import save
from lineprof.model.profile import Function, FunctionKey, Line, Profile, Run

KEY = FunctionKey("/srv/a.py", 1, "f")
PROFILE = Profile(
    (Run(argv=("a.py",), clock="wall/tsc"),),
    (
        Function(
            KEY,
            1,
            5_000,
            1_000,
            (Line(2, 2, 5_000, 5_000, 0, 1_000, 1_000),),
            (),
            "def f():\n  x\n",
        ),
    ),
)


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    save(PROFILE, "run.lprof")
    return "run.lprof"


def test_the_page_is_written(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["html", file, "-o", "out.html"]) == 0
    page = Path("out.html").read_text("utf-8")
    assert page.startswith("<!DOCTYPE html>")
    assert page.endswith("</html>\n")
    assert '"raw":false' in page
    assert '"total":[[4000]],"self":[[4000]]' in page
    assert capsys.readouterr().out == "Wrote out.html\n"
    assert sorted(path.name for path in Path().iterdir()) == ["out.html", "run.lprof"]


def test_its_name_is_the_profiles(file: str) -> None:
    folder = Path("sub")
    folder.mkdir()
    Path(file).rename(folder / "run.py.lprof")
    assert main(["html", "sub/run.py.lprof"]) == 0
    assert Path("run.py.html").exists()


def test_raw_times(file: str) -> None:
    assert main(["html", "--raw", file]) == 0
    assert '"total":[[5000]],"self":[[5000]]' in Path("run.html").read_text("utf-8")


def test_several_files_are_added_up(file: str) -> None:
    assert main(["html", file, file, "-o", "out.html"]) == 0
    assert '"total":[[8000]],"self":[[8000]]' in Path("out.html").read_text("utf-8")


def test_only_some_functions(file: str) -> None:
    assert main(["html", file, "--filter", "nothing*"]) == 0
    assert '"functions":{"file":[],' in Path("run.html").read_text("utf-8")


@pytest.mark.parametrize("works", [True, False])
def test_it_is_opened(
    file: str, works: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    opened: list[str] = []

    def browser(address: str) -> bool:
        opened.append(address)
        return works

    monkeypatch.setattr(webbrowser, "open", browser)
    assert main(["html", file, "-o", "o u t.html", "--open"]) == (0 if works else 1)
    assert opened == [Path("o u t.html").resolve().as_uri()]
    errors = capsys.readouterr().err
    assert errors == (
        "" if works else "lineprof: no browser could be started: open o u t.html yourself\n"
    )


def test_a_page_that_cannot_be_written(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["html", file, "-o", "no/such/out.html"]) == 1
    assert capsys.readouterr().err == (
        "lineprof: cannot write no/such/out.html: No such file or directory\n"
    )


def test_what_was_there_stays_when_the_profile_is_bad(
    file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("out.html").write_text("before")
    Path("bad.lprof").write_text("{")
    assert main(["html", "bad.lprof", "-o", "out.html"]) == 1
    assert Path("out.html").read_text() == "before"
    assert capsys.readouterr().err.count("\n") == 1


def test_a_file_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["html"]) == 2
    assert "FILE" in capsys.readouterr().err


def test_a_profile_is_not_replaced_by_its_page(
    file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = Path(file).read_bytes()
    Path("link.html").symlink_to(file)
    for out in (file, "link.html"):
        assert main(["html", file, "-o", out]) == 2
        assert capsys.readouterr().err == (
            f"lineprof: {out}: is read, and would be replaced: name another file\n"
        )
    assert Path(file).read_bytes() == before


def test_to_standard_output(file: str, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["html", file, "-o", "page.html"]) == 0
    capfdbinary.readouterr()
    assert main(["html", file, "-o", "-"]) == 0
    assert capfdbinary.readouterr().out == Path("page.html").read_bytes()
    assert not Path("-").exists()
    assert main(["html", file, "-o", "-", "--open"]) == 2
    assert b"--open needs a file" in capfdbinary.readouterr().err


def test_names_that_standard_output_cannot_write(
    file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="cp437"))
    assert main(["html", file, "-o", "größe 日本.html"]) == 0
    assert main(["convert", "--to", "lineprof", file, "-o", "日本.lprof"]) == 0
    sys.stdout.flush()
    written = raw.getvalue().decode("cp437").replace("\r", "")
    assert written == "Wrote größe \\u65e5\\u672c.html\nWrote '\\u65e5\\u672c.lprof'\n"
