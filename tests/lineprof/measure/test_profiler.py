"""LineProfiler: what is measured, when, and that nothing else changes."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import functools
import gc
import inspect
import io
import itertools
import pickle
import sys
import threading
import types
import warnings
import weakref
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("lineprof._core")

from lineprof import Function, LineProfiler, UsageError
from lineprof.measure.event_source import describe
from tests.support.clock import FakeClock
from tests.support.harness import nothing_left

Make = Callable[..., LineProfiler]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def make(core: str, clock: FakeClock) -> Iterator[Make]:
    """Makes profilers on the source under test and the fake clock; closes them afterwards."""
    made = []

    def new(*functions: object, **options: Any) -> LineProfiler:
        profiler = LineProfiler(*functions, **{"core": core, "timer": clock, **options})
        made.append(profiler)
        return profiler

    yield new
    for profiler in made:
        profiler.close()


def stats(profiler: LineProfiler) -> dict[str, Function]:
    return {function.key.name: function for function in profiler.snapshot().functions}


def calls(profiler: LineProfiler) -> dict[str, int]:
    return {name.rpartition(".")[2]: found.calls for name, found in stats(profiler).items()}


def hits(profiler: LineProfiler) -> dict[str, list[int]]:
    return {
        name.rpartition(".")[2]: [line.hits for line in found.lines]
        for name, found in stats(profiler).items()
    }


def fresh(name: str = "f") -> Callable[[int], int]:
    """A function with a code object of its own."""
    space: dict[str, Any] = {"__name__": __name__}
    exec(f"def {name}(n):\n    for i in range(n):\n        n = i\n    return n\n", space)
    made: Callable[[int], int] = space[name]
    return made


def pickled(x: int) -> int:
    return x + 1


# -- decorating ------------------------------------------------------------------------------


def test_a_decorated_function_is_the_same_object_and_is_measured(make: Make) -> None:
    profiler = make()
    f = fresh()
    before = f.__code__, inspect.signature(f), dict(vars(f))
    assert profiler(f) is f
    assert f(3) == 2
    assert (f.__code__, inspect.signature(f), dict(vars(f))) == before
    assert hits(profiler) == {"f": [4, 3, 1]}
    assert calls(profiler) == {"f": 1}


def test_a_decorated_function_pickles(make: Make) -> None:
    make()(pickled)
    assert pickle.loads(pickle.dumps(pickled)) is pickled


@pytest.mark.parametrize("end", ["close", "disable"])
def test_decorated_code_is_measured_until_disabled_or_closed(make: Make, end: str) -> None:
    profiler = make()
    f = profiler(fresh())
    f(1)
    with profiler:
        f(1)
    f(1)
    assert calls(profiler) == {"f": 3}
    getattr(profiler, end)()
    f(1)
    assert calls(profiler) == {"f": 3}
    with profiler:
        f(1)
    f(1)
    profiler.enable()
    f(1)
    getattr(profiler, end)()
    f(1)
    assert calls(profiler) == {"f": 5}
    profiler(f)(1)
    assert calls(profiler) == {"f": 6}
    profiler.close()


def test_profilers_that_are_kept_and_disabled_cost_nothing(make: Make) -> None:
    f = fresh()
    with nothing_left([f.__code__]):
        for _ in range(20):
            profiler = make()
            profiler(f)(1)
            profiler.disable()
            assert calls(profiler) == {"f": 1}


def test_functions_are_not_kept_alive(make: Make) -> None:
    """Nor what they hold: finalizers run when they do without the profiler."""
    profiler = make()
    first = profiler(fresh())
    second = types.FunctionType(first.__code__, {})
    gone = weakref.ref(first)
    first(1)
    assert profiler.functions == [first]
    del first
    gc.collect()
    assert gone() is None
    # Its name is known still, as in tables of names that programs make.
    (stand_in,) = profiler.functions
    assert stand_in.__code__ is second.__code__
    assert (stand_in.__name__, stand_in.__module__) == ("f", __name__)
    assert profiler.functions == [stand_in]
    assert profiler(second) is second
    assert profiler.functions == [second]
    second(1)
    assert calls(profiler) == {"f": 2}


def test_decorating_after_closing_begins_again(make: Make) -> None:
    profiler = make()
    f = profiler(fresh())
    profiler.close()
    profiler(f)(1)
    assert calls(profiler) == {"f": 1}


def test_decorated_code_is_measured_until_the_profiler_is_collected(core: str) -> None:
    f = fresh()
    with nothing_left([f.__code__]):
        profiler = LineProfiler(core=core, calibrate=False)
        profiler(f)
        f(1)
        gone = weakref.ref(profiler)
        del profiler
        gc.collect()
        assert gone() is None
    f(1)


def test_nothing_is_left_after_measuring(make: Make) -> None:
    f = fresh()
    with nothing_left([f.__code__]):
        profiler = make(f, timer=None)
        with profiler:
            f(1)
    with nothing_left([f.__code__]):
        profiler = make(timer=None)
        profiler(f)(1)
        profiler.close()


def test_measures_what_stands_behind_each_kind(make: Make) -> None:
    profiler = make()

    @profiler
    def generator() -> Iterator[int]:
        yield 1

    @profiler
    async def coroutine() -> int:
        return 1

    @profiler
    async def async_generator() -> AsyncIterator[int]:
        yield 1

    @profiler
    @functools.lru_cache
    def cached() -> int:
        return 1

    @profiler
    @contextlib.contextmanager
    def manager() -> Iterator[int]:
        yield 1

    class C:
        @profiler
        @classmethod
        def class_method(cls) -> int:
            return 1

        @profiler
        @staticmethod
        def static_method() -> int:
            return 1

        @profiler  # type: ignore[prop-decorator]
        @property
        def prop(self) -> int:
            return 1

        @profiler  # type: ignore[prop-decorator]
        @functools.cached_property
        def cached_prop(self) -> int:
            return 1

        def bound(self) -> int:
            return 1

        def partial(self, x: int) -> int:
            return x

        part = profiler(functools.partialmethod(partial, 1))

        def __call__(self) -> int:
            return 1

    async def gather() -> list[int]:
        return [await coroutine(), *[x async for x in async_generator()]]

    lam = profiler(lambda: 1)
    instance = C()
    bound = profiler(instance.bound)
    assert profiler(instance) is instance
    with manager() as entered:
        assert entered == 1
    results = [
        *generator(),
        *asyncio.run(gather()),
        cached(),
        C.class_method(),
        C.static_method(),
        instance.prop,
        instance.cached_prop,
        bound(),
        instance.part(),
        instance(),
        lam(),  # type: ignore[no-untyped-call]
    ]
    assert results == [1] * len(results)
    assert cached.cache_info().misses == 1
    assert calls(profiler) == dict.fromkeys(
        [
            "generator",
            "coroutine",
            "async_generator",
            "cached",
            "manager",
            "class_method",
            "static_method",
            "prop",
            "cached_prop",
            "bound",
            "partial",
            "__call__",
            "<lambda>",
        ],
        1,
    )


def test_a_wrapper_that_is_decorated_where_it_is_written_is_measured(make: Make) -> None:
    profiler = make()

    def decorator(function: Callable[[], int]) -> Callable[[], int]:
        @profiler
        @functools.wraps(function)
        def wrapper() -> int:
            return function()

        return wrapper

    @decorator
    def inner() -> int:
        return 1

    @profiler
    @decorator
    def other() -> int:
        return 1

    assert inner() + other() == 2
    assert calls(profiler) == {"wrapper": 2, "other": 1}


def test_descriptors_come_back_as_they_are(make: Make) -> None:
    profiler = make()
    for obj in (  # type: ignore[var-annotated]
        classmethod(fresh()),  # type: ignore[arg-type]
        staticmethod(fresh()),
        property(fresh()),
        functools.partial(fresh(), 1),
        functools.lru_cache(fresh()),
        functools.partialmethod(fresh()),
        functools.singledispatch(fresh()),
    ):
        assert profiler(obj) is obj
    assert len(profiler.functions) == 7


def test_a_decorated_class_has_its_members_measured(make: Make) -> None:
    profiler = make()

    @profiler
    class C:
        def method(self) -> int:
            return 1

        class Inner:
            def method(self) -> int:
                return 2

    assert isinstance(C, type)
    assert C().method() + C.Inner().method() == 3
    assert [found.calls for found in stats(profiler).values()] == [1, 1]


def test_a_builtin_comes_back_with_one_warning(make: Make) -> None:
    profiler = make()
    with pytest.warns(UserWarning, match=r"^no Python function behind <built-in") as caught:
        assert profiler(len) is len
    assert [warning.filename for warning in caught] == [__file__]
    assert profiler.functions == []


@pytest.mark.parametrize("obj", [3, None, "f", [len]])
def test_what_is_not_callable_is_a_type_error(make: Make, obj: object) -> None:
    profiler = make()
    with pytest.raises(TypeError, match=r"^cannot profile .*: it is not callable$"):
        profiler(obj)
    with pytest.raises(TypeError, match=r"^cannot profile that: it is not callable$"):
        profiler.add_callable(obj, name="that")
    with pytest.raises(TypeError):
        make(obj)


# -- adding ----------------------------------------------------------------------------------


def test_an_added_function_is_measured_while_enabled(make: Make) -> None:
    f = fresh()
    profiler = make(f)
    f(1)
    profiler.enable()
    profiler.enable()
    f(1)
    profiler.disable()
    f(1)
    profiler.disable()
    assert calls(profiler) == {"f": 1}


def test_a_function_added_while_enabled_is_measured(make: Make) -> None:
    profiler = make()
    f = fresh()
    with profiler:
        f(1)
        profiler.add_function(f)
        f(1)
    f(1)
    assert calls(profiler) == {"f": 1}


def test_added_and_then_decorated_is_measured_always(make: Make) -> None:
    f = fresh()
    profiler = make(f)
    profiler(f)
    f(1)
    assert calls(profiler) == {"f": 1}
    assert profiler.functions == [f]


@pytest.mark.parametrize("when", ["before", "after"])
def test_what_is_added_is_measured_where_a_decorated_function_calls_it(
    make: Make, when: str
) -> None:
    """`add_function(f)`, then `profiler(main)()`: what most programs do."""
    f = fresh()
    profiler = make(f) if when == "before" else make()

    def main() -> None:
        f(1)
        f(1)

    measured = profiler(main)
    if when == "after":
        profiler.add_function(f)
    f(1)
    measured()
    f(1)
    assert calls(profiler) == {"f": 2, "main": 1}
    with profiler:
        f(1)
    f(1)
    assert calls(profiler) == {"f": 3, "main": 1}
    measured()
    assert calls(profiler) == {"f": 5, "main": 2}
    profiler.close()
    measured()
    assert calls(profiler) == {"f": 5, "main": 2}


def test_enabling_after_closing_begins_again(make: Make) -> None:
    f = fresh()
    profiler = make(f)
    g = profiler(fresh("g"))
    profiler.close()
    f(1), g(1)
    assert calls(profiler) == {"f": 0, "g": 0}
    with profiler:
        f(1), g(1)
    assert calls(profiler) == {"f": 1, "g": 1}
    f(1), g(1)
    assert calls(profiler) == {"f": 1, "g": 1}


def test_what_is_added_is_measured_where_a_wrapped_class_calls_it(make: Make) -> None:
    f = fresh()

    class C:
        def method(self) -> None:
            f(1)

    profiler = make(f)
    profiler.add_class(C)
    C().method()
    assert calls(profiler)["f"] == 0
    profiler.add_class(C, wrap=True)
    C().method()
    assert calls(profiler)["f"] == 1


def test_never_called_functions_are_listed(make: Make) -> None:
    profiler = make(pickled)
    found = stats(profiler)["pickled"]
    assert (found.calls, found.total, found.lines) == (0, 0, ())
    assert found.source == inspect.getsource(pickled)


def test_add_callable_says_whether_anything_was_new(make: Make) -> None:
    profiler = make()
    f = fresh()
    assert profiler.add_callable(f) == 1
    assert profiler.add_callable(functools.partial(f, 1)) == 0
    assert profiler.add_callable(property(fresh(), fresh())) == 1  # type: ignore[arg-type]
    assert profiler.add_callable(fresh(), guard=lambda function: True) == 0
    with pytest.warns(UserWarning, match=r"^no Python function behind the name:"):
        assert profiler.add_callable(len, None, "the name") == 0


def test_add_function_takes_a_code_object_as_it_is(make: Make) -> None:
    @functools.wraps(pickled)
    def wrapper(x: int) -> int:
        return pickled(x)

    profiler = make()
    profiler.add_function(wrapper)
    assert profiler.functions == [pickled]
    profiler.add_function(wrapper.__code__)  # type: ignore[attr-defined]
    with profiler:
        wrapper(1)
    assert calls(profiler) == {"pickled": 1, "wrapper": 1}


def test_a_function_that_cython_compiled_is_called_so(make: Make) -> None:
    kind = type("cython_function_or_method", (), {"__call__": len, "__repr__": lambda f: "<total>"})
    text = r"^<total> was compiled by Cython: only Python functions are measured$"
    with pytest.warns(UserWarning, match=text):
        make()(kind())


def test_add_function_warns_of_what_is_none(make: Make) -> None:
    profiler = make()
    with pytest.warns(UserWarning, match=r"^no Python function behind 3: nothing to measure$"):
        profiler.add_function(3)  # type: ignore[arg-type]
    assert profiler.functions == []


def test_the_same_function_a_thousand_times_is_one_entry(make: Make) -> None:
    f, g = fresh(), fresh()
    profiler = make()
    for _ in range(1000):
        profiler.add_function(f)
        profiler(g)
    assert profiler.functions == [f, g]
    assert len(profiler.snapshot().functions) == 1


def test_functions_are_listed_in_order(make: Make) -> None:
    made = [fresh() for _ in range(5)]
    assert make(*made).functions == made


def test_a_closure_is_not_kept_alive(make: Make) -> None:
    profiler = make()

    def define() -> Callable[[], int]:
        kept = 1

        @profiler
        def inner() -> int:
            return kept

        return inner

    inner = define()
    gone = weakref.ref(inner)
    assert profiler.functions == [inner]
    assert inner() == 1
    del inner
    gc.collect()
    assert gone() is None
    (stand_in,) = profiler.functions
    assert stand_in.__qualname__.endswith("define.<locals>.inner")
    assert calls(profiler) == {"inner": 1}


def test_a_function_defined_again_and_again_is_one_entry(make: Make) -> None:
    profiler = make()
    for _ in range(3):

        @profiler
        def inner() -> int:
            return 1

        inner()
    assert calls(profiler) == {"inner": 3}


def test_add_class_and_add_module(make: Make) -> None:
    made = types.ModuleType("made")
    exec("def f(): return 1\nclass C:\n    def m(self): return 1\nfrom os import path", vars(made))
    profiler = make()
    assert profiler.add_class(made.C) == 1
    assert profiler.add_class(made.C) == 0
    assert profiler.add_module(made) == 1
    made.f()
    with profiler:
        made.f()
        made.C().m()
    assert calls(profiler) == {"f": 1, "m": 1}


def test_wrap_measures_always(make: Make) -> None:
    made = types.ModuleType("made")
    exec("def f(): return 1\nclass C:\n    def m(self): return 1", vars(made))
    profiler = make()
    assert profiler.add_module(made, wrap=True) == 2
    code = made.f.__code__
    made.f()
    made.C().m()
    assert calls(profiler) == {"f": 1, "m": 1}
    assert made.f.__code__ is code


def test_add_class_and_add_module_take_either(make: Make) -> None:
    """As line_profiler's do, which are one."""
    made = types.ModuleType("made")
    exec("def f(): return 1\nclass C:\n    def m(self): return 1\n", vars(made))
    assert make().add_class(made) == 2
    assert make().add_module(made.C) == 1


