"""Finds the code that targets mean and has a profiler measure it, with no change to the program.

A module's code object contains the code of all its functions, also of lambdas, nested functions and
those that decorators hide. So they are measured from before the module's first line runs.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence

from ..code.callables import (
    codes_within,
    functions_of,
    is_class,
    is_function,
    is_module,
    is_of_annotations,
    module_functions,
    namespace_of,
)
from ..code.scoping import functions_in
from ..measure.event_source import watch_modules
from . import preimport
from .import_hook import ImportHook
from .run_hook import RunHook
from .targets import Match, OwnCode, Target, module_names, parse, whole

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType, FunctionType, ModuleType
    from typing import Any

    from ..measure.profiler import LineProfiler

_OF_PYTHON = (".py", ".pyw", "")  # Endings of files with Python; scripts have none

_IS_FUNCTION = 0x1
"""CO_OPTIMIZED: set for functions, lambdas and comprehensions, not for modules and classes."""


class Selection:
    """The code that a run measures besides what the program decorates itself.

    profiler: measures each function from when its module is loaded, and on after `remove`.
    targets: texts as `lineprof.select.targets` describes them.
    folder: also measure what lies in this folder or below and is not installed there.
    nested: also measure generator expressions, comprehensions and class bodies in these functions.
    module_level: also measure the top level of selected modules, and of the program in any case.
    tell: called with a line of text for each function that is found.
    program: path of the program, "" if this process is none that the program has started. In such
        a process nobody calls `add_program`: scripts are looked at as they begin to run.
    """

    def __init__(
        self,
        profiler: LineProfiler,
        targets: Sequence[str] = (),
        *,
        folder: str | None = None,
        nested: bool = False,
        module_level: bool = False,
        tell: Callable[[str], object] | None = None,
        program: str = "",
    ) -> None:
        self._profiler = profiler
        self._program = program
        self._takes_program = folder is not None
        self._targets: list[Target | OwnCode] = [parse(text) for text in targets]
        if folder is not None:
            self._targets.append(OwnCode(os.path.realpath(folder)))
        self._nested = nested
        self._module_level = module_level
        self._tell = tell
        self._hit: set[str] = set()
        self._programs: dict[str, tuple[str, ...]] = {}
        self._hook = ImportHook(self._on_code, self._on_module, self._follows)
        self._runs = RunHook(self._on_run, watch_modules, self._on_function)
        self._matches_in: dict[str, list[tuple[str, Match]]] = {}
        self._imported: CodeType | None = None

    # -- while the program runs --------------------------------------------------------------

    def place(self) -> None:
        """Measure what is selected in the modules loaded so far and from now on."""
        self._hook.place()
        if self._program or any(target.names_files for target in self._targets):
            self._runs.place()
        self._look_into_all()

    def remove(self) -> None:
        """Look at no further modules; what is measured already stays so."""
        self._hook.remove()
        self._runs.remove()

    @property
    def failure(self) -> Exception | None:
        """The first exception met while looking for code, if any."""
        return self._hook.failure or self._runs.failure

    @property
    def unmatched(self) -> tuple[str, ...]:
        """The targets for which no code was found, as they were written."""
        return tuple(t.text for t in self._targets if t.text not in self._hit)

    @property
    def targets(self) -> list[str]:
        """What is looked for, as texts that mean the same in another folder."""
        texts: list[str] = []
        for target in self._targets:
            if isinstance(target, Target):
                inner = f":{target.function}" if target.function else ""
                texts += [path + inner for path in target.paths]
                if target.module is not None:
                    texts.append(target.text)
        return texts

    def add_program(
        self, code: CodeType, *, name: str = "", everything: bool = False, imports: bool = False
    ) -> None:
        """Measure what is selected of the code that runs as `__main__`.

        name: what it is called as a module, if it was found as one.
        everything: all of its functions, whatever the targets say.
        imports: if it is selected, also what it imports at its top level.
        """
        file = _file_of(code)
        names = tuple(filter(None, (name, *(module_names(code.co_filename) if file else ()))))
        self._programs[file] = names
        matches = self._matches(names or ("__main__",), file)
        if everything:
            matches.append(("", whole))
        self._add_codes(code, matches)
        if self._module_level:
            self._watch(code)
        if imports and matches:
            package = name if code.co_filename.endswith("__init__.py") else name.rpartition(".")[0]
            found = [parse(text) for text in imported(code, package)]
            self._targets += found
            # Nobody named each of them, so none of them is to be reported as unmatched.
            self._hit |= {target.text for target in found}
            self._look_into_all()

    def preimport(self) -> list[str]:
        """Import the modules that targets name, but for the program and test modules below a
        target.

        Returns a line for each that failed; whatever one raises is only told, but for
        KeyboardInterrupt.
        """
        faults: list[str] = []
        for target in self._targets:
            if not isinstance(target, Target):
                continue
            faults += preimport.modules(target, self._programs)
            if target.text not in self._hit:
                with preimport.telling(faults, target.text):
                    self._add_attribute(target)
        return faults

    # -- what the hook tells -----------------------------------------------------------------

    def _on_code(self, name: str, code: CodeType) -> None:
        self._imported = code
        file = _file_of(code)
        self._add_codes(code, self._matches((name,), file) + self._as_program(code, file))

    def _on_run(self, code: CodeType) -> None:
        """Code begins to run that may come from a file without being imported."""
        if code is self._imported:
            return
        file = _file_of(code)
        # Templates become code under their own names, with lines that are not theirs.
        if os.path.splitext(file)[1] in _OF_PYTHON and os.path.isfile(file):
            names = module_names(file) if self._program else ()
            self._add_codes(code, self._matches(names, file) + self._as_program(code, file))

    def _as_program(self, code: CodeType, file: str) -> list[tuple[str, Match]]:
        """What is measured of the program because it is the program; here it is run again."""
        if file != self._program:
            return []
        if self._module_level:
            self._watch(code)
        return [("", whole)] if self._takes_program else []

    def _on_function(self, code: CodeType) -> None:
        """A function of a file with selected code runs first: decorators make new code."""
        if (self._nested or _is_function(code)) and not is_of_annotations(code):
            matches = self._matches_in.get(code.co_filename, ())
            if self._is_hit(code, matches):
                self._watch(code)

    def _follows(self, name: str, origin: str, hands_out_code: bool) -> bool:
        """Whether to look into a module once it has been executed."""
        matches = self._matches((name,), os.path.realpath(origin) if origin else "")
        # Names in a module may stand for functions that were written in another; and functions
        # of its own may have got new code from a decorator, which `_runs` does not see on 3.11.
        seen = hands_out_code and sys.version_info >= (3, 12)
        return any(not seen or self._is_target(text) for text, _ in matches)

    def _on_module(self, module: ModuleType) -> None:
        matches = self._matches_of(module)
        if matches:
            self._look_into(module, matches, module_functions(module))

    # -- matching ----------------------------------------------------------------------------

    def _matches(self, names: Sequence[str], file: str) -> list[tuple[str, Match]]:
        found = ((target.text, target.match(names, file)) for target in self._targets)
        return [(text, match) for text, match in found if match is not None]

    def _add_codes(self, code: CodeType, matches: list[tuple[str, Match]]) -> None:
        """Measure the selected functions in a module's code."""
        if not matches:
            return
        self._matches_in[code.co_filename] = matches
        self._runs.files.add(code.co_filename)
        complete = {text for text, match in matches if match is whole}
        self._hit |= complete
        if complete and self._module_level:
            self._watch(code)
        for inner, is_one in _functions_in(code):
            if self._is_hit(inner, matches) and (is_one or self._nested):
                self._watch(inner)

    def _look_into_all(self) -> None:
        """Measure the selected functions of the modules that have been executed already."""
        found = [(module, self._matches_of(module)) for module in list(sys.modules.values())]
        found = [(module, matches) for module, matches in found if matches]
        if not found:
            return
        # A function that only a decorator holds cannot be found in any other way.
        functions: dict[int, list[FunctionType]] = {
            id(namespace_of(module)): [] for module, _ in found
        }
        for function in filter(is_function, gc.get_objects()):
            if id(function.__globals__) in functions and _is_written(function.__code__):
                functions[id(function.__globals__)].append(function)
        for module, matches in found:
            self._look_into(module, matches, functions[id(namespace_of(module))])

    def _matches_of(self, module: ModuleType) -> list[tuple[str, Match]]:
        names = namespace_of(module)
        name, file = names.get("__name__"), names.get("__file__")
        if not isinstance(name, str) or name == "__main__":
            return []
        return self._matches((name,), os.path.realpath(file) if isinstance(file, str) else "")

    def _look_into(
        self,
        module: ModuleType,
        matches: list[tuple[str, Match]],
        functions: Iterable[FunctionType],
    ) -> None:
        """Measure the selected ones among the functions of a module."""
        complete: list[tuple[str, Match]] = [(t, match) for t, match in matches if match is whole]
        self._hit |= {text for text, _ in complete}
        for function in functions:
            self._add_function(function.__code__, matches)
        if any(self._is_target(text) for text, _ in complete):
            # As with line_profiler, what it has from its own package belongs to it.
            for function in functions_in(module):
                self._add_function(function.__code__, complete)
        texts = {text for text, _ in matches} - self._hit
        for target in self._targets:
            if isinstance(target, Target) and target.text in texts:
                self._add_named(target, namespace_of(module))

    def _is_target(self, text: str) -> bool:
        """Whether it is the text of a target, and not of all of one's own code."""
        return any(isinstance(t, Target) and t.text == text for t in self._targets)

    def _add_named(self, target: Target, names: dict[str, Any]) -> None:
        """Measure what a name in a module stands for, wherever it was written."""
        inner, module = target.function, names["__name__"]
        if inner is None and target.module and target.module.startswith(f"{module}."):
            inner = target.module[len(module) + 1 :]
        if inner is None:
            return
        first, _, rest = inner.partition(".")
        value = names.get(first)
        for part in filter(None, rest.split(".")):
            value = namespace_of(value).get(part) if is_class(value) else None
        if value is None:
            return
        for function in functions_of(value):
            self._hit.add(target.text)
            self._add_function(function.__code__, [(target.text, whole)])

    def _add_attribute(self, target: Target) -> None:
        """Measure what a dotted name leads to by attributes, as `os.path` does."""
        parts = ".".join(filter(None, (target.module, target.function))).split(".")
        counts = range(len(parts), 0, -1)
        count = next((n for n in counts if ".".join(parts[:n]) in sys.modules), 0)
        if target.module is None or count == 0:
            return
        value: Any = sys.modules[".".join(parts[:count])]
        for part in parts[count:]:
            value = getattr(value, part, None)
        everything: list[tuple[str, Match]] = [(target.text, whole)]
        if is_module(value):
            self._look_into(value, everything, module_functions(value))
            return
        for function in functions_of(value):
            self._add_function(function.__code__, everything)

    def _add_function(self, code: CodeType, matches: list[tuple[str, Match]]) -> None:
        if self._is_hit(code, matches):
            self._watch(code)
            for inner, is_one in _functions_in(code):
                if is_one or self._nested:
                    self._watch(inner)

    def _is_hit(self, code: CodeType, matches: Sequence[tuple[str, Match]]) -> bool:
        """Whether a function is selected, and by which targets."""
        hit = [text for text, match in matches if match(code.co_qualname)]
        self._hit.update(hit)
        return bool(hit)

    def _watch(self, code: CodeType) -> None:
        if self._profiler.watch(code) and self._tell is not None:
            self._tell(f"measuring {code.co_qualname} ({code.co_filename}:{code.co_firstlineno})")


