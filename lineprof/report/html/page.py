"""One self-contained page: an overview of a profile, and its source with the numbers beside it.

Here a profile becomes a JSON document; the files in the folder `html` beside this one (one page,
one style sheet, some scripts) show it. Scripts never write HTML, only text, and the page's own
Content-Security-Policy forbids it to load, send or run anything else: source text stays text.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from string import Template
from typing import Any

from ..._version import __version__
from ...model.profile import Function, FunctionKey, Profile, Run
from ..command_line import command_line
from ..rows import select, text_of

SCRIPTS = (
    "dom.js",
    "format.js",
    "model.js",
    "highlight.js",
    "rows.js",
    "treemap.js",
    "tables.js",
    "overview.js",
    "minimap.js",
    "find.js",
    "source.js",
    "inspector.js",
    "app.js",
)
"""In the order they run; one function holds them all, so nothing of them is global."""


@dataclass(frozen=True, slots=True)
class HtmlOptions:
    """What a page shows."""

    raw: bool = False
    """Times as measured, the profiler's own cost included."""
    filter: tuple[str, ...] = ()
    """Shell patterns, of which one must match the function's name or file."""


def render(profile: Profile, options: HtmlOptions = HtmlOptions()) -> str:
    """The page as one text."""
    style = _asset("style.css")
    script = '"use strict";\n(() => {\n' + "\n".join(map(_asset, SCRIPTS)) + "})();\n"
    return Template(_asset("page.html")).substitute(
        title=escape(title(profile)),
        version=escape(__version__),
        style=style,
        style_hash=_hash(style),
        script=script,
        script_hash=_hash(script),
        profile=island(document(profile, options)),
    )


def title(profile: Profile) -> str:
    """What the page is called: the program measured, as far as it is known."""
    commands = {_command(run): None for run in profile.runs if run.argv}
    if not commands:
        return "line profile"
    first, *others = commands
    return first + (f" and {len(others)} more" if others else "")


def document(profile: Profile, options: HtmlOptions = HtmlOptions()) -> dict[str, Any]:
    """All that the page knows, as JSON values; times are ns."""
    shown = profile if options.raw else profile.corrected()
    functions = select(shown, only=options.filter)
    paths = sorted({function.key.file for function in functions})
    file_index = {path: index for index, path in enumerate(paths)}
    indices = {function.key: index for index, function in enumerate(functions)}
    return {
        "raw": options.raw,
        "runs": [_run(run) for run in profile.runs],
        "registered": len(profile.functions),
        "files": [list(names) for names in zip(paths, short_names(paths), strict=True)],
        "functions": [
            [
                file_index[function.key.file],
                function.key.first_line,
                function.key.name,
                function.calls,
                function.total,
                text_of(function),
                *_columns(function),
                _edges(function, indices),
            ]
            for function in functions
        ],
    }


def island(value: Any) -> str:
    """JSON that can stand inside a script element, whatever text it holds, in ASCII."""
    text = json.dumps(value, separators=(",", ":"), allow_nan=False)
    # "<" could end the element ("</script>") or hide its end ("<!--"); ASCII leaves no U+2028.
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def short_names(paths: Sequence[str]) -> list[str]:
    """The paths without the folder they have in common; names that are no paths stay whole."""
    real = {path for path in paths if os.path.isabs(path)}
    if not real:
        return list(paths)
    try:
        common = os.path.commonpath({os.path.dirname(path) for path in real})
    except ValueError:  # on several drives
        return list(paths)
    names = [path[len(common) :].lstrip(os.sep) if path in real else path for path in paths]
    # Names are addresses on the page: no two files may share one.
    return names if len({*names}) == len(names) else list(paths)


def _columns(function: Function) -> tuple[Any, ...]:
    """Numbers of lines (the first one's, then differences), hits, total, self and await."""
    lines = function.lines
    numbers = [line.number for line in lines]
    return (
        [number - before for number, before in zip(numbers, [0, *numbers], strict=False)],
        [line.hits for line in lines],
        [line.total for line in lines],
        [line.self_time for line in lines],
        [line.suspended for line in lines] if function.suspended else 0,
    )


def _edges(function: Function, indices: dict[FunctionKey, int]) -> list[list[Any]]:
    """[line, index of the callee, or its name if the page does not have it, calls, total]."""
    return [
        [edge.line, indices.get(edge.callee, edge.callee.name), edge.calls, edge.total]
        for edge in function.edges
    ]


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


def _asset(name: str) -> str:
    return files("lineprof").joinpath("report", "html", "assets", name).read_text("utf-8")


def _hash(text: str) -> str:
    """What a Content-Security-Policy calls an inline script or style by."""
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")