def test_add_class_and_add_module_refuse_the_rest(make: Make) -> None:
    profiler = make()
    with pytest.raises(TypeError, match=r"^not a class: 3$"):
        profiler.add_class(3)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"^not a module: 'os'$"):
        profiler.add_module("os")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"^'nonsense' is not a valid ScopingPolicy$"):
        profiler.add_class(int, scoping_policy="nonsense")
    with pytest.raises(KeyError, match="class"):
        profiler.add_module(types, scoping_policy={"func": "none"})


def with_nested() -> list[int]:
    double = lambda x: x * 2  # noqa: E731

    class Inner:
        def method(self) -> int:
            return 1

    return [double(i) for i in (1, 2)] + [Inner().method()]  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("by_option", [True, False])
def test_nested_code_on_request(make: Make, by_option: bool) -> None:
    plain = make(with_nested)
    with plain:
        with_nested()
    assert set(calls(plain)) == {"with_nested"}
    nested = make(nested=by_option)
    nested.add_function(with_nested, nested=None if by_option else True)
    with nested:
        with_nested()
    expected = {"with_nested": 1, "<lambda>": 2, "Inner": 1, "method": 1}
    assert {n: c for n, c in calls(nested).items() if n != "<listcomp>"} == expected
    assert nested.functions == [with_nested]


