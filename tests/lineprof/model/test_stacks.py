"""Stacks made of edges: what each line took itself, and with all it called, stays what it was."""

from __future__ import annotations

import random
from collections import Counter
from itertools import pairwise

import pytest

from lineprof.errors import LineprofError
from lineprof.model import call_cycles as circles_module
from lineprof.model import stacks as module
from lineprof.model.call_cycles import Frame, circles
from lineprof.model.profile import Edge, Function, FunctionKey, Line, Profile
from lineprof.model.stacks import Stack, names, stacks

MAIN = FunctionKey("a.py", 1, "main")
WORK = FunctionKey("a.py", 10, "work")
LEAF = FunctionKey("b.py", 5, "leaf")


def profile(*functions: Function) -> Profile:
    return Profile((), tuple(sorted(functions, key=lambda f: f.key)))


def flat(found: list[Stack]) -> Counter[Frame]:
    sums: Counter[Frame] = Counter()
    for stack in found:
        sums[stack.frames[0]] += stack.time
    return sums


def flat_hits(found: list[Stack]) -> Counter[Frame]:
    sums: Counter[Frame] = Counter()
    for stack in found:
        sums[stack.frames[0]] += stack.hits
    return sums


def cumulative(found: list[Stack]) -> Counter[Frame]:
    sums: Counter[Frame] = Counter()
    for stack in found:
        for frame in set(stack.frames):
            sums[frame] += stack.time
    return sums


def assert_flat(found: list[Stack], of: Profile) -> None:
    for function in of.functions:
        for line in function.lines:
            frame = Frame(function.key, line.number)
            if line.number != function.key.first_line:
                assert flat(found)[frame] == line.self_time
            assert flat_hits(found)[frame] == line.hits


def test_one_function() -> None:
    found = stacks(profile(Function(MAIN, 1, 10, 0, (Line(2, 1, 3, 3), Line(3, 5, 7, 7)))))
    assert found == [
        Stack((Frame(MAIN, 2),), 1, 3),
        Stack((Frame(MAIN, 3),), 5, 7),
    ]


def test_time_before_the_first_line_is_on_the_head() -> None:
    found = stacks(profile(Function(MAIN, 1, 10, 0, (Line(2, 1, 3, 3),))))
    assert set(found) == {Stack((Frame(MAIN, 1),), 0, 7), Stack((Frame(MAIN, 2),), 1, 3)}


def test_a_callee_is_shared_out_by_what_its_edges_took() -> None:
    of = profile(
        Function(
            MAIN,
            1,
            100,
            0,
            (Line(2, 1, 80, 5), Line(3, 1, 20, 0)),
            (Edge(2, WORK, 3, 75), Edge(3, WORK, 1, 20)),
        ),
        # 5 of its 100 ns nobody measured the caller of.
        Function(WORK, 5, 100, 0, (Line(11, 20, 100, 100),)),
    )
    found = stacks(of)
    line = Frame(WORK, 11)
    assert set(found) == {
        Stack((Frame(MAIN, 2),), 1, 5),
        Stack((Frame(MAIN, 3),), 1, 0),
        Stack((line, Frame(MAIN, 2)), 15, 75),
        Stack((line, Frame(MAIN, 3)), 4, 20),
        Stack((line,), 1, 5),
    }
    assert cumulative(found)[Frame(MAIN, 2)] == 80


def test_direct_recursion_counts_once() -> None:
    of = profile(
        Function(MAIN, 1, 1000, 0, (Line(2, 1, 1000, 0),), (Edge(2, WORK, 1, 1000),)),
        # Line 11 calls work again, line 12 leaf, at ten depths; 100 ns each.
        Function(
            WORK,
            10,
            1000,
            0,
            (Line(11, 10, 900, 0), Line(12, 10, 1000, 0)),
            (Edge(11, WORK, 9, 900), Edge(12, LEAF, 10, 1000)),
        ),
        Function(LEAF, 10, 1000, 0, (Line(6, 10, 1000, 1000),)),
    )
    found = stacks(of)
    assert_flat(found, of)
    sums = cumulative(found)
    assert sums[Frame(MAIN, 2)] == sums[Frame(WORK, 12)] == 1000
    assert sums[Frame(WORK, 11)] == 900


