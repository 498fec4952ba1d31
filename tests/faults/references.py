"""The tests of leaks on a debug build, which counts all references of the interpreter."""

from __future__ import annotations

from .building import (
    Interpreter,
    UnavailableError,
    build_core,
    copied_tree,
    run,
    say,
    with_test_packages,
)

PACKAGES = ("pytest", "hypothesis", "rich")
"""Packages without C: debug builds have no wheels. Tests of other packages are skipped."""


def references(python: Interpreter, arguments: list[str]) -> bool:
    """True if tests/csrc/test_leaks.py passes, or the tests that `arguments` name."""
    if not python.version.endswith("-dbg"):
        raise UnavailableError(f"{python.executable} is no debug build")
    with copied_tree() as tree:
        python = with_test_packages(python, tree.parent / "venv", PACKAGES)
        say(f"Python {python.version}: references of the whole interpreter")
        build_core(tree, python, ())
        command = [python.executable, "-m", "pytest", "-p", "no:cacheprovider"]
        chosen = arguments or ["tests/csrc/test_leaks.py"]
        return run([*command, *chosen], cwd=tree, check=False) == 0
