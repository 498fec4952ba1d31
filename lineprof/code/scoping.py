"""Which functions are measured when a class or module is added."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator, Mapping
from types import FunctionType, ModuleType
from typing import Any, Literal, Self

from .callables import (
    functions_of,
    is_class,
    is_function,
    is_module,
    is_of_annotations,
    namespace_of,
)

Kind = Literal["func", "class", "module"]
Namespace = type | ModuleType


class StringEnum(enum.StrEnum):
    """Members are found by their name in upper or lower case: `Example("name")`."""

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if isinstance(value, str):
            return cls.__members__.get(value.upper())
        return None


class ScopingPolicy(StringEnum):
    """Which of the things in a class or a module belong to it.

    Functions that belong are measured; classes and modules that belong are searched in turn. A
    policy is made from its name, in upper or lower case: `ScopingPolicy("exact")`.
    """

    EXACT = "exact"
    """Functions defined here; nothing is searched."""
    CHILDREN = "children"
    """What is defined here; of a package, the modules in it."""
    DESCENDANTS = "descendants"
    """What is defined here, or in what is defined here, and so on."""
    SIBLINGS = "siblings"
    """Descendants, and what stands beside: of a class, what its module defines; of a module,
    what the package defines that it is in."""
    NONE = "none"
    """Everything that is found. Of a module, that may be half of what is loaded."""

    def get_filter(self, namespace: Namespace, obj_type: Kind) -> Callable[[Any], bool]:
        """Whether a "func", "class" or "module" that is found in `namespace` belongs to it."""
        if obj_type not in ("func", "class", "module"):
            raise ValueError(f"not func, class or module: {obj_type!r}")
        within_class = is_class(namespace)
        if (within_class and obj_type == "module") or (
            self is ScopingPolicy.EXACT and obj_type != "func"
        ):
            return lambda item: False
        if self is ScopingPolicy.NONE:
            return lambda item: True
        if is_class(namespace):
            return lambda item: self._belongs_to_class(namespace, item)
        return lambda item: self._belongs_to_module(namespace.__name__, item)

    def _belongs_to_class(self, cls: type, item: FunctionType | type) -> bool:
        if _module_of(item) != cls.__module__:
            return False
        outer, _, _ = _path_of(item).rpartition(".")
        match self:
            case ScopingPolicy.EXACT | ScopingPolicy.CHILDREN:
                return outer == cls.__qualname__
            case ScopingPolicy.DESCENDANTS:
                return _is_within(outer, cls.__qualname__)
        return True

    def _belongs_to_module(self, module: str, item: FunctionType | Namespace) -> bool:
        package = module.rpartition(".")[0]
        if is_module(item):
            home = item.__name__
            if self is ScopingPolicy.CHILDREN:
                return home.rpartition(".")[0] == module
            if home == module:
                return False
        else:
            home = _module_of(item)
            if self in (ScopingPolicy.EXACT, ScopingPolicy.CHILDREN):
                return home == module
        if self is ScopingPolicy.SIBLINGS and package:
            return _is_within(home, package)
        return _is_within(home, module)

    @classmethod
    def to_policies(cls, policies: Policies = None) -> dict[Kind, ScopingPolicy]:
        """The policy for each kind of thing.

        policies: one for all, or its name; a mapping with the keys "func", "class" and "module";
            None for DEFAULT_SCOPING_POLICIES.

        ValueError for a name that is none, KeyError for a key that is not there.
        """
        if isinstance(policies, str):
            policies = dict.fromkeys(("func", "class", "module"), policies)
        elif policies is None:
            policies = DEFAULT_SCOPING_POLICIES
        return {
            "func": cls(policies["func"]),
            "class": cls(policies["class"]),
            "module": cls(policies["module"]),
        }


Policies = str | ScopingPolicy | Mapping[str, str] | None

DEFAULT_SCOPING_POLICIES: Mapping[str, str] = {
    "func": "siblings",
    "class": "siblings",
    "module": "exact",
}
"""Functions and classes of the same module or package; no other modules."""


def functions_in(namespace: Namespace, policies: Policies = None) -> list[FunctionType]:
    """The functions that these policies find in a class or module, in order of definition.

    Generated functions (of dataclasses, namedtuple, attrs) are left out. Errors: see `to_policies`.
    """
    chosen = ScopingPolicy.to_policies(policies)
    found: dict[int, FunctionType] = {}
    seen = {id(namespace)}
    pending: list[tuple[Namespace, Iterator[object]]] = [(namespace, _values(namespace))]
    while pending:
        owner, values = pending[-1]
        for value in values:
            if is_class(value) or is_module(value):
                kind: Kind = "class" if is_class(value) else "module"
                if id(value) not in seen and chosen[kind].get_filter(owner, kind)(value):
                    seen.add(id(value))
                    pending.append((value, _values(value)))
                    break
                continue
            belongs = chosen["func"].get_filter(owner, "func")
            for function in functions_of(value):
                if belongs(function) and not _is_generated(function, owner):
                    found.setdefault(id(function), function)
        else:
            pending.pop()
    return list(found.values())


def _values(namespace: Namespace) -> Iterator[object]:
    return iter(list(namespace_of(namespace).values()))


def _module_of(item: object) -> str:
    if is_function(item):
        # Not `__module__`: libraries rewrite it to where the name is published.
        name = item.__globals__.get("__name__")
    else:
        name = getattr(item, "__module__", None)
    return name if isinstance(name, str) else ""


def _path_of(item: object) -> str:
    if is_function(item):
        # Not `__qualname__`: it is what a decorator last said it is.
        return item.__code__.co_qualname
    name = getattr(item, "__qualname__", None)
    return name if isinstance(name, str) else ""


def _is_within(name: str, outer: str) -> bool:
    return name == outer or name.startswith(outer + ".")


def _is_generated(function: FunctionType, owner: Namespace) -> bool:
    code = function.__code__
    if is_of_annotations(code):
        return True
    if not code.co_filename.startswith(("<string>", "<attrs generated")):
        return False
    # What stands in the text of a program given by -c or exec() was written all the same.
    return is_class(owner) and not _is_within(code.co_qualname, owner.__qualname__)
