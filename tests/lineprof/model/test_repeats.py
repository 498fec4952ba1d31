"""Several runs on each side: averages, and changes that are no larger than their spread."""

from __future__ import annotations

from lineprof.model.profile import Function, FunctionKey, Line, Profile, Run
from lineprof.model.repeats import difference_of_runs

KEY = FunctionKey("a.py", 1, "f")


def run(hits: int, time: int, *functions: Function) -> Profile:
    line = Line(2, hits, time, time)
    function = Function(KEY, 1, time, lines=(line,), source="def f():\n    pass\n")
    return Profile((Run(),), (function, *functions))


def test_one_run_on_each_side_is_compared_as_it_is() -> None:
    found = difference_of_runs([run(1, 10)], [run(2, 20)])
    assert found.repeats == (1, 1)
    assert found.before == run(1, 10)
    assert found.functions[0].noise == frozenset()


def test_averages_and_noise() -> None:
    found = difference_of_runs([run(5, 10), run(5, 30)], [run(6, 20), run(6, 40), run(6, 60)])
    (change,) = found.functions
    assert found.repeats == (2, 3)
    assert change.before is not None
    assert change.after is not None
    assert (change.before.total, change.after.total) == (20, 40)
    assert (change.before.hits, change.after.hits) == (5, 6)
    line = change.lines[1]
    for noise in (line.noise, change.noise, found.noise):
        assert {"time", "self"} <= noise  # 10 to 30 ns before meet 20 to 60 after
        assert "hits" not in noise
    assert "time" not in difference_of_runs([run(1, 10), run(1, 19)], [run(1, 20)]).noise


def test_what_is_on_one_side_only_is_no_noise() -> None:
    other = Function(FunctionKey("b.py", 1, "g"), 1, 9, lines=(Line(1, 1, 9, 9),))
    found = difference_of_runs([run(1, 10), run(1, 20)], [run(1, 10, other), run(1, 20, other)])
    kinds = {change.key.name: (change.kind, change.noise) for change in found.functions}
    assert kinds["g"] == ("new", frozenset())
