"""A difference as a JSON document; docs/format.md says what is in it."""

import json
from typing import Any

from ...model.diff import METRICS, Difference, FunctionChange, LineChange, amount, profile_amount
from ...model.profile import Function, Line

FORMAT = "lineprof-diff"
VERSION = "1.0"


def encode(found: Difference) -> bytes:
    return (json.dumps(document(found), indent=1, allow_nan=False) + "\n").encode("ascii")


def document(found: Difference) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "version": VERSION,
        "unit": "ns",
        **({"averages_of": list(found.repeats)} if found.repeats != (1, 1) else {}),
        "total": {
            metric: {
                "before": profile_amount(found.before, metric),
                "after": profile_amount(found.after, metric),
            }
            for metric in METRICS
        },
        "functions": [_function(item) for item in found.functions],
    }


def _function(item: FunctionChange) -> dict[str, Any]:
    return {
        "change": item.kind,
        "name": item.key.name,
        "before": _side(item.before),
        "after": _side(item.after),
        **_noise(item),
        "lines": [_line(line) for line in item.lines],
    }


def _noise(item: FunctionChange | LineChange) -> dict[str, Any]:
    return {"within_spread": sorted(item.noise)} if item.noise else {}


def _side(function: Function | None) -> dict[str, Any] | None:
    if function is None:
        return None
    key = function.key
    return {"file": key.file, "line": key.first_line, **_amounts(function)}


def _line(line: LineChange) -> dict[str, Any]:
    return {
        "change": line.kind,
        "text": line.text,
        **({"was": line.was} if line.kind == "edited" else {}),
        "before": _line_side(line.before_number, line.before),
        "after": _line_side(line.after_number, line.after),
        **_noise(line),
    }


def _line_side(number: int | None, line: Line | None) -> dict[str, Any] | None:
    if number is None:
        return None
    if line is None:
        return {"line": number}
    return {"line": number, **_amounts(line)}


def _amounts(item: Function | Line) -> dict[str, float]:
    # Lines are not called.
    metrics = [metric for metric, name in METRICS.items() if hasattr(item, name)]
    return {
        **{metric: amount(item, metric) for metric in metrics},
        "per_hit": round(amount(item, "perhit"), 3),
    }
