"""Each kind of callable is told from all others."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import pytest

from lineprof.compat.dropin import kinds


class C:
    def method(self) -> None: ...

    @classmethod
    def klass(cls) -> None: ...

    @staticmethod
    def static() -> None: ...

    @property
    def prop(self) -> int:
        return 1

    @functools.cached_property
    def cached(self) -> int:
        return 1

    part = functools.partialmethod(method)


cyfunction = type("cyfunction", (), {"__call__": lambda self: None})

SAMPLES: dict[str, list[Any]] = {
    "c_level_callable": [len, str.join, "".join, int.__add__, dict.__dict__["fromkeys"]],
    "cython_callable": [cyfunction()],
    "classmethod": [vars(C)["klass"]],
    "staticmethod": [vars(C)["static"]],
    "boundmethod": [C().method, C.klass],
    "partialmethod": [vars(C)["part"]],
    "partial": [functools.partial(print)],
    "property": [C.prop],
    "cached_property": [vars(C)["cached"]],
    "": [C.method, C, lambda: None, C()],
}


@pytest.mark.parametrize("kind", [kind for kind in SAMPLES if kind])
def test_a_kind(kind: str) -> None:
    is_one: Callable[[object], bool] = getattr(kinds, f"is_{kind}")
    for name, samples in SAMPLES.items():
        assert [is_one(sample) for sample in samples] == [name == kind] * len(samples), name