def test_two_recursive_lines_each_keep_what_they_took() -> None:
    of = profile(
        Function(
            WORK,
            15,
            1000,
            0,
            (Line(11, 7, 800, 0), Line(12, 7, 500, 0), Line(13, 15, 1000, 1000)),
            (Edge(11, WORK, 7, 800), Edge(12, WORK, 7, 500)),
        ),
    )
    found = stacks(of)
    assert_flat(found, of)
    sums = cumulative(found)
    assert (sums[Frame(WORK, 11)], sums[Frame(WORK, 12)]) == (800, 500)


def test_a_circle_of_functions_ends_and_loses_nothing() -> None:
    of = profile(
        Function(MAIN, 1, 1000, 0, (Line(2, 1, 1000, 0),), (Edge(2, WORK, 1, 1000),)),
        Function(WORK, 5, 1000, 0, (Line(11, 5, 1000, 600),), (Edge(11, LEAF, 5, 900),)),
        Function(LEAF, 5, 900, 0, (Line(6, 5, 900, 400),), (Edge(6, WORK, 4, 800),)),
    )
    found = stacks(of)
    assert_flat(found, of)
    sums = cumulative(found)
    for frame, total in ((Frame(WORK, 11), 1000), (Frame(LEAF, 6), 900)):
        assert sums[frame] == pytest.approx(total, rel=0.1)
    # Each call of an edge is one of the program: main -> work <-> leaf.
    calls = {pair for stack in found for pair in zip(stack.frames[1:], stack.frames, strict=False)}
    assert {(caller, callee.function) for caller, callee in calls} == {
        (Frame(MAIN, 2), WORK),
        (Frame(WORK, 11), LEAF),
        (Frame(LEAF, 6), WORK),
    }
    assert cumulative(found)[Frame(MAIN, 2)] == pytest.approx(1000, abs=2)


def test_circles_entered_from_nowhere() -> None:
    of = profile(
        Function(WORK, 5, 0, 0, (Line(11, 5, 0, 0),), (Edge(11, LEAF, 5, 0),)),
        Function(LEAF, 5, 0, 0, (Line(6, 5, 0, 0),), (Edge(6, WORK, 4, 0),)),
    )
    assert_flat(stacks(of), of)


def test_without_time_calls_decide() -> None:
    of = profile(
        Function(
            MAIN,
            1,
            0,
            0,
            (Line(2, 1, 0, 0), Line(3, 1, 0, 0)),
            (Edge(2, WORK, 1, 0), Edge(3, WORK, 3, 0)),
        ),
        Function(WORK, 4, 0, 0, (Line(11, 8, 0, 0),)),
    )
    found = {stack.frames: stack.hits for stack in stacks(of)}
    assert found[Frame(WORK, 11), Frame(MAIN, 2)] == 2
    assert found[Frame(WORK, 11), Frame(MAIN, 3)] == 6


def test_callees_left_out_keep_their_time() -> None:
    of = profile(Function(MAIN, 1, 100, 0, (Line(2, 1, 100, 10),), (Edge(2, LEAF, 1, 90),)))
    found = stacks(of)
    assert cumulative(found)[Frame(MAIN, 2)] == 100
    assert flat(found)[Frame(LEAF, 5)] == 90


def random_profile(seed: int) -> Profile:
    """Functions that call later ones; each call of one takes the same time."""
    rng = random.Random(seed)
    keys = [FunctionKey(f"{n % 3}.py", 100 * n, f"f{n}") for n in range(12)]
    per_call: list[int] = [0] * len(keys)
    plans: list[list[tuple[int, int, dict[int, int]]]] = []
    for n in reversed(range(len(keys))):
        plan = []
        for line in range(1, rng.randint(2, 6)):
            later = range(n + 1, len(keys))
            callees = rng.sample(later, min(len(later), rng.randint(0, 2)))
            plan.append((100 * n + line, rng.randint(0, 1000), dict.fromkeys(callees, 1)))
        plans.insert(0, plan)
        per_call[n] = sum(own + sum(per_call[c] for c in called) for _, own, called in plan)
    calls = [0] * len(keys)
    for n in range(len(keys)):
        calls[n] += n < 2
        for _, _, called in plans[n]:
            for c in called:
                calls[c] += calls[n]
    functions = []
    for n, key in enumerate(keys):
        lines = tuple(
            Line(
                number,
                calls[n],
                calls[n] * (own + sum(per_call[c] for c in called)),
                calls[n] * own,
            )
            for number, own, called in plans[n]
        )
        edges = tuple(
            Edge(number, keys[c], calls[n], calls[n] * per_call[c])
            for number, _, called in plans[n]
            for c in sorted(called)
        )
        functions.append(Function(key, calls[n], calls[n] * per_call[n], 0, lines, edges))
    return profile(*functions)


