"""Which functions stand behind what is decorated: those that somebody wrote, and only those."""

from __future__ import annotations

import contextlib
import enum
import functools
import sys
import types
from collections import namedtuple
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from lineprof.code import callables
from lineprof.code.scoping import functions_in


def plain(x: int = 0) -> int:
    return x


async def coroutine() -> None: ...


def generator() -> Iterator[int]:
    yield 1


async def async_generator() -> Any:
    yield 1


def decorated(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return wrapper


@functools.wraps(len)
def around_a_builtin(x: Any) -> int:
    return len(x)


@functools.singledispatch
def dispatched(x: object) -> str:
    return "object"


@dispatched.register
def dispatched_int(x: int) -> str:
    return "int"


dispatched.register(str, str)


@contextlib.contextmanager
def manager() -> Iterator[None]:
    yield


class Callable_:  # noqa: N801
    def __call__(self) -> int:
        return 1


class Remembering:
    """A decorator that is a class, as they are commonly written."""

    def __init__(self, function: Callable[..., Any]) -> None:
        functools.update_wrapper(self, function)

    def __call__(self) -> int:
        return 1


class Everything:
    def method(self) -> None: ...

    @classmethod
    def class_method(cls) -> None: ...

    @staticmethod
    def static_method() -> None: ...

    @property
    def prop(self) -> int:
        return 1

    @prop.setter
    def prop(self, value: int) -> None: ...

    @prop.deleter
    def prop(self) -> None: ...

    @functools.cached_property
    def cached(self) -> int:
        return 1

    partial = functools.partialmethod(method)
    short = lambda self: 1  # noqa: E731

    @decorated
    def wrapped(self) -> None: ...

    @functools.lru_cache  # noqa: B019
    def remembered(self) -> None: ...

    @functools.singledispatchmethod
    def dispatching(self, x: object) -> None: ...

    @dispatching.register
    def _(self, x: int) -> None: ...

    class Inner:
        def method(self) -> None: ...

        class Innermost:
            def method(self) -> None: ...

    borrowed = plain
    builtin = len
    foreign = Callable_
    itself: Any


Everything.itself = Everything


class Child(Everything):
    def own(self) -> None: ...


def names(functions: list[types.FunctionType]) -> list[str]:
    return [function.__code__.co_qualname for function in functions]


class_function: Any = Everything.__dict__

SINGLE = {
    "function": (plain, "plain"),
    "lambda": (lambda: 1, "<lambda>"),
    "coroutine": (coroutine, "coroutine"),
    "generator": (generator, "generator"),
    "async generator": (async_generator, "async_generator"),
    "wraps": (decorated(plain), "plain"),
    "wraps of wraps": (decorated(decorated(plain)), "plain"),
    "wraps of a builtin": (around_a_builtin, "around_a_builtin"),
    "lru_cache": (functools.lru_cache(plain), "plain"),
    "lru_cache of wraps": (functools.lru_cache(decorated(plain)), "plain"),
    "contextmanager": (manager, "manager"),
    "partial": (functools.partial(plain, 1), "plain"),
    "partial of partial": (functools.partial(functools.partial(decorated(plain)), 1), "plain"),
    "partialmethod": (functools.partialmethod(plain), "plain"),
    "classmethod": (class_function["class_method"], "Everything.class_method"),
    "staticmethod": (class_function["static_method"], "Everything.static_method"),
    "bound method": (Everything().method, "Everything.method"),
    "bound classmethod": (Everything.class_method, "Everything.class_method"),
    "cached_property": (class_function["cached"], "Everything.cached"),
    "callable instance": (Callable_(), "Callable_.__call__"),
    "instance with __wrapped__": (Remembering(plain), "plain"),
    "instance wrapping a builtin": (Remembering(len), "Remembering.__call__"),
}


@pytest.mark.parametrize("kind", SINGLE)
def test_the_function_the_user_wrote_is_found(kind: str) -> None:
    obj, name = SINGLE[kind]
    found = callables.functions_of(obj)
    assert names(found) == [name]
    assert callables.can_hold_functions(obj)


def test_a_property_has_up_to_three() -> None:
    assert names(callables.functions_of(class_function["prop"])) == ["Everything.prop"] * 3
    assert len(set(callables.functions_of(class_function["prop"]))) == 3


def test_a_property_may_use_one_function_twice() -> None:
    assert callables.functions_of(property(decorated(plain), decorated(plain))) == [plain]


def test_singledispatch_gives_every_implementation_written_in_python() -> None:
    assert names(callables.functions_of(dispatched)) == ["dispatched", "dispatched_int"]


@pytest.mark.parametrize(
    "obj", [len, "".join, str.join, int.__add__, (1).__add__, dict.fromkeys, functools.partial(len)]
)
def test_nothing_stands_behind_a_builtin(obj: object) -> None:
    assert callables.functions_of(obj) == []
    assert callables.can_hold_functions(obj)


@pytest.mark.parametrize("obj", [3, "plain", None, [plain], sys])
def test_some_things_are_of_no_kind_to_measure(obj: object) -> None:
    assert callables.functions_of(obj) == []
    assert not callables.can_hold_functions(obj)


def test_what_is_being_defined_is_meant_though_it_wraps_another() -> None:
    def measure(obj: Any) -> Any:
        found.append(names(callables.functions_of(obj, sys._getframe(1))))
        return obj

    def unrelated(obj: Any) -> Any:
        return obj

    def decorator(function: Callable[..., Any]) -> Callable[..., Any]:
        @unrelated
        @measure
        @functools.wraps(function)
        def wrapper() -> Any:
            return function()

        return wrapper  # type: ignore[no-any-return]

    found: list[list[str]] = []
    here = "test_what_is_being_defined_is_meant_though_it_wraps_another.<locals>."

    @decorator
    def one() -> None: ...

    @measure
    @decorator
    @decorator
    def two() -> None: ...

    measure(one)
    wrapper = f"{here}decorator.<locals>.wrapper"
    assert found == [[wrapper], [wrapper], [wrapper], [f"{here}two"], [f"{here}one"]]


def test_a_cycle_of_wrapped_ends() -> None:
    def one() -> None: ...

    def two() -> None: ...

    one.__wrapped__ = two  # type: ignore[attr-defined]
    two.__wrapped__ = one  # type: ignore[attr-defined]
    assert callables.functions_of(one) == [two]
    one.__wrapped__ = one  # type: ignore[attr-defined]
    assert callables.functions_of(one) == [one]


def test_an_endless_chain_ends() -> None:
    class Endless:
        @property
        def __wrapped__(self) -> Endless:
            return Endless()

    assert callables.functions_of(Endless()) == []


def test_a_lazy_object_is_not_asked_for_its_class() -> None:
    """As Django's settings, which raise unless they are configured."""

    class Settings:
        @property  # type: ignore[misc]
        def __class__(self) -> Any:
            raise RuntimeError("not configured")

    settings = Settings()
    module = types.ModuleType("lazy")
    exec("def f(): return 1", vars(module))
    module.settings = settings  # type: ignore[attr-defined]
    assert callables.functions_of(settings) == []
    assert callables.module_functions(module) == [module.f]
    assert functions_in(module) == [module.f]
    holder = type("Holder", (), {"settings": settings, "f": module.f})
    assert callables.class_functions(holder) == []
    assert functions_in(holder) == []


def test_a_proxy_is_not_woken() -> None:
    class Proxy:
        def __getattr__(self, name: str) -> object:
            raise AssertionError(f"asked for {name}")

        def __call__(self) -> None: ...

    assert names(callables.functions_of(Proxy()))[0].endswith("Proxy.__call__")


def test_an_attribute_that_raises_is_none() -> None:
    class Broken:
        @property
        def __wrapped__(self) -> object:
            raise RuntimeError("working outside of request context")

    assert callables.functions_of(Broken()) == []


def test_members_of_a_class() -> None:
    expected = [
        "method",
        "class_method",
        "static_method",
        *["prop"] * 3,
        "cached",
        "<lambda>",
        "wrapped",
        "remembered",
        "dispatching",
        "_",
        "Inner.method",
        "Inner.Innermost.method",
    ]
    assert names(callables.class_functions(Everything)) == [f"Everything.{n}" for n in expected]
    assert callables.functions_of(Everything) == callables.class_functions(Everything)


def test_inherited_members_are_not_of_the_class() -> None:
    assert names(callables.class_functions(Child)) == ["Child.own"]


@dataclass(order=True)
class Data:
    x: int

    def written(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Slotted:
    x: int

    def written(self) -> None: ...


class Color(enum.Enum):
    RED = 1

    def written(self) -> None: ...


class Pair(namedtuple("Pair", "x y")):
    __slots__ = ()

    def written(self) -> None: ...


@pytest.mark.parametrize("cls", [Data, Slotted, Color, Pair])
def test_generated_members_are_left_out(cls: type) -> None:
    assert names(callables.class_functions(cls)) == [f"{cls.__name__}.written"]


def test_local_classes_and_generated_code_have_members() -> None:
    class Local:
        def method(self) -> None: ...

    assert callables.class_functions(Local) == [Local.method]
    space: dict[str, Any] = {"__name__": "made"}
    exec("class C:\n    def f(self): ...\n", space)
    assert callables.class_functions(space["C"]) == [space["C"].f]


def module(text: str, **extra: object) -> types.ModuleType:
    made = types.ModuleType("made")
    vars(made).update(extra)
    exec(text, vars(made))
    return made


def test_members_of_a_module() -> None:
    made = module(
        """
import functools
from textwrap import dedent
from collections import OrderedDict

def f(): ...
g = f
h = lambda: 1

@functools.lru_cache
def cached(): ...

async def co(): ...

class C:
    def m(self): ...
    class D:
        def m(self): ...

D = C.D
number = 3
""",
        borrowed=plain,
        Everything=Everything,
        instance=Callable_(),
        itself=sys,
    )
    found = callables.module_functions(made)
    assert names(found) == ["f", "<lambda>", "cached", "co", "C.m", "C.D.m"]


def test_a_module_name_rewritten_for_show_does_not_matter() -> None:
    made = module("def f(): ...\n")
    made.f.__module__ = "elsewhere"
    assert callables.module_functions(made) == [made.f]


def test_nested_code_is_found_at_any_depth_in_order() -> None:
    def outer() -> object:
        one = lambda: [lambda: 1]  # noqa: E731

        class Inner:
            def method(self) -> object:
                return (i for i in ())  # type: ignore[var-annotated]

        return one, Inner

    found = [
        code.co_qualname.rpartition("outer.<locals>.")[2]
        for code in callables.codes_within(outer.__code__)
        if code.co_name != "<listcomp>"
    ]
    assert found == [
        "<lambda>",
        "Inner",
        "<lambda>.<locals>.<lambda>",
        "Inner.method",
        "Inner.method.<locals>.<genexpr>",
    ]


# -- objects of libraries that hold a function -------------------------------------------------

LIBRARY = """
class Command:  # as click's
    def __init__(self, callback): self.callback = callback
    def __call__(self, *args): return self.callback(*args)
class Registered:  # as celery's tasks: a proxy that is not to be woken
    __slots__ = ("_made", "_arguments", "__dict__")
    def __init__(self, function):
        object.__setattr__(self, "_made", lambda f: f)
        object.__setattr__(self, "_arguments", (function,))
    def __getattribute__(self, name): raise RuntimeError("woken")
    def __call__(self): raise RuntimeError("woken")
class Cached:  # as Django's cached_property
    @staticmethod
    def func(instance): raise TypeError
    def __init__(self, func): self.real_func = func
    def __get__(self, instance, owner=None): return self.real_func(instance)
class Hybrid:  # as SQLAlchemy's hybrid_property
    def __init__(self, fget): self.fget = fget
    def __get__(self, instance, owner=None): return self.fget(instance)
class Events:
    __slots__ = ("handlers",)
    def __init__(self, function): self.handlers = [{"f": function}]
def bare(function):
    def wrapper(*args): return function(*args)
    return wrapper
"""


@pytest.fixture
def library() -> types.ModuleType:
    module = types.ModuleType("some_library")
    exec(compile(LIBRARY, "/some/library.py", "exec"), vars(module))
    return module


@pytest.mark.parametrize("name", ["Command", "Registered", "Cached", "Hybrid", "Events", "bare"])
def test_the_function_that_is_defined_is_found_behind_it(
    name: str, library: types.ModuleType
) -> None:
    found = []

    def profile(obj: object) -> object:
        found.extend(callables.functions_of(obj, sys._getframe(1)))
        return obj

    @profile
    @getattr(library, name)  # type: ignore[untyped-decorator]
    @functools.partial(lambda function: function)
    def written() -> int:
        return 1

    assert [function.__name__ for function in found] == ["written"]


@pytest.mark.parametrize("name", ["Command", "Cached", "Hybrid"])
def test_it_is_found_without_its_definition(name: str, library: types.ModuleType) -> None:
    assert callables.functions_of(getattr(library, name)(plain)) == [plain]


def test_a_call_of_ones_own_is_what_was_written() -> None:
    class Memo:
        def __init__(self, func: Callable[..., Any]) -> None:
            self.func = func

        def __call__(self) -> object:
            return self.func()

    assert callables.functions_of(Memo(plain)) == [Memo.__call__]


def test_functions_that_a_generated_one_holds_belong_to_the_class() -> None:
    """As attrs does it with cached properties of classes with slots."""

    class Slotted:
        def lazy(self) -> int:
            return 1

    held = Slotted.lazy
    del Slotted.lazy
    space = {"cached": {"lazy": held, "other": plain}}
    exec(compile("def __getattr__(self, name): return cached[name]", "<attrs>", "exec"), space)
    Slotted.__getattr__ = space["__getattr__"]  # type: ignore[attr-defined]
    assert callables.functions_of(Slotted) == [held]


def test_the_call_of_a_library_is_told_from_what_was_written(library: types.ModuleType) -> None:
    here = sys._getframe()
    command = library.Command(len)
    (call,) = callables.functions_of(command, here)
    assert callables.is_of_library(call, command, here)
    assert not callables.is_of_library(plain, plain, here)  # type: ignore[arg-type]
