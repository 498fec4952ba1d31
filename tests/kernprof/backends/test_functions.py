"""ContextualProfile: wrappers that change nothing, and what they measure."""

from __future__ import annotations

import asyncio
import cProfile
import functools
import gc
import inspect
import pickle
import threading
from collections.abc import AsyncIterator, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

import kernprof
from kernprof.backends.functions import ByCountProfilerMixin, ContextualProfile


@pytest.fixture
def profile() -> Iterator[ContextualProfile]:
    profile = ContextualProfile()
    yield profile
    assert profile.enable_count == 0
    profile.disable()


@pytest.fixture(autouse=True)
def collector_off() -> Iterator[None]:
    """hypothesis has a callback on the collector, which cProfile sees like any other function."""
    gc.disable()
    yield
    gc.enable()


def calls(profile: ContextualProfile) -> dict[str, int]:
    profile.snapshot_stats()
    stats: Any = profile.stats
    return {function[2]: numbers[1] for function, numbers in stats.items() if function[0] != "~"}


def test_a_function(profile: ContextualProfile) -> None:
    @profile
    def f(a: int, b: int = 2) -> int:
        """Doc."""
        return g(a + b)

    def g(x: int) -> int:
        return x

    assert (f(1), f(1, b=1), g(5)) == (3, 2, 5)
    assert (f.__name__, f.__doc__, str(inspect.signature(f))) == (
        "f",
        "Doc.",
        "(a: 'int', b: 'int' = 2) -> 'int'",
    )
    assert calls(profile) == {"f": 2, "g": 2}
    assert profile.decorated == ["test_a_function.<locals>.f"]


def test_nothing_of_ours_is_in_the_numbers(profile: ContextualProfile) -> None:
    @profile
    def f() -> None:
        len(())

    f()
    profile.snapshot_stats()
    stats: Any = profile.stats
    assert {function[2] for function in stats} == {"f", "<built-in method builtins.len>"}


def test_an_exception_and_recursion(profile: ContextualProfile) -> None:
    @profile
    def f(n: int) -> Any:
        if n == 0:
            raise KeyError
        return f(n - 1)

    with pytest.raises(KeyError):
        f(3)
    assert calls(profile) == {"f": 4}


def generator() -> Generator[Any, Any, str]:
    received: list[object] = []
    while True:
        try:
            got = yield received
        except KeyError as error:
            received.append(error)
        except GeneratorExit:
            received.append("closed")
            raise
        else:
            if got == "stop":
                return "returned"
            received.append(got)


def test_a_generator_is_driven_as_ever(profile: ContextualProfile) -> None:
    wrapped = profile(generator)
    assert inspect.isgeneratorfunction(wrapped)
    run = wrapped()
    received = next(run)
    run.send(1)
    fault = KeyError()
    run.throw(fault)
    with pytest.raises(StopIteration) as stop:
        run.send("stop")
    assert stop.value.value == "returned"
    assert received == [1, fault]

    run = wrapped()
    received = next(run)
    run.close()
    assert received == ["closed"]

    def outer() -> Generator[Any, Any, Any]:
        return (yield from wrapped())

    run = outer()
    next(run)
    with pytest.raises(StopIteration) as stop:
        run.send("stop")
    assert stop.value.value == "returned"
    with pytest.raises(ZeroDivisionError):
        run = wrapped()
        next(run)
        run.throw(ZeroDivisionError)
    assert set(calls(profile)) == {"generator"}


def test_a_generator_is_measured_only_while_it_runs(profile: ContextualProfile) -> None:
    def other() -> None: ...

    run = profile(generator)()
    next(run)
    other()
    run.send(1)
    other()
    run.close()
    assert set(calls(profile)) == {"generator"}


def test_a_coroutine(profile: ContextualProfile) -> None:
    ran: list[str] = []

    @profile
    async def f(n: int) -> int:
        try:
            await asyncio.sleep(0)
            await asyncio.sleep(1000 if n == 0 else 0)
        except asyncio.CancelledError:
            ran.append("cancelled")
            raise
        return n

    async def main() -> list[int | BaseException]:
        waiting = asyncio.ensure_future(f(0))
        others = await asyncio.gather(f(1), f(2))
        waiting.cancel()
        return [*others, *await asyncio.gather(waiting, return_exceptions=True)]

    assert inspect.iscoroutinefunction(f)
    one, two, cancelled = asyncio.run(main())
    assert (one, two, ran) == (1, 2, ["cancelled"])
    assert isinstance(cancelled, asyncio.CancelledError)
    assert "f" in calls(profile)
    assert "main" not in calls(profile)


def test_an_async_generator(profile: ContextualProfile) -> None:
    ran: list[object] = []

    @profile
    async def f() -> AsyncIterator[int]:
        try:
            for number in range(3):
                await asyncio.sleep(0)
                try:
                    ran.append((yield number))
                except KeyError:
                    ran.append("thrown")
        finally:
            await asyncio.sleep(0)
            ran.append("closed")

    async def main() -> None:
        assert [x async for x in f()] == [0, 1, 2]
        run: Any = f()
        assert await anext(run) == 0
        assert await run.asend("sent") == 1
        assert await run.athrow(KeyError) == 2
        await run.aclose()

    assert inspect.isasyncgenfunction(f)
    asyncio.run(main())
    assert ran == [None, None, None, "closed", "sent", "thrown", "closed"]
    assert "main" not in calls(profile)


