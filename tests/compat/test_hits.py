"""The same functions, lines and hits as line_profiler, but where our contract says why not."""

from __future__ import annotations

from pathlib import Path

from .both import Both
from .programs import DIFFERENT, PROGRAM


def test_functions_lines_and_hits(theirs: str, tmp_path: Path) -> None:
    both = Both(theirs, tmp_path, {"program.py": PROGRAM})
    their, our = both.run("-m", "kernprof", "-l", "program.py")
    assert (their.status, their.err) == (our.status, our.err) == (0, "")
    assert set(our.keys("program.py.lprof")) == set(their.keys("program.py.lprof"))
    their_hits, our_hits = their.hits("program.py.lprof"), our.hits("program.py.lprof")
    different = {
        name: {
            line: (hits.get(line, 0), our_hits[name].get(line, 0))
            for line in sorted(hits.keys() | our_hits[name].keys())
            if hits.get(line, 0) != our_hits[name].get(line, 0)
        }
        for name, hits in their_hits.items()
    }
    assert {name: lines for name, lines in different.items() if lines} == DIFFERENT
