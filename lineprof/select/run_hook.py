"""Sees code of modules that begins to run without an import, as exec() and runpy run files.

From Python 3.12 on `sys.monitoring` reports all code that begins, also functions made by
decorators. The callback asks for no second report of the same code, which then costs nothing. On
3.11 the frame evaluator that measures anyway reports code with a namespace of its own. If another
evaluator has its place, only `runpy.run_path` is seen.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType
    from typing import Any

_TOOLS = (4, 3, 5)
"""Ids of `sys.monitoring` to choose from: the others belong to debuggers, coverage, cProfile."""

_REMEMBERED = 64  # How many of the code objects reported last are remembered


class RunHook:
    """While placed, reports code of modules and scripts as it begins to run.

    on_code: called with the code, if that is of a file; what it raises is kept in `failure`.
    watch_modules: that of the C core, on Python 3.11.
    on_function: from Python 3.12 on called with the code of each function or class body that
        begins to run, if its file is among `files`.
    """

    files: set[str]  # Names of files, as code objects have them

    def __init__(
        self,
        on_code: Callable[[CodeType], object],
        watch_modules: Callable[[Callable[[CodeType], object] | None], bool] | None = None,
        on_function: Callable[[CodeType], object] | None = None,
    ) -> None:
        self.failure: Exception | None = None
        self.files = set()
        self._on_code = on_code
        self._on_function = on_function
        self._watch_modules = watch_modules
        self._undo: Callable[[], None] | None = None

    def place(self) -> None:
        """Begin; no effect if placed."""
        if self._undo is None:
            if sys.version_info >= (3, 12):
                self._undo = self._monitor()
            else:
                self._undo = self._have_evaluator_tell() or self._see_runpy()

    def remove(self) -> None:
        """Undo `place`."""
        if self._undo is not None:
            self._undo()
            self._undo = None

    def _tell(self, code: CodeType) -> None:
        if not code.co_filename.startswith("<"):
            self._call(self._on_code, code)

    def _call(self, act: Callable[[CodeType], object], code: CodeType) -> None:
        if self._undo is None:
            return
        try:
            act(code)
        except Exception as error:
            self.failure = self.failure or error

    def _monitor(self) -> Callable[[], None] | None:
        monitoring: Any = getattr(sys, "monitoring")  # noqa: B009 (not there on 3.11)
        tool = next((tool for tool in _TOOLS if monitoring.get_tool(tool) is None), None)
        if tool is None:
            self.failure = RuntimeError("no tool id of sys.monitoring is free")
            return None
        start, disable, tell = monitoring.events.PY_START, monitoring.DISABLE, self._tell
        files, call, on_function = self.files, self._call, self._on_function

        def began(code: CodeType, offset: int) -> object:
            if code.co_name == "<module>":
                tell(code)
            elif on_function is not None and code.co_filename in files:
                call(on_function, code)
            return disable

        def undo() -> None:
            monitoring.set_events(tool, 0)
            monitoring.register_callback(tool, start, None)
            monitoring.free_tool_id(tool)

        monitoring.use_tool_id(tool, "lineprof selection")
        monitoring.register_callback(tool, start, began)
        monitoring.set_events(tool, start)
        return undo

    def _have_evaluator_tell(self) -> Callable[[], None] | None:
        watch, tell = self._watch_modules, self._tell
        # By identity, and held, so that no other can have it: each run is reported.
        told: dict[int, CodeType] = {}

        def began(code: CodeType) -> None:
            if told.get(id(code)) is code:
                return
            if len(told) >= _REMEMBERED:
                told.clear()
            told[id(code)] = code
            tell(code)

        def undo() -> None:
            if watch is not None:
                watch(None)

        return undo if watch is not None and watch(began) else None

    def _see_runpy(self) -> Callable[[], None]:
        import runpy

        module: Any = runpy
        original, tell = module._get_code_from_file, self._tell

        def get_code_from_file(*arguments: Any) -> Any:
            code, name = original(*arguments)
            tell(code)
            return code, name

        def undo() -> None:
            # A function that somebody else has wrapped stays, without effect.
            if module._get_code_from_file is get_code_from_file:
                module._get_code_from_file = original

        module._get_code_from_file = get_code_from_file
        return undo
