"""What a process of a profiled program does as it starts: next to nothing.

lineprof_standin.pth calls `begin` where the variable says that there is a run. From then on
`profile` is among the builtins. The profiler is made when it is first used, so that helpers of
multiprocessing, and whatever else measures nothing, load no more than this module.
"""

from __future__ import annotations

import builtins
import os
import sys

from .arrivals import PICKLERS, SPAWN, Arrivals
from .folder import BUILTIN, CHOICE, VARIABLE, RunFolder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

_EXPLICIT = f"{__name__.partition('.')[0]}.measure.global_profile"

_HELPERS = ("resource_tracker import main", "semaphore_tracker import main", "forkserver import")


class LazyProfile:
    """Stands for the process's profiler until it is first used."""

    def __call__(self, func: Any) -> Any:
        return made()(func)

    def __enter__(self) -> Any:
        return made().__enter__()

    def __exit__(self, *error: object) -> Any:
        return made().__exit__(*error)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(made(), name)

    def __reduce__(self) -> str:
        return "profile"


class _Nothing:
    """Stands for a profiler that could not be made."""

    def __call__(self, func: Any) -> Any:
        return func

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *error: object) -> None:
        return None

    def runcall(self, func: Any, /, *args: Any, **kwargs: Any) -> Any:
        return func(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *args, **kwargs: None


profile = LazyProfile()
_nothing = _Nothing()
_begun = False


def made() -> Any:
    """The profiler of this process; one that does nothing if there can be none."""
    try:
        from .child import profiler

        found = profiler()
    except Exception as error:  # another version of Python than lineprof was built for
        _tell(f"a process is not measured: {error!r}")
        return _nothing
    # What was lazy so far is this profiler from now on.
    if getattr(builtins, "profile", None) is profile:
        builtins.profile = found  # type: ignore[attr-defined]
    explicit: Any = sys.modules.get(_EXPLICIT)
    if explicit is not None and explicit.profile.is_measured_by(profile):
        explicit.profile._kernprof_overwrite(found)
    return found


def _tell(fault: str) -> None:
    try:
        RunFolder.open(os.environ.get(VARIABLE, "")).add_fault(fault)
    except OSError:
        return


def begin() -> None:
    """Have this process take part in the run, if there is one. Never raises."""
    if "LINEPROF_NO_PTH" not in os.environ:
        _begin(choose=not _is_helper())


def begin_started() -> None:
    """As `begin`, in a process that multiprocessing has started and that is no helper.

    Without a run there is a `profile` among the builtins, too: the program says `@profile`.
    """
    _begin(choose=True)
    if not hasattr(builtins, "profile"):
        from ..measure.global_profile import profile as explicit
        from .spawned import change

        builtins.profile = explicit  # type: ignore[attr-defined]
        Arrivals(dict.fromkeys(SPAWN, change)).place()


def _begin(*, choose: bool) -> None:
    global _begun
    folder = os.environ.get(VARIABLE, "")
    if not os.path.isabs(folder):
        return
    try:
        if not _begun:
            _begun = True
            _place(folder)
        if choose and os.path.exists(os.path.join(folder, CHOICE)):
            from . import child

            child.choose()
    except Exception as error:  # the program starts as without us
        _tell(f"a process is not measured: {error!r}")


def _place(folder: str) -> None:
    # A process may outlive the run.
    builtin = not os.path.exists(folder) or os.path.exists(os.path.join(folder, BUILTIN))
    if builtin and not hasattr(builtins, "profile"):
        builtins.profile = profile  # type: ignore[attr-defined]
    acts = dict.fromkeys(SPAWN, _change_spawn) | dict.fromkeys(PICKLERS, _change_pickler)
    Arrivals(acts | {_EXPLICIT: _change_explicit}).place()


def _is_helper() -> bool:
    words = getattr(sys, "orig_argv", ())
    return any(part in word for word in words[1:] for part in _HELPERS)


def _change_spawn(module: ModuleType) -> None:
    from .spawned import change

    change(module)


def _change_pickler(module: ModuleType) -> None:
    from .by_value import change

    change(module, lambda code: made().watch(code))


def _change_explicit(module: Any) -> None:
    """`from lineprof import profile` is the process's profiler, too."""
    module.profile._kernprof_overwrite(profile)
