"""%lprun, %%lprun and %%lprun_all: profile a statement or a cell, and show the lines right there.

A statement or cell with `await` cannot be run by the magic itself, which is an ordinary call in
the midst of the loop that is to run it. So such a call is put behind an `await` of its own before
IPython compiles it, and the magic returns a coroutine.
"""

from __future__ import annotations

import ast
import builtins
import inspect
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from io import StringIO
from types import CodeType, FrameType, TracebackType
from typing import Any

from IPython.core.error import UsageError as MagicError
from IPython.core.magic import Magics, cell_magic, line_cell_magic, magics_class, no_var_expand
from IPython.core.page import page
from IPython.display import publish_display_data

from ..code.callables import codes_within
from ..config import load_config
from ..files.lprof import save
from ..files.whole_file import write
from ..measure.profiler import LineProfiler
from ..model.profile import FunctionKey, Profile
from ..report import listing as text
from ..report import notebook
from ..report.columns import names_in
from ..report.options import DEFAULTS, TextOptions

CELL = "<lprof_cell>"  # The name that the top level of a cell is listed under

_DEFAULT_UNIT = 1e-6


@dataclass(frozen=True, slots=True)
class _Request:
    """What the options of a magic ask for."""

    statement: str
    functions: tuple[str, ...]
    modules: tuple[str, ...]
    dump: str
    text: str
    give_back: bool
    top_level: bool
    keep_time: bool
    options: TextOptions


