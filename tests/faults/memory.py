"""Memory that runs out, at each allocation in turn: Python's, and those of the core itself.

Python's own allocators can be told to fail (`_testcapi.set_nomemory`). The core's tables come from
malloc(), so that events need no interpreter: for them it is built with another one.
"""

from __future__ import annotations

from pathlib import Path

from .building import Interpreter, build_core, copied_tree, run, say
from .fuzzing import COUNTED

CORES = {"trace": (3, 11), "monitor": (3, 12)}
"""Event sources, with the Python from which on they are there."""

SHORTAGE = Path("tests", "faults", "shortage.py")


def memory(python: Interpreter) -> bool:
    """Whether everything ends in MemoryError or as it should."""
    version = tuple(int(part) for part in python.version.split(".")[:2])
    fine = True
    with copied_tree() as tree:
        # Compiled without the flags that rename malloc(), for it has to call it.
        source = tree / "tests" / "faults" / "fuzz" / "input.c"
        counter = tree.parent / "input.o"
        run(["cc", "-std=c11", "-O1", "-g", "-fPIC", "-c", str(source), "-o", str(counter)])
        build_core(tree, python, COUNTED, [str(counter)])
        say(f"Python {python.version}: memory runs out")
        for allocator in ("python", "core"):
            for core in (name for name, since in CORES.items() if version >= since):
                for mode in ("always", "started"):
                    command = [python.executable, "-X", "faulthandler", str(SHORTAGE)]
                    fine &= not run(
                        [*command, allocator, core, mode],
                        cwd=tree,
                        check=False,
                        env={"PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"},
                    )
    return fine
