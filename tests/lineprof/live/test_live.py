"""The live view: what it shows, what goes over the wire, and whole runs on a pseudo-terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import socket
import struct
import subprocess
import sys
import termios
import threading
import time
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import lineprof
from lineprof.commands.watch import FileFeed
from lineprof.files.lprof import save
from lineprof.live import LiveView, wire
from lineprof.live.screen import Screen, keys_in
from lineprof.live.view import HELP, SORTS, Shot, State, lines, press, update
from lineprof.model.profile import Edge, Function, FunctionKey, Line, Profile, Run
from lineprof.report.terminal.layout import View
from lineprof.report.terminal.pieces import UNICODE, cells, plain
from tests.support.clock import FakeClock

pytest.importorskip("rich")

SECOND = 10**9


def function(name: str, first: int, own: int, total: int, calls: int = 1) -> Function:
    return Function(
        FunctionKey("a.py", first, name),
        calls,
        total,
        0,
        (Line(first + 1, calls, total, own),),
        source=f"def {name}():\n    work()\n" + "    pass\n" * 8,
    )


SLOW = function("slow", 10, 8 * SECOND, 8 * SECOND)
OUTER = function("outer", 30, 1 * SECOND, 9 * SECOND)
MANY = function("many", 50, 2 * SECOND, 2 * SECOND, calls=5_000)
FIRST = Shot(Profile((), (SLOW, OUTER, MANY)), 10 * SECOND, "a note")
LATER = Shot(
    Profile(
        (),
        (
            SLOW,
            OUTER,
            function("many", 50, 3 * SECOND, 3 * SECOND, calls=7_000),
        ),
    ),
    12 * SECOND,
)


def state(*shots: Shot, **more: Any) -> State:
    made = State("prog.py", "running", **more)
    for shot in shots:
        update(made, shot)
    return made


def screen(shown: State, width: int = 100, height: int = 24) -> list[str]:
    made = lines(shown, View(width, UNICODE, links=False), height)
    return [plain(line).rstrip() for line in made]


def listed(shown: State) -> list[str]:
    """Functions in the order of the list."""
    rows = screen(shown)
    end = rows.index("", 1)
    return [row.split()[-2] for row in rows[2:end]]


def chosen(shown: State) -> str:
    return next(row for row in screen(shown) if row.startswith("──")).split()[1]


# -- view --------------------------------------------------------------------------------------


def test_hottest_function_on_top_and_shown() -> None:
    shown = state(FIRST)
    assert listed(shown) == ["slow", "many", "outer"]
    assert chosen(shown) == "slow"
    text = "\n".join(screen(shown))
    assert " lineprof  running   10.0 s  prog.py" in text
    assert "a note" in text.split("\n")[0]
    assert "▶  11     1   8000.0" in text


def test_sorting_goes_round_and_the_top_function_is_followed() -> None:
    shown = state(FIRST, LATER)
    orders = {}
    for _ in SORTS:
        orders[shown.sort] = listed(shown)
        press(shown, "s")
    assert shown.sort == "self"
    assert orders == {
        "self": ["slow", "many", "outer"],
        "total": ["outer", "slow", "many"],
        "now": ["many", "slow", "outer"],
        "calls": ["many", "slow", "outer"],
        "name": ["many", "outer", "slow"],
    }
    press(shown, "s")
    assert chosen(shown) == "outer"


def test_the_column_that_is_sorted_by_stands_out() -> None:
    shown = state(FIRST, LATER)
    seen = []
    for _ in SORTS:
        header = lines(shown, View(100, UNICODE, links=False), 20)[1]
        seen.append([piece.text.strip() for piece in header if piece.style == "bold underline"])
        press(shown, "s")
    assert [words[0].split()[0].lower() for words in seen] == [*SORTS[:-1], "function"]


def test_a_chosen_function_stays_chosen_until_sent_back() -> None:
    shown = state(FIRST)
    press(shown, "down")
    assert chosen(shown) == "many"
    press(shown, "s")
    assert chosen(shown) == "many"
    press(shown, "j")
    press(shown, "j")
    assert chosen(shown) == "many"  # the last one in this order
    press(shown, "up")
    assert chosen(shown) == "slow"
    press(shown, "h")
    assert chosen(shown) == "outer"


def test_what_goes_on_now_is_measured_between_two_looks() -> None:
    shown = state(FIRST, LATER)
    rows = {row.split()[-2]: row for row in screen(shown)[2:5]}
    assert " 50.0 " in rows["many"]  # a second of two
    assert " 0.0 " in rows["slow"]
    press(shown, "down")
    assert "▶  51  7,000" in "\n".join(screen(shown))
    press(shown, "up")
    assert "▶  11" not in "\n".join(screen(shown))


def test_paused_the_numbers_stand_still() -> None:
    shown = state(FIRST)
    press(shown, "p")
    update(shown, LATER)
    assert "paused   10.0 s" in screen(shown)[0]
    press(shown, " ")
    assert "running   12.0 s" in screen(shown)[0]


def test_folding_and_scrolling() -> None:
    shown = state(FIRST)
    folded = screen(shown, height=20)
    assert any("8 lines without hits" in row for row in folded)
    press(shown, "f")
    text = screen(shown, height=16)
    assert "   10" in "\n".join(text)
    assert any("more lines" in row for row in text)
    press(shown, "page down")
    scrolled = screen(shown, height=16)
    assert scrolled[-2].split()[0] == "19"
    for _ in range(9):
        press(shown, "u")
    assert screen(shown, height=16) == text


def test_pages() -> None:
    shown = state(FIRST)
    press(shown, "?")
    text = "\n".join(screen(shown))
    assert all(meaning in text for _, meaning in HELP)
    press(shown, "?")
    press(shown, "o")
    assert "nothing so far" in "\n".join(screen(shown))
    shown.output = [f"line {n}\x1b[2J" for n in range(100)]
    rows = screen(shown)
    assert rows[-2] == "line 99\\x1b[2J"
    press(shown, "o")
    assert chosen(shown) == "slow"


def test_before_there_are_numbers() -> None:
    assert any("no numbers yet" in row for row in screen(state()))
    unused = Function(FunctionKey("a.py", 1, "f"), 0, 0)
    shown = state(Shot(Profile((), (unused,)), 1))
    assert any("nothing measured yet" in row for row in screen(shown))
    for key in ("up", "down", "s", "h", "page down", "f", "x"):
        press(shown, key)
    press(shown, "q")
    assert shown.quit


@pytest.mark.parametrize(("width", "height"), [(40, 8), (80, 24), (200, 60)])
def test_a_screen_is_filled_and_never_more(width: int, height: int) -> None:
    names = ["f" * n for n in range(1, 90)]
    functions = tuple(function(name, 10 * n, n, n) for n, name in enumerate(names, 1))
    shown = state(Shot(Profile((), functions), 1, "note" * 90))
    for page in ("listing", "help", "output"):
        shown.page = page
        made = lines(shown, View(width, UNICODE, links=False), height)
        assert len(made) == height
        assert all(sum(cells(piece.text) for piece in line) <= width for line in made)


@pytest.mark.parametrize("width", [40, 50, 80])
def test_names_are_there_however_narrow_it_is(width: int) -> None:
    rows = screen(state(FIRST, LATER), width)
    assert "slow" in rows[2]
    assert "many" in rows[3]
    assert ("Calls" in rows[1]) == (width == 80)
    assert all(len(row) <= width for row in rows)


def test_places_are_shortened_and_not_cut() -> None:
    far = replace(SLOW, key=FunctionKey("/" + "very/long/" * 9 + "path.py", 10, "slow"))
    for width in (50, 80, 120):
        row = screen(state(Shot(Profile((), (far,)), SECOND)), width)[2]
        assert row.endswith("/path.py:10")
    nameless = replace(far, key=replace(far.key, name="n" * 90))
    assert screen(state(Shot(Profile((), (nameless,)), SECOND)), 40)[2].endswith("…" + "n" * 19)


def test_keys_by_what_terminals_send() -> None:
    assert keys_in(b"jk\x1b[A\x1bOB\x1b[5~q") == ["j", "k", "up", "down", "page up", "q"]
    assert keys_in(b"\x1b[1;5C\x1b[200~x\x00\xff\r") == ["x"]
    assert keys_in(b"\x1b") == []


def test_ten_thousand_functions_are_looked_at_at_once() -> None:
    functions = tuple(function(f"f{n}", n, n, n) for n in range(10_000))
    shown = state(Shot(Profile((), functions), 1))
    began = time.process_time()
    update(shown, Shot(Profile((), functions), 2))
    screen(shown)
    # Seconds, were each looked for among all.
    assert time.process_time() - began < 1


def test_keys_are_named_whole_or_not_at_all() -> None:
    foot = screen(state(FIRST, LATER), 60)[-1]
    assert foot.rstrip().endswith("s sort: self")
    assert screen(state(FIRST, LATER), 100)[-1].rstrip().endswith("h hottest (on)")


def test_the_last_column_is_not_cleared(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []
    monkeypatch.setattr(Screen, "_write", lambda _, text: written.append(text))
    Screen().draw(["x" * 80, "y"])
    # With the cursor waiting in the last column, what clears "to the end" would clear that one.
    assert re.findall("x+[^y]*y", written[0]) == ["x" * 80 + "\x1b[0m\r\n\x1b[Ky"]
    assert "\x1b[J" not in written[0]


# -- wire --------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 7, 1 << 20])
def test_messages_come_out_as_they_went_in(size: int) -> None:
    messages = [b"one", b"", b"x" * 100_000]
    ours, theirs = socket.socketpair()
    view = LiveView(lineprof.LineProfiler())
    stream: list[bytes] = []
    view._socket = SimpleNamespace(sendall=lambda data, _: stream.append(data))
    view._send_flags = 0
    for message in messages:
        view._send(message)
    data = b"".join(stream)

    def send() -> None:
        for start in range(0, len(data), size):
            ours.sendall(data[start : start + size])

    sender = threading.Thread(target=send)
    sender.start()
    with Connection(theirs.detach()) as connection:
        assert [connection.recv_bytes() for _ in messages] == messages
    sender.join()
    ours.close()


def test_a_profile_over_the_wire_is_the_snapshot() -> None:
    pytest.importorskip("lineprof._core")
    clock = FakeClock(step=10)
    profiler = lineprof.LineProfiler(timer=clock)

    def callee(x: int) -> int:
        return x + 1

    def caller(n: int) -> int:
        total = 0
        for number in range(n):
            total += callee(number)
        return total

    unused = lambda: 0  # noqa: E731
    for one in (callee, caller, unused):
        profiler(one)
    run = Run(core=profiler.core, clock=profiler.clock)
    packer, unpacker = wire.Packer(), wire.Unpacker(run, {})
    caller(1)
    unpacker.take(packer.packed(*profiler._read(), spent=5, pause=1.0))  # and is not looked at
    for rounds in (3, 5):
        caller(rounds)
        message = packer.packed(*profiler._read(), spent=7, pause=1.5)
        unpacker.take(message)
        profile = unpacker.profile()
        assert profile.functions == profiler.snapshot(source=False).functions
        assert (unpacker.spent, unpacker.pause) == (7, 1.5)
    edges = [edge for f in profile.functions for edge in f.edges]
    assert [(type(edge), edge.calls) for edge in edges] == [(Edge, 9)]
    # What is known is not described again.
    assert len(message) < 2_000
    assert b"callee" not in message
    profiler.close()


# -- file --------------------------------------------------------------------------------------


def test_a_file_is_followed(tmp_path: Path) -> None:
    path = tmp_path / "x.lprof"
    feed = FileFeed(str(path))
    assert feed.shots() == []
    assert feed.status() == "waiting"
    save(Profile((Run(duration=3),), (SLOW,)), path)
    (shot,) = feed.shots()
    assert (shot.elapsed, shot.profile.functions) == (3, (SLOW,))
    assert feed.status() == "running"
    assert feed.shots() == []
    path.write_bytes(b"half of a fi")
    assert feed.shots() == []
    assert feed.status() == "not a lineprof profile"
    save(Profile((Run(duration=4),), (SLOW, MANY)), path)
    os.utime(path, (time.time() - 60, time.time() - 60))
    (shot,) = feed.shots()
    assert shot.elapsed == 4
    assert feed.status().startswith("unchanged for 6")
    elsewhere = path.rename(tmp_path / "y.lprof")
    assert (feed.shots(), feed.status()) == ([], "waiting")
    elsewhere.rename(path)
    assert len(feed.shots()) == 1
    assert feed.status().startswith("unchanged for 6")


# -- whole runs --------------------------------------------------------------------------------


PROGRAM = """\
import os, signal, sys, time
@profile
def busy(path):
    open("pid", "w").write(str(os.getpid()))
    print("out: begin", flush=True)
    print("err: begin", file=sys.stderr, flush=True)
    while not os.path.exists(path):
        time.sleep(0.01)
    print("out: end", sys.stdout.isatty(), sys.stdin.read(), flush=True)
