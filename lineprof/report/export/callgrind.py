"""The callgrind format: costs of lines and of the calls made from them.

KCachegrind, callgrind_annotate and gprof2dot read it. A call's cost is inclusive, in nanoseconds.
Hits belong to lines alone, so they come second: what is missing counts as 0.
"""

from typing import TypeVar

from ...errors import printable
from ...model.call_cycles import circles
from ...model.profile import Edge, Function, FunctionKey, Profile
from ...model.stacks import gap, names, with_all_callees

_K = TypeVar("_K")


def encode(profile: Profile) -> bytes:
    functions = list(with_all_callees(profile))
    by_key = {function.key: function for function in functions}
    alone = {key for circle in circles(by_key) if len(circle) == 1 for key in circle}
    writer = _Writer(names(profile))
    heads = {
        function.key: gap(function, [e for e in function.edges if e.callee != function.key])
        for function in functions
        if function.key in alone
    }
    lines = ["# callgrind format", "version: 1", "creator: lineprof"]
    lines.append(f"pid: {profile.runs[0].pid if len(profile.runs) == 1 else 0}")
    lines += [f"cmd: {printable(' '.join(run.argv))}" for run in profile.runs[:1]]
    lines += [f"desc: Note: {printable(profile.cut_short)}"] if profile.cut_short else []
    lines += ["positions: line", "event: ns : Time in nanoseconds", "event: Hits : Hits"]
    lines += ["events: ns Hits", ""]
    total = hits = 0
    for function in functions:
        head = heads.get(function.key, 0)
        if function.lines or function.edges or head:
            lines += writer.function(function, head)
            total += function.self_time + head
            hits += function.hits
    lines.append(f"totals: {total} {hits}")
    return "\n".join([*lines, ""]).encode("utf-8", "replace")


class _Writer:
    """Knows which names have been written: from the second time on a number stands for them."""

    def __init__(self, labels: dict[FunctionKey, str]) -> None:
        self._labels = labels
        self._files: dict[str, int] = {}
        self._functions: dict[FunctionKey, int] = {}

    def function(self, function: Function, head: int) -> list[str]:
        key = function.key
        lines = [f"fl={self._file(key.file)}", f"fn={self._function(key)}"]
        costs = {line.number: (line.self_time, line.hits) for line in function.lines}
        if head:
            time, hits = costs.get(key.first_line, (0, 0))
            costs[key.first_line] = (time + head, hits)
        calls: dict[int, list[Edge]] = {}
        for edge in function.edges:
            costs.setdefault(edge.line, (0, 0))
            calls.setdefault(edge.line, []).append(edge)
        for number in sorted(costs):
            lines.append("{} {} {}".format(number, *costs[number]))
            for edge in calls.get(number, ()):
                lines.append(f"cfi={self._file(edge.callee.file)}")
                lines.append(f"cfn={self._function(edge.callee)}")
                lines.append(f"calls={edge.calls} {edge.callee.first_line}")
                lines.append(f"{number} {edge.total}")
        lines.append("")
        return lines

    def _file(self, name: str) -> str:
        return _compressed(self._files, name, name)

    def _function(self, key: FunctionKey) -> str:
        return _compressed(self._functions, key, self._labels[key])


def _compressed(known: dict[_K, int], key: _K, name: str) -> str:
    if key in known:
        return f"({known[key]})"
    known[key] = len(known) + 1
    return f"({known[key]}) {printable(name)}"