# -- enabling --------------------------------------------------------------------------------


def test_counts_nest_and_extra_disables_are_ignored(make: Make) -> None:
    f = fresh()
    profiler = make(f)
    profiler.disable_by_count()
    with profiler as entered:
        assert entered is profiler
        with profiler:
            assert profiler.enable_count == 2
        f(1)
    f(1)
    profiler.disable_by_count()
    assert profiler.enable_count == 0
    with profiler:
        f(1)
    assert calls(profiler) == {"f": 2}


def test_the_count_is_of_all_threads(make: Make) -> None:
    f = fresh()
    profiler = make(f)
    profiler.enable_by_count()
    thread = threading.Thread(target=profiler.disable_by_count)
    thread.start()
    thread.join()
    f(1)
    assert profiler.enable_count == 0
    assert calls(profiler) == {"f": 0}


def test_leaving_a_block_does_not_undo_enable(make: Make) -> None:
    f = fresh()
    profiler = make(f)
    profiler.enable()
    with profiler:
        pass
    f(1)
    profiler.disable()
    f(1)
    assert calls(profiler) == {"f": 1}


def test_disable_stops_whatever_the_count(make: Make) -> None:
    f = fresh()
    profiler = make(f)
    with profiler:
        profiler.disable()
        f(1)
    with profiler:
        f(1)
    assert calls(profiler) == {"f": 1}


