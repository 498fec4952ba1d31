"""The test suite on a core built with AddressSanitizer and UndefinedBehaviorSanitizer."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from .building import Interpreter, build_core, copied_tree, run, say, tool, with_test_packages

FLAGS = ("-fsanitize=address,undefined", "-fno-sanitize-recover=undefined")

# greenlet copies pieces of the C stack away and back. AddressSanitizer cannot follow this and
# reports an overflow, so the tests of greenlets have a build that leaves the stack unchecked.
STACK_UNCHECKED = (*FLAGS, "--param=asan-stack=0")

NO_GREENLET = """\
raise ModuleNotFoundError("greenlet moves the C stack, which AddressSanitizer does not follow")
"""
USES_GREENLET = re.compile(r"\b(greenlet|gevent)\b")


def sanitize(python: Interpreter, arguments: list[str]) -> bool:
    """True if the tests pass: all, or those that the arguments of pytest name."""
    tool("gcc")
    with copied_tree() as tree:
        python = with_test_packages(python, tree.parent / "venv")
        (tree.parent / "hidden").mkdir()
        (tree.parent / "hidden" / "greenlet.py").write_text(NO_GREENLET)
        say(f"Python {python.version}: {' '.join(FLAGS)}")
        build_core(tree, python, FLAGS)
        fine = _tests(tree, python, arguments or ["tests"], [tree.parent / "hidden"])
        chosen = [str(path) for path in _with_greenlets(tree, arguments)]
        if chosen:
            say(f"Python {python.version}: greenlets, {' '.join(STACK_UNCHECKED)}")
            build_core(tree, python, STACK_UNCHECKED)
            fine &= _tests(tree, python, [*chosen, "-k", "greenlet or gevent or switch"], [])
    return fine


def _with_greenlets(tree: Path, arguments: list[str]) -> list[Path]:
    """The test files that use greenlets, among those asked for."""
    asked = [tree / word for word in arguments if (tree / word).exists()] or [tree / "tests"]
    files = {file for top in asked for file in ([top] if top.is_file() else top.rglob("test_*.py"))}
    return sorted(
        file.relative_to(tree)
        for file in files
        if "faults" not in file.parts and USES_GREENLET.search(file.read_text(encoding="utf-8"))
    )


def _tests(tree: Path, python: Interpreter, arguments: list[str], first: list[Path]) -> bool:
    command = [python.executable, "-m", "pytest", "-p", "no:cacheprovider", "-o"]
    status = run(
        [*command, "faulthandler_timeout=300", *arguments],
        cwd=tree,
        check=False,
        env={
            "LD_PRELOAD": f"{_runtime('libasan.so')} {_runtime('libubsan.so')}",
            # The sanitizer then knows each Python object as a block of its own.
            "PYTHONMALLOC": "malloc",
            "PYTHONPATH": os.pathsep.join(map(str, [*first, tree])),
            "PYTHONDONTWRITEBYTECODE": "1",
            # The interpreter leaks at exit; tests/csrc/test_leaks.py looks for our leaks.
            "ASAN_OPTIONS": "detect_leaks=0",
            "UBSAN_OPTIONS": "print_stacktrace=1",
        },
    )
    return status == 0


def _runtime(name: str) -> str:
    done = subprocess.run(
        ["gcc", f"-print-file-name={name}"], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()