def imported(code: CodeType, package: str = "") -> list[str]:
    """What a module imports at its top level, as targets: `json.__init__`, `os.path:join`...

    package: what relative imports start from.
    """
    import dis

    found: list[str] = []
    module = ""
    constants: list[object] = []
    for step in dis.get_instructions(code):
        if step.opname in ("LOAD_CONST", "LOAD_SMALL_INT"):
            constants = [*constants[-1:], step.argval]
        elif step.opname == "IMPORT_NAME":
            level, names = (*constants, None, None)[:2]
            module = _absolute(str(step.argval), level, package)
            if module and not (isinstance(names, tuple) and "*" not in names):
                found.append(f"{module}.__init__")
        elif step.opname == "IMPORT_FROM" and module:
            # Either a module or something inside one.
            found += [f"{module}.{step.argval}.__init__", f"{module}:{step.argval}"]
    return list(dict.fromkeys(found))


def _absolute(name: str, level: object, package: str) -> str:
    if not isinstance(level, int) or level == 0:
        return name
    base = package.split(".")[: len(package.split(".")) - level + 1]
    return ".".join(filter(None, (*base, name)))


def _functions_in(code: CodeType) -> Iterator[tuple[CodeType, bool]]:
    """The code objects in another, each with whether it is a function in the user's eyes."""
    for inner in codes_within(code):
        yield inner, _is_function(inner)


def _is_function(code: CodeType) -> bool:
    """Whether it is one in the user's eyes: no comprehension, no class body."""
    name = code.co_name
    written = not name.startswith("<") or name == "<lambda>"
    return bool(code.co_flags & _IS_FUNCTION) and written


def _is_written(code: CodeType) -> bool:
    """Whether somebody wrote it: what dataclasses and the like generate is in no file."""
    if is_of_annotations(code):
        return False
    return not code.co_filename.startswith("<") or code.co_filename.startswith("<frozen ")


def _file_of(code: CodeType) -> str:
    name = code.co_filename
    return "" if name.startswith("<") else os.path.realpath(name)
