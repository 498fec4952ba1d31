"""Makes each allocation fail in turn: those of Python and those of the core.

`_testcapi.set_nomemory` makes Python's allocators fail. The core's tables come from malloc(), so it
is built with another malloc() that can fail.
"""

from __future__ import annotations

from pathlib import Path

from .building import Interpreter, build_core, copied_tree, run, say
from .fuzzing import COUNTED

CORES = {"trace": (3, 11), "monitor": (3, 12)}
"""The event sources, and the first Python that has each."""

SHORTAGE = Path("tests", "faults", "shortage.py")


def memory(python: Interpreter) -> bool:
    """True if every run ends with MemoryError or the right numbers."""
    version = tuple(int(part) for part in python.version.split(".")[:2])
    fine = True
    with copied_tree() as tree:
        # Compiled without the flags that rename malloc(), which it has to call.
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
