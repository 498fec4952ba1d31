"""Processes that multiprocessing starts anew: they take part in the run, wherever they start.

Such a process (spawn, forkserver) is sent what to set up before it imports the main module. With it
goes an object whose unpickling calls `begin_started`: a process of the forkserver is forked, and
where the .pth file is not installed nothing else would.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

# A process may run in another environment, without lineprof.
_BEGIN = """\
try:
    from lineprof.processes.guard import begin_started
except ImportError:
    pass
else:
    begin_started()
"""


def change(module: Any) -> Callable[[], None]:
    """Have a module that prepares such processes send that object; call the result to undo it."""
    original = module.get_preparation_data

    def get_preparation_data(*args: Any, **kwargs: Any) -> Any:
        data = original(*args, **kwargs)
        if sys._getframe(1).f_code.co_name == "ensure_running":
            # The forkserver is a helper: its children import the main module themselves.
            data.pop("init_main_from_path", None)
            data.pop("init_main_from_name", None)
        else:
            data[__name__] = _Beginning()
        return data

    def undo() -> None:
        if module.get_preparation_data is get_preparation_data:
            module.get_preparation_data = original

    module.get_preparation_data = get_preparation_data
    return undo


class _Beginning:
    """Unpickled, it calls `begin_started` where lineprof is installed."""

    def __reduce__(self) -> tuple[Any, ...]:
        return exec, (_BEGIN, {})
