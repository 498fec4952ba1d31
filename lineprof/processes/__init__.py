"""A program of many processes: each measures into a file, and one of them adds them up.

The module itself can be called:

    with lineprof.processes(profiler, label="main") as run:
        ...
    run.collect()
"""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..measure.profiler import LineProfiler
    from .run import Processes


class _Module(type(sys)):  # type: ignore[misc]
    def __call__(self, profiler: "LineProfiler", *, label: str = "") -> "Processes":
        """Follow the processes that this one starts or forks in a `with` block.

        profiler: of this process; the functions it has by then are measured in the others, too.
        label: what this process is called in the results.
        """
        from .run import Processes

        return Processes(profiler, label=label)


processes = sys.modules[__name__]
processes.__class__ = _Module
