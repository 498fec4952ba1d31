"""kernprof: run a program under lineprof, or under cProfile, and keep the results.

`kernprof -l -v script.py` is the command; `python -m kernprof` is the same.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run kernprof and return its exit status; see `kernprof.cli.main`."""
    from kernprof import cli

    return cli.main(argv)