def test_an_exception_passes_and_measuring_ends(make: Make) -> None:
    f = fresh()
    profiler = make(f)
    with pytest.raises(ZeroDivisionError), profiler:
        1 / 0  # noqa: B018
    f(1)
    assert profiler.enable_count == 0
    assert calls(profiler) == {"f": 0}


def test_run_runctx_and_runcall(make: Make, monkeypatch: Any) -> None:
    f = fresh()
    profiler = make(f)
    import __main__

    monkeypatch.setattr(__main__, "f_to_run", f, raising=False)
    assert profiler.run("f_to_run(1)") is profiler
    local: dict[str, object] = {}
    assert profiler.runctx("x = f(n)", {"f": f, "n": 3}, local) is profiler
    assert local == {"x": 2}
    space: dict[str, object] = {"f": f}
    profiler.runctx("x = f(1)", space)
    assert space["x"] == 0
    assert profiler.runcall(f, n=5) == 4  # type: ignore[call-arg]
    f(1)
    assert calls(profiler) == {"f": 4}


def test_reset_forgets_numbers_and_keeps_what_is_measured(make: Make) -> None:
    profiler = make()
    f = profiler(fresh())
    f(1)
    began = profiler.snapshot().runs[0].started
    profiler.reset()
    assert calls(profiler) == {"f": 0}
    assert profiler.snapshot().runs[0].started >= began
    f(1)
    assert calls(profiler) == {"f": 1}