@magics_class
class LineprofMagics(Magics):
    """The magics of lineprof."""

    shell: Any

    @no_var_expand
    @line_cell_magic
    def lprun(self, parameter_s: str = "", cell: str | None = None) -> Any:
        """Run a statement or a cell and show how often each line of chosen functions ran, and how
        long it took.

          %lprun [options] statement
          %%lprun [options]

        The statement or the cell may contain `await`.

        -f FUNC    measure this function: an expression without spaces; may be repeated
        -m MODULE  measure the functions of this module; may be repeated
        -D FILE    write the numbers to a file, for `python -m lineprof FILE`
        -T FILE    write the listing to a text file
        -r         return the profiler
        -z, -s     leave out functions that were never called
        -u UNIT    show times in multiples of so many seconds, e.g. 1e-3 (default: what fits)
        -c NAMES   columns, comma-separated: hits,time,perhit,percent,self,await,calls

        During the run, `profile` is a builtin that functions can be decorated with. Defaults of
        -u and -z, and whether functions are sorted, come from `[tool.lineprof.cli]`.
        """
        request = self._request(parameter_s, "rszf:m:D:T:u:c:")
        if cell is not None and request.statement:
            raise MagicError(f"not an option of %%lprun: {request.statement}")
        code = _compiled(self.shell, request.statement if cell is None else cell, "<lprun>")
        profiler = LineProfiler()
        for name in request.functions:
            try:
                found = eval(name, self.shell.user_global_ns, self.shell.user_ns)
            except Exception as error:
                raise _not_found("function", name, error) from None
            try:
                profiler.add_callable(found)
            except TypeError as error:
                raise MagicError(f"-f {name}: {error}") from None
        for name in request.modules:
            try:
                module = __import__(name, fromlist=[""])
            except Exception as error:
                raise _not_found("module", name, error) from None
            profiler.add_module(module)
        return self._measured(profiler, code, request)

    @no_var_expand
    @cell_magic
    def lprun_all(self, parameter_s: str = "", cell: str = "") -> Any:
        """Run a cell and show how often each of its lines ran, and how long it took.

          %%lprun_all [options]

        Measured are the top level and all functions in the cell. It may contain `await`.

        -p         only the top level
        -t         keep the time that the cell took, in seconds, as `_total_time_taken`

        -D, -T, -r, -z, -u and -c: as for %lprun.
        """
        request = self._request(parameter_s, "rzptD:T:u:c:")
        if request.statement:
            raise MagicError(f"not an option of %%lprun_all: {request.statement}")
        code = _cell_code(self.shell, cell)
        profiler = LineProfiler()
        within = [] if request.top_level else codes_within(code)
        for part in (code, *(inner for inner in within if inner.co_flags & inspect.CO_OPTIMIZED)):
            profiler.add_function(part, nested=False)  # class bodies are no functions
        return self._measured(profiler, code, request)

    # -- options -----------------------------------------------------------------------------

    def _request(self, parameters: str, known: str) -> _Request:
        given, statement = self.parse_options(parameters, known, list_all=True, posix=False)
        config = load_config()
        defaults, stated = config.table("cli"), config.stated("cli")
        unit = given.get("u", [None])[-1]
        columns = given.get("c", [None])[-1]
        options = TextOptions(
            unit=stated.get("unit") if unit is None else _unit(unit),
            skip_zero="z" in given or "s" in given or defaults["skip-zero"],
            sort=bool(defaults["sort"]),
            summarize=bool(defaults["summarize"]),
            columns=None if columns is None else _columns(columns),
        )
        return _Request(
            statement,
            tuple(given.get("f", ())),
            tuple(given.get("m", ())),
            _file(given.get("D", [""])[-1]),
            _file(given.get("T", [""])[-1]),
            "r" in given,
            "p" in given,
            "t" in given,
            options,
        )

    # -- running -----------------------------------------------------------------------------

    def _measured(self, profiler: LineProfiler, code: CodeType, request: _Request) -> Any:
        """Run the code and show its numbers; a coroutine that does so if the code needs one."""
        shell = self.shell

        def start() -> Any:
            return eval(code, shell.user_global_ns, shell.user_ns)

        if code.co_flags & inspect.CO_COROUTINE:
            return self._run_async(profiler, start, request)
        outcome = _Outcome()
        with _decorating(profiler), outcome, profiler:
            start()
        return self._finish(profiler, outcome, request)

    async def _run_async(
        self, profiler: LineProfiler, start: Callable[[], Awaitable[object]], request: _Request
    ) -> Any:
        outcome = _Outcome()
        with _decorating(profiler), outcome, profiler:
            await start()
        return self._finish(profiler, outcome, request)

    def _finish(self, profiler: LineProfiler, outcome: _Outcome, request: _Request) -> Any:
        profiler.close()
        profile = _named_as_shown(profiler.snapshot(), self.shell)
        self._show(profile, request.options)
        if outcome.note:
            print(f"*** {outcome.note}")
        try:
            if request.dump:
                save(profile, request.dump)
                print(f"\n*** Profile stats saved to file {request.dump!r}.")
            if request.text:
                write(_listing(profile, request.options), request.text)
                print(f"\n*** Profile printout saved to text file {request.text!r}.")
        except OSError as error:
            raise MagicError(f"cannot write {error.filename}: {error.strerror}") from None
        if request.keep_time:
            self.shell.user_ns["_total_time_taken"] = outcome.seconds
        if outcome.error is not None:
            raise outcome.error
        return profiler if request.give_back else None

    def _show(self, profile: Profile, options: TextOptions) -> None:
        listing = _listing(profile, options)
        if getattr(self.shell, "kernel", None) is None:
            page(listing)
            return
        # A front end without HTML, as `jupyter console`, takes the text.
        publish: Callable[..., None] = publish_display_data
        publish({"text/html": notebook.render(profile, options), "text/plain": listing})

    # -- await -------------------------------------------------------------------------------

    def with_await(self, lines: list[str]) -> list[str]:
        """The lines of a cell, calls of our magics that need it behind an `await`."""
        if not getattr(self.shell, "autoawait", False):
            return lines
        return [self._awaited(line) if "lprun" in line else line for line in lines]

    def _awaited(self, line: str) -> str:
        call, at = _magic_call(line)
        if call is None:
            return line
        name, *words = call
        try:
            if name == "lprun" and len(words) == 1:
                _, statement = self.parse_options(words[0], "rszf:m:D:T:u:c:", posix=False)
                code = _compiled(self.shell, statement, "<lprun>")
            else:
                code = _compiled(self.shell, words[1], CELL)
        except Exception:
            # The magic itself will say what is wrong.
            return line
        return f"{line[:at]}await {line[at:]}" if code.co_flags & inspect.CO_COROUTINE else line


LineProfilerMagics = LineprofMagics  # As line_profiler calls it


def load_ipython_extension(ip: Any) -> None:
    """Add %lprun and %%lprun_all to this IPython shell; `%load_ext lineprof` calls it."""
    unload_ipython_extension(ip)  # of an earlier time
    magics = LineprofMagics(ip)
    ip.register_magics(magics)
    ip.input_transformers_post.append(magics.with_await)
    show_profiles(ip)


def show_profiles(ip: Any) -> None:
    """Have notebooks show a `lineprof.Profile`, the value of a cell, as a table."""
    formatter = ip.display_formatter.formatters["text/html"]
    formatter.for_type(Profile, lambda profile: notebook.render(profile, DEFAULTS))


def unload_ipython_extension(ip: Any) -> None:
    """Have cells left as they are; IPython cannot take the magics away."""
    transformers = ip.input_transformers_post
    transformers[:] = [
        item
        for item in transformers
        if not isinstance(getattr(item, "__self__", None), LineprofMagics)
    ]


