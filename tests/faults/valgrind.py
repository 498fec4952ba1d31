"""The core at work under valgrind: reads of what is not set, writes beside, and leaks."""

from __future__ import annotations

from .building import Interpreter, build_core, copied_tree, run, say, tool

OPTIONS = (
    "--quiet",
    "--leak-check=full",
    # What is still reachable at the end is the interpreter's: it does not tidy up.
    "--show-leak-kinds=definite,indirect",
    "--errors-for-leak-kinds=definite,indirect",
    "--error-exitcode=9",
    "--num-callers=30",
)


def valgrind(python: Interpreter, every: int) -> bool:
    """Whether valgrind has nothing to say; no suppressions are needed with Debian's Python.

    every: one program in so many of the catalogue is run.
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
