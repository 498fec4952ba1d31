"""kernprof: run a program under lineprof, or under cProfile, and keep the results.

`kernprof -l -v script.py` is the command; `python -m kernprof` is the same.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from kernprof.backends.functions import ContextualProfile
    from kernprof.line_profiler_names import (
        RepeatedTimer,
        execfile,
        find_module_script,
        find_script,
        pre_parse_single_arg_directive,
    )
    from lineprof import __version__

__all__ = [
    "ContextualProfile",
    "RepeatedTimer",
    "__version__",
    "execfile",
    "find_module_script",
    "find_script",
    "main",
    "pre_parse_single_arg_directive",
]

_OF_LINE_PROFILER = frozenset(__all__) - {"ContextualProfile", "__version__", "main"}


def main(args: Sequence[str] | None = None, *, exit_on_error: bool = True) -> int:
    """Run kernprof and return its exit status; see `kernprof.cli.main`.

    args: arguments without the command's name; None for those of this process.
    exit_on_error: say on standard error what is wrong with the arguments, or that there is no
        such program; False raises it, as lineprof.LineprofError.
    """
    from kernprof import cli

    return cli.main(args, exit_on_error=exit_on_error)


def __getattr__(name: str) -> object:
    if name == "ContextualProfile":
        from kernprof.backends.functions import ContextualProfile

        return ContextualProfile
    if name == "__version__":
        from lineprof import __version__

        return __version__
    if name in _OF_LINE_PROFILER:
        from kernprof import line_profiler_names

        return getattr(line_profiler_names, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
