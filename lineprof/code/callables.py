"""Which functions stand behind a callable, a class or a module.

What is profiled may be a property, a partial, or whatever a decorator returned; measured is the
function that the author wrote. Nothing here calls the object, changes it or raises because of it.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import CodeType, FrameType, FunctionType, ModuleType
    from typing import Any, TypeGuard

    # Objects met and what stands behind them: shared layers are walked once, and cycles end.
    _Memo = dict[int, tuple[object, list["FunctionType"]]]


class _Sample:
    def method(self) -> None: ...


# As in `types`, which a bare interpreter has not loaded.
_FUNCTION = type(_Sample.method)
_METHOD = type(_Sample().method)
_CODE = type(_Sample.method.__code__)
_MODULE = type(sys)
_FRAME = type(sys._getframe())

_MAX_DEPTH = 100  # Layers of decoration followed; a chain that is longer was built to have no end
_MOST_SEEN = 2000  # Objects that are looked at for a function that another holds


def is_function(obj: object) -> TypeGuard[FunctionType]:
    return type(obj) is _FUNCTION


def is_code(obj: object) -> TypeGuard[CodeType]:
    return type(obj) is _CODE


def is_of_annotations(code: CodeType) -> bool:
    """Whether the compiler made this of annotations, to evaluate them later (3.14, PEP 649)."""
    return code.co_name == "__annotate__" and code.co_posonlyargcount == code.co_argcount == 1


def is_module(obj: object) -> TypeGuard[ModuleType]:
    return issubclass(type(obj), _MODULE)


def is_class(obj: object) -> TypeGuard[type]:
    """Whether this is a class; unlike isinstance(), this wakes no lazy object (Django settings)."""
    return issubclass(type(obj), type)


def functions_of(obj: object, decorating: FrameType | None = None) -> list[FunctionType]:
    """The functions written by the author that run when `obj` is used, in order of definition.

    It looks through decorators that leave `__wrapped__`, and objects that hold a function, as
    click's commands do. A property, a class or a singledispatch function has several; a builtin has
    none.

    decorating: the frame that decorates `obj`, if any. A function that is being defined there is
        the one that is meant, wherever `obj` keeps it.
    """
    if (
        is_function(obj)
        and not obj.__dict__
        and (decorating is None or _is_defined_at(obj.__code__, decorating))
    ):
        return [obj]
    found = _unique(_behind(obj, {}, 0, decorating))
    if decorating is None or is_class(obj):
        return found
    if any(_is_defined_at(function.__code__, decorating) for function in found):
        return found
    return _held(obj, lambda code: _is_defined_at(code, decorating)) or found


def can_hold_functions(obj: object) -> bool:
    """Whether `obj` is of a kind that functions can stand behind, be it none in this case."""
    kind = type(obj)
    is_descriptor = _class_attribute(kind, "__get__") is not None
    return callable(obj) or is_descriptor or bool(_parts(obj))


def is_of_library(function: FunctionType, obj: object, caller: FrameType) -> bool:
    """Whether all that was found is the `__call__` of a class that somebody else wrote."""
    if _class_attribute(type(obj), "__call__") is not function:
        return False
    return _package(function.__globals__) != _package(caller.f_globals)


def class_functions(cls: type) -> list[FunctionType]:
    """The functions written in the body of `cls` and of classes inside it.

    Left out is what was inherited, borrowed from elsewhere or generated (by dataclasses, enum).
    """
    found = []
    seen = {id(cls)}
    pending = [cls]
    while pending:
        owner = pending.pop(0)
        prefix = owner.__qualname__ + "."
        inner = []
        for value in list(namespace_of(owner).values()):
            if is_class(value):
                here = value.__qualname__.startswith(prefix)
                if here and value.__module__ == owner.__module__ and id(value) not in seen:
                    seen.add(id(value))
                    inner.append(value)
                continue
            for function in functions_of(value):
                # co_qualname: `__qualname__` is what a decorator last said it is.
                code = function.__code__
                if code.co_qualname.startswith(prefix) and not is_of_annotations(code):
                    found.append(function)
                elif code.co_filename.startswith("<"):
                    # Generated: attrs puts the functions of cached properties behind one.
                    found += _held(value, lambda code: code.co_qualname.startswith(prefix))  # noqa: B023
        pending[:0] = inner
    return _unique(found)


def module_functions(module: ModuleType) -> list[FunctionType]:
    """The functions written in `module`, those of its classes included; none it imports."""
    namespace = vars(module)
    found = []
    for value in list(namespace.values()):
        if is_class(value):
            if value.__module__ == module.__name__:
                found += class_functions(value)
            continue
        for function in functions_of(value):
            # Not `__module__`: libraries rewrite it to where the name is published.
            if function.__globals__ is namespace and not is_of_annotations(function.__code__):
                found.append(function)
    return _unique(found)


def codes_within(code: CodeType) -> Iterator[CodeType]:
    """The code objects nested in `code`, at any depth: inner functions, lambdas, class bodies..."""
    pending = [code]
    while pending:
        inner = [const for const in pending.pop().co_consts if is_code(const)]
        yield from (code for code in inner if not is_of_annotations(code))
        pending.extend(reversed(inner))


def _behind(
    obj: object, memo: _Memo, depth: int, decorating: FrameType | None = None
) -> list[FunctionType]:
    if id(obj) in memo:
        return memo[id(obj)][1]
    found: list[FunctionType] = []
    memo[id(obj)] = obj, found
    if depth > _MAX_DEPTH:
        return found
    if is_class(obj):
        found += class_functions(obj)
        return found
    if decorating is not None and is_function(obj) and _is_defined_at(obj.__code__, decorating):
        found.append(obj)
        return found
    for part in _parts(obj):
        found += _behind(part, memo, depth + 1, decorating)
    # A wrapper around something that is not Python (`@wraps(len)`) is itself what was written.
    if not found:
        if is_function(obj):
            found.append(obj)
        else:
            call = _class_attribute(type(obj), "__call__")
            if is_function(call) or isinstance(call, (classmethod, staticmethod)):
                found += _behind(call, memo, depth + 1)
    return found


def _is_defined_at(code: CodeType, frame: FrameType) -> bool:
    """Whether `frame` is at one of the lines of decorators (or `def`) that `code` begins with."""
    first, now = code.co_firstlineno, frame.f_lineno
    if code.co_filename != frame.f_code.co_filename or now < first:
        return False
    return now == first or now < next((n for *_, n in code.co_lines() if n and n > first), first)


def _held(obj: object, is_one: Callable[[CodeType], bool]) -> list[FunctionType]:
    """The nearest functions of such code that an object leads to; asks only the collector."""
    import gc

    level: list[object] = [obj]
    seen = {id(obj): obj}
    while level and len(seen) < _MOST_SEEN:
        found = [item for item in level if is_function(item) and is_one(item.__code__)]
        if found:
            return found
        level = [
            seen.setdefault(id(item), item)
            for item in gc.get_referents(*filter(_leads_on, level))
            if id(item) not in seen
        ]
    return []


def _leads_on(obj: object) -> bool:
    if is_class(obj) or is_module(obj):
        return False
    if type(obj) is dict:
        name = obj.get("__name__")
        module = sys.modules.get(name) if isinstance(name, str) else None
        return "__spec__" not in obj and (module is None or namespace_of(module) is not obj)
    return type(obj) is not _FRAME


def _package(names: dict[str, Any]) -> str:
    name = names.get("__name__")
    return name.partition(".")[0] if isinstance(name, str) else ""


def _parts(obj: object) -> tuple[object, ...]:
    kind = type(obj)
    names: tuple[str, ...] = ("__wrapped__",)
    if kind is _FUNCTION:
        registry = _attribute(obj, "registry")
        if registry is not None and _attribute(obj, "dispatch") is not None:
            return _implementations(registry)
    elif kind is _METHOD or issubclass(kind, (classmethod, staticmethod)):
        names = ("__func__",)
    elif issubclass(kind, property):
        names = ("fget", "fset", "fdel")
    else:
        of_functools = _name_in_functools(kind)
        if of_functools in ("partial", "partialmethod", "cached_property"):
            names = ("func",)
        elif of_functools == "singledispatchmethod":
            return _implementations(_attribute(_attribute(obj, "dispatcher"), "registry"))
        elif _attribute(obj, "__wrapped__") is None:
            return _holding(obj)
    return tuple(part for name in names if (part := _attribute(obj, name)) is not None)


def _holding(obj: object) -> tuple[object, ...]:
    """The function that an object of click's, Django's, SQLAlchemy's or the like was made of."""
    own = type(obj).__module__.partition(".")[0]
    for name in ("callback", "real_func", "func", "fget"):
        value = _attribute(obj, name)
        if is_function(value) and (not callable(obj) or _package(value.__globals__) != own):
            return (value,)
    return ()