def test_two_profilers_at_once(make: Make) -> None:
    f, g = fresh(), fresh()
    one, two = make(f), make(f)
    two(g)
    with one:
        f(1)
        with two:
            f(1)
            g(1)
        f(1)
    g(1)
    assert calls(one) == {"f": 3}
    # Both are called f.
    assert calls(two) == {"f": 1 + 2}


# -- reading ---------------------------------------------------------------------------------


def test_exact_times_from_a_given_clock(make: Make, clock: FakeClock) -> None:
    profiler = make()

    @profiler
    def f() -> None:
        clock.now += 5
        clock.now += 7

    f()
    f()
    (found,) = profiler.snapshot().functions
    assert [(line.hits, line.total, line.self_time) for line in found.lines] == [
        (2, 10, 10),
        (2, 14, 14),
    ]
    assert (found.calls, found.total, found.total_cost) == (2, 24, 0)
    run = profiler.snapshot().runs[0]
    assert (run.clock, run.tick, run.cost) == ("wall/timer", 1e-9, (0, 0, 0))


def test_a_snapshot_says_where_it_comes_from(make: Make, core: str) -> None:
    (run,) = make().snapshot().runs
    assert run.core == core
    assert run.duration > 0
    assert run.argv == tuple(sys.argv)


def test_source_and_threads_on_request(make: Make) -> None:
    profiler = make()
    profiler(pickled)
    pickled(1)
    thread = threading.Thread(target=pickled, args=(1,))
    thread.start()
    thread.join()
    profile = profiler.snapshot(source=False, per_thread=True)
    assert [function.source for function in profile.functions] == [None]
    assert profile.functions[0].calls == 2
    assert sum(t.functions[0].calls for t in profile.threads if t.functions) == 2


