"""Line-by-line profiler: how often each line ran, and how long it took.

`LineProfiler` measures; `kernprof -l -v script.py` does so for a whole script. Importing this
package loads next to nothing, and `LineProfiler` little more: what reads and shows results is
loaded when it is first used.
"""

from __future__ import annotations

from ._version import __version__
from .errors import FileFormatError, LineprofError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .code.scoping import ScopingPolicy
    from .commands.main import main
    from .compat.importer import StandIn
    from .compat.stats import LineStats, load_stats, show_func, show_text
    from .config import Config, load_config
    from .files.lprof import load, save
    from .live import LiveView
    from .measure.global_profile import GlobalProfiler, profile
    from .measure.profiler import LineProfiler
    from .model.profile import Edge, Function, FunctionKey, Line, Profile, Run, Thread
    from .processes.run import Processes as processes  # noqa: N813
    from .report.show import show
    from .select.selection import Selection

__all__ = [
    "Config",
    "Edge",
    "FileFormatError",
    "Function",
    "FunctionKey",
    "GlobalProfiler",
    "Line",
    "LineProfiler",
    "LineStats",
    "LineprofError",
    "LiveView",
    "Profile",
    "Run",
    "ScopingPolicy",
    "Selection",
    "StandIn",
    "Thread",
    "UsageError",
    "__version__",
    "load",
    "load_config",
    "load_ipython_extension",
    "load_stats",
    "main",
    "processes",
    "profile",
    "save",
    "show",
    "show_func",
    "show_text",
]

_HOMES = {
    "Config": "config",
    "GlobalProfiler": "measure.global_profile",
    "LineProfiler": "measure.profiler",
    "LiveView": "live",
    "ScopingPolicy": "code.scoping",
    "Selection": "select.selection",
    "StandIn": "compat.importer",
    "load": "files.lprof",
    "load_config": "config",
    "main": "commands.main",
    "processes": "processes",
    "profile": "measure.global_profile",
    "save": "files.lprof",
    "show": "report.show",
    **dict.fromkeys(("LineStats", "load_stats", "show_func", "show_text"), "compat.stats"),
    **dict.fromkeys(
        ("Edge", "Function", "FunctionKey", "Line", "Profile", "Run", "Thread"), "model.profile"
    ),
}
"""Public names that are loaded when they are first asked for, and the module of each."""


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    from .hints import resolvable

    value = getattr(import_module(f".{home}", __name__), name)
    resolvable(value)
    globals()[name] = value
    _tell_notebook()
    return value


def _tell_notebook() -> None:
    """Have a notebook that this is imported in show profiles as tables."""
    import sys

    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if shell is not None and "lineprof.integrations.ipython" not in sys.modules:
        from .integrations.ipython import show_profiles

        show_profiles(shell)


def load_ipython_extension(ip: object) -> None:
    """Add %lprun and %%lprun_all to this IPython shell; `%load_ext lineprof` calls it."""
    from .integrations.ipython import load_ipython_extension as load

    load(ip)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
