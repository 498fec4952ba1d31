"""`autoprofile.run`: run a script and measure what is chosen of it and of its imports."""

from __future__ import annotations

import builtins
import os
from collections.abc import MutableMapping, Sequence
from typing import Any

from ...measure.profiler import LineProfiler
from ...select.selection import Selection


def run(
    script_file: str | os.PathLike[str],
    ns: MutableMapping[str, Any],
    prof_mod: Sequence[str],
    profile_imports: bool = False,
    as_module: bool = False,
) -> None:
    """Run a script with what is chosen measured, from then on.

    ns: its namespace; measuring is the profiler in it that is called `prof` or `profile`, or
        the `profile` in builtins. TypeError if that is no LineProfiler.
    prof_mod: targets as for `kernprof -p`; the script itself may be one.
    profile_imports: if it is, what it imports is, too.
    as_module: whether it runs as a module does by `python -m`; its package is `__package__`
        of the namespace.

    OSError if the file cannot be read; SyntaxError, and whatever the script raises.
    """
    profiler = ns.get("prof") or ns.get("profile") or getattr(builtins, "profile", None)
    if not isinstance(profiler, LineProfiler):
        raise TypeError(f"no LineProfiler is called prof or profile: {profiler!r}")
    name = os.fspath(script_file)
    with open(name, "rb") as file:
        code = compile(file.read(), name, "exec", dont_inherit=True)
    selection = Selection(profiler, [prof_mod] if isinstance(prof_mod, str) else prof_mod)
    selection.place()
    try:
        selection.add_program(
            code, name=_module_name(name, ns) if as_module else "", imports=profile_imports
        )
        names = ns if isinstance(ns, dict) else dict(ns)
        exec(code, names)
    finally:
        selection.remove()


def _module_name(file: str, ns: MutableMapping[str, Any]) -> str:
    stem = os.path.splitext(os.path.basename(file))[0]
    package = ns.get("__package__") or ""
    return ".".join(filter(None, (package, "" if stem == "__init__" else stem)))