def test_results_in_other_shapes(make: Make, tmp_path: Path) -> None:
    pytest.importorskip("lineprof.compat.stats")
    import lineprof

    profiler = make()
    profiler(pickled)
    pickled(1)
    timings = profiler.get_stats().timings
    first = pickled.__code__.co_firstlineno
    assert timings == {(__file__, first, "pickled"): [(first + 1, 1, 0)]}
    profiler.dump_stats(tmp_path / "a.lprof")
    loaded = lineprof.load(tmp_path / "a.lprof")
    assert loaded.functions == profiler.snapshot().functions


def test_print_stats_is_the_listing(make: Make, capsys: Any) -> None:
    profiler = make()
    profiler(pickled)
    pickled(1)
    profiler.print_stats()
    printed = capsys.readouterr().out
    assert printed.startswith("Timer unit: 1e-09 s\n")
    assert "Function: pickled at line" in printed
    assert "return x + 1" in printed
    stream = io.StringIO()
    profiler.print_stats(stream, output_unit=1e-3, details=False, summarize=True)
    assert stream.getvalue().startswith("Timer unit: 0.001 s\n")
    assert "return x + 1" not in stream.getvalue()
    assert capsys.readouterr().out == ""
    stream = io.StringIO()
    profiler.print_stats(stream, columns=["hits", "self"], raw=True)
    assert "Self" in stream.getvalue()


# -- the object ------------------------------------------------------------------------------


def test_repr_says_what_and_how(make: Make, core: str) -> None:
    f = fresh()
    profiler = make(f)
    assert repr(profiler) == f"<LineProfiler: 1 function, {core}, wall/timer, idle>"
    profiler(fresh())
    assert repr(profiler) == f"<LineProfiler: 2 functions, {core}, wall/timer, measuring>"


@pytest.mark.parametrize("act", [copy.copy, copy.deepcopy, pickle.dumps])
def test_a_profiler_is_not_copied(make: Make, act: Callable[[object], object]) -> None:
    with pytest.raises(TypeError, match="cannot be copied or pickled"):
        act(make())


def test_bad_options(core: str) -> None:
    with pytest.raises(UsageError, match=r"^core='nonsense': choose one of"):
        LineProfiler(core="nonsense")
    with pytest.raises(ValueError, match="clock"):
        LineProfiler(core=core, clock="sun")
    with pytest.raises(TypeError):
        LineProfiler(core=core, timer=3)  # type: ignore[arg-type]


def test_the_environment_chooses(monkeypatch: Any, core: str) -> None:
    monkeypatch.setenv("LINEPROF_CORE", core)
    assert LineProfiler().core == core
    assert describe()[0].startswith(f"core: {core} (asked for by LINEPROF_CORE")
    assert describe()[1].startswith("clock: wall/")
    monkeypatch.setenv("LINEPROF_CORE", "nonsense")
    with pytest.raises(UsageError):
        LineProfiler()


