"""One self-contained page: an overview of a profile, and its source with the numbers beside it.

The scripts in `assets` show the JSON document made here. They write only text, never HTML, and a
Content-Security-Policy forbids the page to load, send or run anything else.
"""

import base64
import hashlib
import json
import os
import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape
from importlib.resources import files
from string import Template
from typing import Any, TypeVar

from ..._version import __version__
from ...model.profile import Function, FunctionKey, Line, Process, Profile, Run
from ...model.single_processes import names_of
from ..columns import COLUMNS
from ..command_line import command_line
from ..heat import HOT, SCALE
from ..options import DEFAULTS, TextOptions
from ..rows import chosen, notes_on_run, text_of

_T = TypeVar("_T")

_NAMES = "dom format model highlight rows treemap tables overview minimap find source inspector app"
SCRIPTS = tuple(f"{name}.js" for name in _NAMES.split())
"""In the order they run, inside one function: nothing of them is global."""

SHOWN = ("hits", "perhit", "time", "self", "percent", "await", "calls")
"""The columns between a line's number and its text."""


def render(profile: Profile, options: TextOptions = DEFAULTS) -> str:
    """The page as one text; of the options only `raw` and `filter` matter."""
    style = asset("style.css")
    script = '"use strict";\n(() => {\n' + "\n".join(map(asset, SCRIPTS)) + "})();\n"
    return Template(asset("page.html")).substitute(
        title=escape(title(profile)),
        version=escape(__version__),
        style=style,
        style_hash=_hash(style),
        script=script,
        script_hash=_hash(script),
        profile=island(document(profile, options)),
    )


def title(profile: Profile) -> str:
    commands = {_command(run): None for run in profile.runs if run.argv}
    if not commands:
        return "line profile"
    first, *others = commands
    return first + (f" and {len(others)} more" if others else "")


def document(profile: Profile, options: TextOptions = DEFAULTS) -> dict[str, Any]:
    """All that the page knows, as JSON values: tables as columns, times in ns."""
    shown, functions = chosen(profile, TextOptions(raw=options.raw, filter=options.filter))
    paths = sorted({function.key.file for function in functions})
    files = {path: index for index, path in enumerate(paths)}
    indices = {function.key: index for index, function in enumerate(functions)}

    return {
        "raw": options.raw,
        "runs": [_run(run) for run in shown.runs],
        "notes": list(notes_on_run(shown)),
        "registered": len(shown.functions),
        "heat": {"scale": SCALE, "hot": HOT},
        "columns": [
            {"name": c.name, "title": c.title, "help": c.help, "kind": c.kind, "field": c.field}
            for c in map(COLUMNS.__getitem__, SHOWN)
        ],
        "files": {"path": paths, "name": short_names(paths)},
        "functions": _table(
            functions,
            file=lambda f: files[f.key.file],
            line=lambda f: f.key.first_line,
            name=lambda f: f.key.name,
            calls=lambda f: f.calls,
            total=lambda f: f.total,
            source=text_of,
        ),
        **_numbers(functions, indices),
        "processes": [
            _process(process, name, functions, indices)
            for process, name in zip(shown.processes, names_of(shown.processes), strict=True)
        ],
    }


def _numbers(
    functions: Sequence[Function], indices: Mapping[FunctionKey, int]
) -> dict[str, dict[str, list[object]]]:
    def of_lines(get: Callable[[Line], int]) -> Callable[[Function], list[int]]:
        return lambda function: [get(line) for line in function.lines]

    return {
        # Of each function a list: `step` has the first line's number, then differences.
        "lines": _table(
            functions,
            step=_steps,
            hits=of_lines(lambda line: line.hits),
            total=of_lines(lambda line: line.total),
            self=of_lines(lambda line: line.self_time),
            suspended=lambda f: of_lines(lambda line: line.suspended)(f) if f.suspended else 0,
        ),
        # `callee` is the index of a function, or the name of one that the page does not have.
        "edges": _table(
            [(index, edge) for index, f in enumerate(functions) for edge in f.edges],
            caller=lambda both: both[0],
            line=lambda both: both[1].line,
            callee=lambda both: indices.get(both[1].callee, both[1].callee.name),
            calls=lambda both: both[1].calls,
            total=lambda both: both[1].total,
        ),
    }


def _process(
    process: Process,
    name: str,
    functions: Sequence[Function],
    indices: Mapping[FunctionKey, int],
) -> dict[str, Any]:
    """What the page shows instead of the sums; numbers are null if there are none of it alone."""
    found = {function.key: function for function in process.functions}
    own = [found.get(f.key, Function(f.key, 0, 0)) for f in functions]
    numbers = {
        "functions": _table(own, calls=lambda f: f.calls, total=lambda f: f.total),
        **_numbers(own, indices),
    }
    return {
        "name": name,
        "host": process.host,
        "pid": process.pid,
        "ending": process.ending,
        "started": process.started,
        "duration": process.duration,
        "time": process.time,
        "numbers": numbers if found else None,
    }


def _table(items: Iterable[_T], **columns: Callable[[_T], object]) -> dict[str, list[object]]:
    items = list(items)
    return {name: [get(item) for item in items] for name, get in columns.items()}


def _steps(function: Function) -> list[int]:
    numbers = [line.number for line in function.lines]
    return [number - before for number, before in zip(numbers, [0, *numbers], strict=False)]


def island(value: Any) -> str:
    """JSON that can stand inside a script element, whatever text it holds, in ASCII."""
    text = json.dumps(value, separators=(",", ":"), allow_nan=False)
    # "<" could end the element ("</script>") or hide its end ("<!--"); ASCII leaves no U+2028.
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def short_names(paths: Sequence[str]) -> list[str]:
    """The paths without the folder they have in common; other names stay whole."""
    real = {path for path in paths if os.path.isabs(path)}
    if not real:
        return list(paths)
    try:
        common = os.path.commonpath({os.path.dirname(path) for path in real})
    except ValueError:  # on several drives
        return list(paths)
    names = [path[len(common) :].lstrip(os.sep) if path in real else path for path in paths]
    # Names are addresses on the page, so no two files may share one.
    return names if len({*names}) == len(names) else list(paths)


def _run(run: Run) -> dict[str, Any]:
    return {
        "command": _command(run),
        "python": " ".join(filter(None, (run.implementation, run.python))),
        "platform": run.platform,
        "host": run.host,
        "pid": run.pid,
        "started": run.started,
        "duration": run.duration,
        "clock": run.clock,
        "tick": run.tick,
        "core": run.core,
        "cost": list(run.cost),
        "lineprof": run.lineprof,
    }


def _command(run: Run) -> str:
    return command_line(run.argv, shlex.quote)


def asset(name: str) -> str:
    return files("lineprof").joinpath("report", "html", "assets", name).read_text("utf-8")


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")
