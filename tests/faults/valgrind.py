"""Runs the core under valgrind, which finds uninitialised reads, bad writes and leaks."""

from __future__ import annotations

from .building import Interpreter, build_core, copied_tree, run, say, tool

OPTIONS = (
    "--quiet",
    "--leak-check=full",
    # What is still reachable at exit belongs to the interpreter, which does not free it.
    "--show-leak-kinds=definite,indirect",
    "--errors-for-leak-kinds=definite,indirect",
    "--error-exitcode=9",
    "--num-callers=30",
)


def valgrind(python: Interpreter, every: int) -> bool:
    """True if valgrind reports nothing; Debian's Python needs no suppressions.

    every: run one program in so many of the catalogue.
    """
    command = [tool("valgrind"), *OPTIONS, python.executable]
    with copied_tree() as tree:
        say(f"Python {python.version}: valgrind")
        build_core(tree, python, ())
        return not run(
            [*command, "-m", "tests.faults.exercise", str(every)],
            cwd=tree,
            check=False,
            env={"PYTHONMALLOC": "malloc", "PYTHONDONTWRITEBYTECODE": "1"},
        )
