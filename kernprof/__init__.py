"""kernprof: run a program under lineprof, or under cProfile, and keep the results.

`kernprof -l -v script.py` is the command; `python -m kernprof` is the same.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from kernprof.contextual import ContextualProfile

__all__ = ["ContextualProfile", "main"]


def main(args: Sequence[str] | None = None, *, exit_on_error: bool = True) -> int:
    """Run kernprof and return its exit status; see `kernprof.cli.main`.

    args: arguments without the command's name; None for those of this process.
    exit_on_error: say what is wrong with the arguments, or that there is no such program, on
        standard error; False raises it, as lineprof.LineprofError.
    """
    from kernprof import cli

    return cli.main(args, exit_on_error=exit_on_error)


def __getattr__(name: str) -> object:
    if name != "ContextualProfile":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from kernprof.contextual import ContextualProfile

    return ContextualProfile