busy("go")
"""
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]|\x1b\]8;[^\x1b]*\x1b\\")
LEAVE = "\x1b[?1049l"


class Session:
    """A command that has a terminal of its own."""

    def __init__(self, cwd: Path, *command: str) -> None:
        self.process, self.terminal = pty.fork()
        if not self.process:
            try:
                # Ignored by what runs in the background of a shell, these tests perhaps.
                signal.signal(signal.SIGINT, signal.SIG_DFL)
                fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
                os.chdir(cwd)
                path = str(Path(lineprof.__file__).parent.parent)
                old = os.environ.get("PYTHONPATH")
                os.environ.update(
                    PYTHONPATH=f"{path}:{old}" if old else path,
                    TERM="xterm-256color",
                )
                os.execv(sys.executable, [sys.executable, *command])
            finally:
                os._exit(127)
        self.seen = ""

    def until(self, text: str, seconds: float = 60) -> str:
        """What came up to and with the text."""
        end = time.monotonic() + seconds
        while text not in self.seen:
            left = end - time.monotonic()
            assert left > 0, f"{text!r} did not come; {self.seen[-3000:]!r}"
            if select.select([self.terminal], [], [], left)[0]:
                assert self._read(), f"{text!r} did not come; {self.seen[-3000:]!r}"
        before, found, self.seen = self.seen.partition(text)
        return before + found

    def press(self, keys: str) -> None:
        os.write(self.terminal, keys.encode())

    def end(self) -> tuple[str, int]:
        """What still came, and the exit status."""
        while self._read():
            pass
        os.close(self.terminal)
        return self.seen, os.waitpid(self.process, 0)[1]

    def _read(self) -> bool:
        try:
            data = os.read(self.terminal, 1 << 16)
        except OSError:
            return False
        self.seen += data.decode("utf-8", "replace")
        return bool(data)


@pytest.fixture
def program(tmp_path: Path) -> Path:
    pytest.importorskip("lineprof._core")
    (tmp_path / "prog.py").write_text(PROGRAM)
    return tmp_path


LIVE = ("-m", "kernprof", "-l", "--live", "prog.py")


def test_a_program_watched_to_its_end(program: Path) -> None:
    session = Session(program, *LIVE)
    session.until("time.sleep")
    session.press("o")
    page = session.until("err: begin")
    assert "out: begin" in page
    session.press("o?")
    session.until("leave the view")
    (program / "go").touch()
    session.until(LEAVE)
    rest, status = session.end()
    assert status == 0
    text = ESCAPES.sub("", rest).replace("\r\n", "\n")
    assert text.index("out: begin\nerr: begin\nout: end False \n") < text.index("Wrote profile")
    assert "Hottest lines" in text.split("Wrote profile results to 'prog.py.lprof'\n")[1]
    assert lineprof.load(program / "prog.py.lprof").functions[0].calls == 1


def test_leaving_the_view_the_program_goes_on(program: Path) -> None:
    session = Session(program, *LIVE)
    session.until("time.sleep")
    session.press("q")
    session.until(LEAVE)
    assert "out: begin" in session.until("err: begin")
    (program / "go").touch()
    # The terminal is the program's again, and ends its input as ever.
    session.press("typed\n\x04")
    rest, status = session.end()
    assert status == 0
    assert "out: end True typed" in rest
    assert "Hottest lines" in ESCAPES.sub("", rest)


def test_interrupted_by_the_keyboard(program: Path) -> None:
    session = Session(program, *LIVE)
    session.until("time.sleep")
    session.press("\x03")
    session.until(LEAVE)
    rest, status = session.end()
    assert os.WTERMSIG(status) == signal.SIGINT
    text = ESCAPES.sub("", rest)
    assert text.index("KeyboardInterrupt") < text.index("Wrote profile")
    assert "Hottest lines" in text


def test_another_program_in_its_place_has_the_terminal(program: Path) -> None:
    new = "print('new program:', input())"
    with (program / "prog.py").open("a") as file:
        file.write(f"os.execv(sys.executable, [sys.executable, '-c', {new!r}])\n")
    session = Session(program, *LIVE)
    session.until("time.sleep")
    (program / "go").touch()
    session.until(LEAVE)
    session.until("Hottest lines")
    session.press("typed\n")
    rest, status = session.end()
    assert status == 0
    assert "new program: typed" in rest


def test_killed_the_terminal_is_given_back_and_the_output_shown(program: Path) -> None:
    # Under something like a shell, or the terminal would end with the program.
    shell = f"import subprocess; subprocess.call({[sys.executable, *LIVE]}); input()"
    session = Session(program, "-c", shell)
    session.until("time.sleep")
    os.kill(int((program / "pid").read_text()), signal.SIGKILL)
    session.until(LEAVE)
    assert "out: begin" in session.until("err: begin")
    session.press("\n")
    assert session.end()[1] == 0


def test_without_a_terminal_it_says_so(program: Path) -> None:
    done = subprocess.run(
        [sys.executable, *LIVE],
        cwd=program,
        env={**os.environ, "PYTHONPATH": str(Path(lineprof.__file__).parent.parent)},
        capture_output=True,
        text=True,
        start_new_session=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, "a live view needs a terminal\n")
    assert not (program / "prog.py.lprof").exists()


def test_live_needs_lines(capsys: pytest.CaptureFixture[str]) -> None:
    kernprof = pytest.importorskip("kernprof")
    assert kernprof.main(["--live", "prog.py"]) == 2
    assert "it needs -l" in capsys.readouterr().err


def test_watch_follows_a_file(tmp_path: Path) -> None:
    session = Session(tmp_path, "-m", "lineprof", "watch", "x.lprof")
    session.until("waiting")
    save(Profile((Run(duration=SECOND),), (SLOW,)), tmp_path / "x.lprof")
    session.until("work")
    save(Profile((Run(duration=SECOND),), (replace(SLOW, calls=4321),)), tmp_path / "x.lprof")
    session.until("4,321")
    session.press("q")
    assert LEAVE in session.until(LEAVE)
    assert session.end()[1] == 0


def test_watch_needs_a_terminal(capsys: pytest.CaptureFixture[str], monkeypatch: Any) -> None:
    from lineprof.commands import main

    monkeypatch.setattr(sys, "stdin", SimpleNamespace(isatty=lambda: False))
    assert main.main(["watch", "x.lprof"]) == 1
    assert capsys.readouterr().err == "lineprof: watch needs a terminal\n"
