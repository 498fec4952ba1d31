"""Of what kind a callable is."""

from __future__ import annotations

import functools
import types

C_LEVEL_CALLABLE_TYPES = (
    types.BuiltinFunctionType,
    types.ClassMethodDescriptorType,
    types.MethodDescriptorType,
    types.MethodWrapperType,
    types.WrapperDescriptorType,
)
"""Types of what is written in C."""


def is_c_level_callable(func: object) -> bool:
    """Whether it is written in C, so that it has no lines."""
    return isinstance(func, C_LEVEL_CALLABLE_TYPES)


def is_cython_callable(func: object) -> bool:
    """Whether it was compiled by Cython."""
    return callable(func) and type(func).__name__ in (
        "cyfunction",
        "cython_function_or_method",
        "fused_cython_function",
    )


def is_classmethod(f: object) -> bool:
    """Whether it is a classmethod object."""
    return isinstance(f, classmethod)


def is_staticmethod(f: object) -> bool:
    """Whether it is a staticmethod object."""
    return isinstance(f, staticmethod)


def is_boundmethod(f: object) -> bool:
    """Whether it is a function bound to an object or class."""
    return isinstance(f, types.MethodType)


def is_partialmethod(f: object) -> bool:
    """Whether it is a functools.partialmethod."""
    return isinstance(f, functools.partialmethod)


def is_partial(f: object) -> bool:
    """Whether it is a functools.partial."""
    return isinstance(f, functools.partial)


def is_property(f: object) -> bool:
    """Whether it is a property object."""
    return isinstance(f, property)


def is_cached_property(f: object) -> bool:
    """Whether it is a functools.cached_property."""
    return isinstance(f, functools.cached_property)