@pytest.mark.parametrize("seed", range(30))
def test_random_programs(seed: int) -> None:
    of = random_profile(seed)
    found = stacks(of)
    assert_flat(found, of)
    sums = cumulative(found)
    for function in of.functions:
        for line in function.lines:
            # A ns may be rounded for each line and chain of callers.
            slack = 0.001 * line.total + 200
            assert sums[Frame(function.key, line.number)] == pytest.approx(line.total, abs=slack)


@pytest.mark.parametrize("seed", range(5))
def test_few_stacks_lose_nothing(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "STACKS_LIMIT", 0)
    of = random_profile(seed)
    found = stacks(of)
    assert_flat(found, of)
    assert len(found) <= 32 * sum(len(function.lines) for function in of.functions)
    sums = cumulative(found)
    for function in of.functions:
        for line in function.lines:
            slack = 0.1 * sum(function.self_time for function in of.functions)
            assert sums[Frame(function.key, line.number)] == pytest.approx(line.total, abs=slack)


def test_deep_chains_need_no_recursion() -> None:
    keys = [FunctionKey("a.py", n, f"f{n}") for n in range(3000)]
    functions = [
        Function(key, 1, 1, 0, (), (Edge(key.first_line, after, 1, 1),))
        for key, after in pairwise(keys)
    ]
    deepest = Function(keys[-1], 1, 1, 0, (Line(3000, 1, 1, 1),))
    (stack,) = stacks(profile(*functions, deepest))
    assert len(stack.frames) == 3000


def test_stacks_that_no_memory_could_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    """A chain of n functions with a line each has stacks of n * n / 2 levels."""
    keys = [FunctionKey("a.py", n, f"f{n}") for n in range(100)]
    functions = [
        Function(key, 1, 100, 0, (Line(n, 1, 100, 1),), (Edge(n, after, 1, 100),))
        for n, (key, after) in enumerate(pairwise(keys))
    ]
    monkeypatch.setattr(module, "FRAMES_LIMIT", 5050)
    assert len(stacks(profile(*functions))) == 100
    monkeypatch.setattr(module, "FRAMES_LIMIT", 5000)
    with pytest.raises(LineprofError, match="calls are nested too deeply"):
        stacks(profile(*functions))


def test_a_circle_no_time_would_be_enough_for(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = [FunctionKey("a.py", n, f"f{n}") for n in range(100)]
    functions = [
        Function(key, 1, 100, 0, (Line(n, 1, 100, 1),), (Edge(n, after, 1, 100),))
        for n, (key, after) in enumerate(pairwise([*keys, keys[0]]))
    ]
    steps = 0

    class Counting(Counter):  # type: ignore[type-arg]
        def __add__(self, other: object) -> Counter:  # type: ignore[type-arg]
            nonlocal steps
            steps += 1 + len(self)
            return Counting(super().__add__(other))  # type: ignore[operator]

    monkeypatch.setattr(circles_module, "Counter", Counting)
    monkeypatch.setattr(circles_module, "STEPS_LIMIT", 2000)
    found = stacks(profile(*functions))
    assert {stack.frames[0].function for stack in found} == {*keys}
    assert 2000 <= steps < 2200
    monkeypatch.setattr(circles_module, "LEVELS_LIMIT", 4000)  # of 99 * 100 / 2
    with pytest.raises(LineprofError, match="calls are nested too deeply"):
        stacks(profile(*functions))


def test_circles() -> None:
    a, b, c, d = (FunctionKey("a.py", n, "abcd"[n]) for n in range(4))
    calls = {a: [b], b: [c, d], c: [b, c], d: []}
    functions = {
        key: Function(key, 1, 1, 0, (), tuple(Edge(1, callee, 1, 1) for callee in callees))
        for key, callees in calls.items()
    }
    assert circles(functions) == [{d}, {b, c}, {a}]


def test_names_tell_functions_apart() -> None:
    keys = [
        FunctionKey("a.py", 1, "f"),
        FunctionKey("a.py", 1, "g"),
        FunctionKey("b.py", 1, "g"),
        FunctionKey("c.py", 1, "h"),
        FunctionKey("c.py", 9, "h"),
    ]
    assert list(names(profile(*(Function(key, 0, 0) for key in keys))).values()) == [
        "f",
        "g (a.py)",
        "g (b.py)",
        "h (c.py:1)",
        "h (c.py:9)",
    ]
