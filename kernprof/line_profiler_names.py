"""Names of line_profiler's `kernprof` module, for programs that import them from there."""

import sys
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any, NoReturn

from kernprof.program import find_file
from kernprof.recording import Ticker
from lineprof import LineprofError


def find_script(script_name: str, *, exit_on_error: bool = True) -> str:
    """The path of a script: as it is given, or in a folder of PATH.

    exit_on_error: if there is none, end with a line and status 1; False raises FileNotFoundError.
    """
    try:
        return find_file(script_name)
    except LineprofError as error:
        _missing(str(error), FileNotFoundError, exit_on_error)


def find_module_script(module_name: str, *, static: bool = True, exit_on_error: bool = True) -> str:
    """The path of what `python -m` runs for this name; importing the packages around it.

    exit_on_error: as for `find_script`; False raises ModuleNotFoundError. `static` has no effect.
    """
    for name in (f"{module_name}.__main__", module_name):
        try:
            spec = find_spec(name)
        except ImportError:
            continue
        if spec is not None and spec.has_location and spec.origin is not None:
            return spec.origin
    _missing(f"Could not find module `{module_name}`", ModuleNotFoundError, exit_on_error)


def _missing(text: str, kind: type[Exception], exit_on_error: bool) -> NoReturn:
    if not exit_on_error:
        raise kind(text)
    print(text, file=sys.stderr)
    raise SystemExit(1)


def execfile(
    filename: str,
    globals: dict[str, Any] | None = None,  # noqa: A002  (named as in Python 2)
    locals: dict[str, Any] | None = None,  # noqa: A002
) -> None:
    """Execute a file in these namespaces, or those of the caller."""
    if globals is None:
        frame = sys._getframe(1)
        globals = frame.f_globals  # noqa: A001
        locals = frame.f_locals if locals is None else locals  # noqa: A001
    with open(filename, "rb") as file:
        exec(compile(file.read(), filename, "exec", dont_inherit=True), globals, locals)


class RepeatedTimer:
    """Calls `dump_func(outfile)` every `interval` seconds until `stop`, on a daemon thread."""

    def __init__(
        self, interval: float, dump_func: Callable[[Any], object], outfile: object
    ) -> None:
        self.interval = interval
        self.dump_func = dump_func
        self.outfile = outfile
        self._ticker: Ticker | None = None
        self.start()

    @property
    def is_running(self) -> bool:
        return self._ticker is not None

    def start(self) -> None:
        if self._ticker is None:
            self._ticker = Ticker(self.interval, lambda: self.dump_func(self.outfile))
            self._ticker.start()

    def stop(self) -> None:
        if self._ticker is not None:
            self._ticker.stop()
            self._ticker = None


def pre_parse_single_arg_directive(
    args: Sequence[str], flag: str, sep: str = "--"
) -> tuple[list[str], str | None, list[str]]:
    """Arguments before a flag, what it is given, and those after; ValueError if it is given
    nothing.

    Without the flag, or with it after `sep` only: all up to and with `sep`, None, those after it.
    """
    words = list(args)
    before = words[: words.index(sep)] if sep in words else words
    if flag not in before:
        end = len(before) + 1
        return words[:end], None, words[end:]
    at = before.index(flag)
    if at + 1 == len(before):
        raise ValueError(f"argument expected for the {flag} option")
    return words[:at], words[at + 1], words[at + 2 :]
