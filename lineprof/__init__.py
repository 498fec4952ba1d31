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
    from .cli import main
    from .config import Config, load_config
    from .integrations.ipython import load_ipython_extension
    from .linestats import LineStats, load_stats, show_func, show_text
    from .listing import show
    from .live import LiveView
    from .model import Edge, Function, FunctionKey, Line, Profile, Run, Thread
    from .profiler import LineProfiler
    from .scoping import ScopingPolicy
    from .selection import Selection
    from .session import GlobalProfiler, profile
    from .standin import StandIn
    from .storage import load, save

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
    "profile",
    "save",
    "show",
    "show_func",
    "show_text",
]

_HOMES = {
    "Config": "config",
    "GlobalProfiler": "session",
    "LineProfiler": "profiler",
    "LiveView": "live",
    "ScopingPolicy": "scoping",
    "Selection": "selection",
    "StandIn": "standin",
    "load": "storage",
    "load_config": "config",
    "load_ipython_extension": "integrations.ipython",
    "main": "cli",
    "profile": "session",
    "save": "storage",
    "show": "listing",
    **dict.fromkeys(("LineStats", "load_stats", "show_func", "show_text"), "linestats"),
    **dict.fromkeys(
        ("Edge", "Function", "FunctionKey", "Line", "Profile", "Run", "Thread"), "model"
    ),
}
"""Public names that are loaded when they are first asked for, and the module of each."""


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f".{home}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