def test_dropped_events_do_not_hide_the_programs_own_error(make: Make) -> None:
    profiler = make()
    failing = types.SimpleNamespace(start=lambda: None, stop=_fail, close=_fail)
    real, profiler._core = profiler._core, failing  # type: ignore[assignment]
    try:
        with pytest.raises(MemoryError), profiler:
            pass
        with (
            pytest.warns(UserWarning, match=r"^events were dropped"),
            pytest.raises(KeyError),
            profiler,
        ):
            raise KeyError
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            profiler.__del__()
    finally:
        profiler._core = real


def _fail() -> None:
    raise MemoryError


def test_a_run_that_was_cut_short_says_so(core: str) -> None:
    profiler = LineProfiler(core=core)
    assert profiler.snapshot().cut_short == ""
    profiler.cut_short = "SIGTERM"
    assert [run.cut_short for run in profiler.snapshot().runs] == ["SIGTERM"]


def test_a_function_defined_anew_is_another_version(core: str, tmp_path: Path) -> None:
    path = tmp_path / "m.py"
    profiler = LineProfiler(core=core)
    for text in (
        "def f():\n    return 1\n",
        "def f():\n    return 22\n",
        "def f():\n    return 1\n",
    ):
        path.write_text(text)
        space: dict[str, Any] = {}
        exec(compile(text, str(path), "exec"), space)
        profiler(space["f"])()
    profiler.close()
    assert [(f.key.name, f.calls, f.source) for f in profiler.snapshot().functions] == [
        ("f", 2, "def f():\n    return 1\n"),
        ("f (version 2)", 1, "def f():\n    return 22\n"),
    ]


def test_what_was_not_found_behind_an_object_is_told(make: Make) -> None:
    module = types.ModuleType("some_library")
    exec("class Command:\n    def __call__(self): return 1\n", vars(module))
    profiler = make()
    with pytest.warns(UserWarning, match=r"^no function written here behind .*Command object"):
        profiler(module.Command())
    assert [f.key.name for f in profiler.snapshot().functions] == ["Command.__call__"]


def test_a_subclass_that_adds_functions_in_its_own_way_is_asked() -> None:
    """As line_profiler asks it: pytest-autoprofile counts so."""
    added = []

    class Counting(LineProfiler):
        def add_function(self, func: Any, **options: Any) -> None:
            added.append(func)
            super().add_function(func, **options)

    class Two:
        def one(self) -> None: ...
        def two(self) -> None: ...

    profiler = Counting(fresh(), calibrate=False)
    assert profiler.add_class(Two) == 2
    assert profiler(decorated := fresh()) is decorated
    assert [function.__name__ for function in added] == ["f", "one", "two", "f"]


def test_the_unit_of_times_can_be_set() -> None:
    """Programs written for line_profiler do."""
    profiler = LineProfiler(timer=itertools.count(step=1_000_000).__next__, calibrate=False)
    f = profiler(fresh())
    f(1)
    (rows,) = profiler.get_stats().timings.values()
    profiler.timer_unit = 1e-3
    stats = profiler.get_stats()
    assert stats.unit == profiler.timer_unit == 1e-3
    assert list(stats.timings.values()) == [[(n, h, t // 1_000_000) for n, h, t in rows]]
    out = io.StringIO()
    profiler.print_stats(out)
    assert out.getvalue().startswith("Timer unit: 0.001 s\n")


def test_stats_are_in_the_order_of_adding() -> None:
    profiler = LineProfiler(calibrate=False)
    functions = [profiler(fresh(name)) for name in ("c", "a", "b")]
    for function in functions:
        function(1)
    assert [name for _, _, name in profiler.get_stats().timings] == ["c", "a", "b"]


def test_any_truth_sorts_and_a_unit_has_to_make_sense() -> None:
    profiler = LineProfiler(calibrate=False)
    profiler(fresh())(1)
    for sort in (1, "yes", [1], "time:desc"):
        profiler.print_stats(io.StringIO(), sort=sort)  # type: ignore[arg-type]
    for unit in (0, -1, "1", float("nan")):
        with pytest.raises(UsageError, match="not a positive number of seconds"):
            profiler.print_stats(io.StringIO(), unit)  # type: ignore[arg-type]