def test_members_of_classes(profile: ContextualProfile) -> None:
    class A:
        @profile
        def method(self) -> str:
            return "m"

        @profile
        @classmethod
        def of_class(cls) -> type:
            return cls

        @profile
        @staticmethod
        def static() -> str:
            return "s"

        @profile  # type: ignore[prop-decorator]
        @property
        def value(self) -> int:
            """Doc."""
            return 1

    assert (A().method(), A.of_class(), A.static(), A().value) == ("m", A, "s", 1)
    assert A.value.__doc__ == "Doc."
    assert calls(profile) == {"method": 1, "of_class": 1, "static": 1, "value": 1}


@pytest.mark.parametrize("kind", [list, dict])
def test_a_class_is_the_same_class(kind: type, profile: ContextualProfile) -> None:
    class A(kind):  # type: ignore[misc]
        def f(self) -> int:
            return 1

    assert profile(A) is A
    assert A().f() == 1
    assert calls(profile) == {"f": 1}


def test_partials_bound_methods_and_cached_properties(profile: ContextualProfile) -> None:
    class A:
        @profile  # type: ignore[prop-decorator]
        @functools.cached_property
        def cached(self) -> int:
            return 1

        def method(self, x: int) -> int:
            return x

        part = profile(functools.partialmethod(method, 2))

    a = A()
    assert (a.cached, a.cached, a.part()) == (1, 1, 2)
    assert isinstance(vars(A)["cached"], functools.cached_property)
    bound = profile(A().method)
    assert (bound(3), isinstance(bound.__self__, A)) == (3, True)
    part = profile(functools.partial(A.method, a, x=4))
    assert (part(), part.keywords) == (4, {"x": 4})
    assert calls(profile) == {"cached": 1, "method": 3}


def test_a_cached_property_that_has_its_name_keeps_it(profile: ContextualProfile) -> None:
    class A:
        @functools.cached_property
        def cached(self) -> int:
            return 1

    A.cached = profile(vars(A)["cached"])  # type: ignore[method-assign]
    assert (A().cached, calls(profile)) == (1, {"cached": 1})


def test_what_cannot_be_called(profile: ContextualProfile) -> None:
    with pytest.raises(TypeError, match="cannot profile 3: it is not callable"):
        profile(3)


def test_by_count(profile: ContextualProfile) -> None:
    def f() -> None: ...

    profile.disable_by_count()
    with profile as same:
        assert same is profile
        with profile:
            f()
        f()
    f()
    assert calls(profile) == {"f": 2}


def test_other_threads_run_unmeasured(profile: ContextualProfile) -> None:
    @profile
    def f(inner: object = None) -> None:
        if callable(inner):
            inner()

    def elsewhere() -> None:
        thread = threading.Thread(target=f)
        thread.start()
        thread.join()

    f(elsewhere)
    assert profile.refusal is None
    assert calls(profile)["f"] >= 1


def test_another_profiler_is_no_error(profile: ContextualProfile) -> None:
    """Since Python 3.12 two cannot measure at a time; the program goes on."""
    other = cProfile.Profile()
    other.enable()
    try:
        assert profile(lambda: 5)() == 5
    finally:
        other.disable()
    assert profile.refusal is None or "not measured" in profile.refusal


def test_the_cpu_clock() -> None:
    profile = ContextualProfile(clock="cpu")
    profile(lambda: sum(range(10)))()
    assert sum(calls(profile).values()) == 1


def test_saving_goes_on_measuring(profile: ContextualProfile, tmp_path: Path) -> None:
    import pstats

    f = profile(lambda: None)
    path = tmp_path / "results"
    f()
    profile.save(str(path))
    f()
    profile.dump_stats(str(path))
    assert pstats.Stats(str(path)).total_calls == 2  # type: ignore[attr-defined]


def test_a_wrapper_pickles_under_its_name(profile: ContextualProfile) -> None:
    wrapped = profile(picklable)
    globals()["picklable"], before = wrapped, picklable
    try:
        assert pickle.loads(pickle.dumps(wrapped)) is wrapped
    finally:
        globals()["picklable"] = before


def picklable() -> None: ...


def test_it_is_made_as_cprofile_is() -> None:
    ticks = iter(range(1000))
    profiler = kernprof.ContextualProfile(lambda: next(ticks), 0.5, builtins=False)
    with profiler:
        assert profiler.enable_count == 1
        len("")
    assert profiler.enable_count == 0
    assert not any("len" in str(entry.code) for entry in profiler.getstats())


class Switch(ByCountProfilerMixin):
    """A profiler that only notes whether it is enabled."""

    def __init__(self) -> None:
        self.enabled: list[bool] = []

    def enable(self) -> None:
        self.enabled.append(True)

    def disable(self) -> None:
        self.enabled.append(False)


def test_other_profilers_can_inherit_from_the_mixin() -> None:
    switch = Switch()

    def f(x: int) -> int:
        assert switch.enable_count
        return x

    assert switch.wrap_callable(f)(1) == switch.runcall(f, 1) == 1
    names = {"f": f}
    assert switch.runctx("y = f(2)", names) is switch
    assert names["y"] == 2  # type: ignore[comparison-overlap]
    assert switch.enabled == [True, False] * 3
    switch.disable_by_count()
    with switch as same, switch:
        assert same is switch
        assert switch.enable_count == 2
    assert switch.enabled == [True, False] * 4
    assert switch.run("1 + 1") is switch
    assert switch.get_underlying_functions(functools.partial(f)) == [f]