def _name_in_functools(kind: type) -> object:
    """The name of the class of functools that this one is or inherits from; imports nothing."""
    for base in kind.__mro__:
        if _attribute(base, "__module__") == "functools":
            return _attribute(base, "__name__")
    return None


def _implementations(registry: object) -> tuple[object, ...]:
    values: Callable[[], object] | None = getattr(registry, "values", None)
    if values is None:
        return ()
    return tuple(value for value in list(values()) if not is_class(value))  # type: ignore[call-overload]


def _unique(functions: list[FunctionType]) -> list[FunctionType]:
    return list({id(function): function for function in functions}.values())


def _attribute(obj: object, name: str) -> object:
    """An attribute, without calling a `__getattr__` of the user's: that might wake a proxy."""
    try:
        if is_class(obj):
            return type.__getattribute__(obj, name)
        return object.__getattribute__(obj, name)
    except Exception:
        return None


def namespace_of(obj: object) -> dict[str, Any]:
    """The names in a module or class, {} for anything else; runs no code of the program."""
    found = _attribute(obj, "__dict__")
    if is_class(obj):
        return dict(found)  # type: ignore[call-overload, no-any-return]
    return found if isinstance(found, dict) else {}


def _class_attribute(kind: type, name: str) -> object:
    for base in kind.__mro__:
        if name in base.__dict__:
            return base.__dict__[name]
    return None
