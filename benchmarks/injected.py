"""`profile` as the workloads see it. The child process puts a tool's decorator here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


def _unchanged(function: F) -> F:
    return function


profile: Callable[[F], F] = _unchanged