class _Outcome:
    """How a run ended: SystemExit and KeyboardInterrupt are told, and end there; what else is
    raised, is raised when the numbers have been shown."""

    def __init__(self) -> None:
        self.note = ""
        self.error: Exception | None = None
        self.seconds = 0.0

    def __enter__(self) -> None:
        self._started = time.perf_counter()

    def __exit__(self, kind: object, error: BaseException | None, _: object) -> bool:
        self.seconds = time.perf_counter() - self._started
        if isinstance(error, (SystemExit, KeyboardInterrupt)):
            self.note = f"{type(error).__name__} exception caught in code being profiled."
            return True
        if isinstance(error, Exception):
            self.error = error.with_traceback(_beyond_here(error.__traceback__))
            return True
        return False


def _beyond_here(traceback: TracebackType | None) -> TracebackType | None:
    """The traceback without the frames of this file that it begins with."""
    while traceback is not None and traceback.tb_frame.f_code.co_filename == __file__:
        traceback = traceback.tb_next
    return traceback


@contextmanager
def _decorating(profiler: LineProfiler) -> Iterator[None]:
    """`profile` in builtins while the code runs."""
    missing = object()
    before = getattr(builtins, "profile", missing)
    builtins.profile = profiler  # type: ignore[attr-defined]
    try:
        yield
    finally:
        if before is missing:
            del builtins.profile  # type: ignore[attr-defined]
        else:
            builtins.profile = before  # type: ignore[attr-defined]


def _compiled(shell: Any, statement: str, filename: str) -> CodeType:
    flags = shell.compile.flags | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    text = shell.transform_cell(statement)
    code: CodeType = compile(text, filename, "exec", flags, dont_inherit=True)
    return code


def _cell_code(shell: Any, cell: str) -> CodeType:
    """The code of a cell, whose text linecache keeps as it does for other cells."""
    source = shell.transform_cell(cell) if cell.strip() else "pass\n"
    filename = shell.compile.cache(source, _number_of_cell(shell), raw_code=cell)
    code = _compiled(shell, source, filename)
    return code.replace(co_name=CELL, co_qualname=CELL)


def _number_of_cell(shell: Any) -> int:
    """The number of the cell that runs. IPython counts on before or after, as it comes."""
    numbers: dict[str, int] = getattr(shell.compile, "_filename_map", {})
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        if frame.f_code.co_filename in numbers:
            return numbers[frame.f_code.co_filename]
        frame = frame.f_back
    number: int = shell.execution_count
    return number


def _magic_call(line: str) -> tuple[list[str] | None, int]:
    """Name and arguments of one of our magics that the line calls, and where the call begins."""
    at = line.find("get_ipython().run_")
    if at < 0:
        return None, 0
    try:
        tree = ast.parse(line[at:].strip(), mode="eval").body
        if not (isinstance(tree, ast.Call) and isinstance(tree.func, ast.Attribute)):
            return None, 0
        words = [ast.literal_eval(argument) for argument in tree.args]
    except (SyntaxError, ValueError):
        return None, 0
    ours = (
        ("run_line_magic", "lprun", 2),
        ("run_cell_magic", "lprun", 3),
        ("run_cell_magic", "lprun_all", 3),
    )
    return (words, at) if words and (tree.func.attr, words[0], len(words)) in ours else (None, 0)


def _named_as_shown(profile: Profile, shell: Any) -> Profile:
    """The profile with cells called as the notebook shows them, `Cell In[3]`, and not by the file
    that IPython keeps their text under."""
    shown: dict[str, str] = {}

    def renamed(key: FunctionKey) -> FunctionKey:
        if key.file not in shown:
            name = shell.compile.format_code_name(key.file)
            shown[key.file] = " ".join(name) if name else key.file
        return replace(key, file=shown[key.file])

    functions = [
        replace(
            function,
            key=renamed(function.key),
            edges=tuple(replace(edge, callee=renamed(edge.callee)) for edge in function.edges),
        )
        for function in profile.functions
    ]
    return replace(profile, functions=tuple(sorted(functions, key=lambda f: f.key)))


def _listing(profile: Profile, options: TextOptions) -> str:
    stream = StringIO()
    if options.unit is None:
        options = replace(options, unit=_DEFAULT_UNIT)
    text.write(profile, stream, options)
    return stream.getvalue()


def _not_found(what: str, name: str, error: Exception) -> MagicError:
    return MagicError(f"Could not find {what} {name}.\n{type(error).__name__}: {error}")


def _unit(value: str) -> float:
    try:
        unit = float(value)
    except ValueError:
        unit = 0.0
    if not 1e-300 < unit < float("inf"):
        raise MagicError(f"Timer unit setting must be a positive number, not {value!r}.")
    return unit


def _columns(names: str) -> tuple[str, ...]:
    try:
        return names_in(names)
    except ValueError as error:
        raise MagicError(str(error)) from None


def _file(name: str) -> str:
    if len(name) > 1 and name[0] == name[-1] and name[0] in "\"'":
        return name[1:-1]
    return name
