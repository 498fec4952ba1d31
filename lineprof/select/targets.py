"""What a user names to have it profiled, and which code that is.

    pkg.mod              a module, with what it has from its own package; of a package all below it
    pkg.__init__         a package without what is below it
    pkg.mod.Class.meth   a function, method or class; so is pkg.mod:Class.meth
    pkg.*.tests, pkg.mod:Class.get_*    patterns as in a shell
    path/to/file.py, path/to/file.py:func, folder, src/**/io_*.py    files

Nothing is imported here. A target gets the name and file of a module, and says by qualified name
which of its functions are meant.
"""

import glob
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from fnmatch import fnmatchcase
from functools import cache
from typing import NamedTuple

Match = Callable[[str], bool]  # Whether the function of this qualified name is meant


def whole(qualname: str) -> bool:
    """The `Match` of a target that means all functions of a module."""
    return True


class Target(NamedTuple):
    """One target of a user's, parsed."""

    text: str
    module: str | None  # Dotted name or pattern; None if only files are meant
    recursive: bool  # Whether what is below a package is meant, too
    paths: tuple[str, ...]  # Files and folders, absolute, links resolved
    function: str | None
    """Qualified name, or pattern, of what is meant in the module; None: all of it."""

    @property
    def names_files(self) -> bool:
        """Whether it means files, imported or not, and not modules alone."""
        return bool(self.paths)

    def match(self, names: Sequence[str], file: str) -> Match | None:
        """Which functions of a module are meant: `whole`, some, or None if certainly none.

        names: what the module is called; a script has several names.
        file: absolute path of its source, links resolved; "" if it has none.
        """
        if self.paths and file and any(_is_below(file, path) for path in self.paths):
            return self._functions()
        if self.module is None:
            return None
        partial = None
        for name in names:
            if self._is_module(name):
                return self._functions()
            if self.function is None:
                partial = partial or self._within(self.module, name)
        return partial

    def _functions(self) -> Match:
        return whole if self.function is None else _named(self.function)

    def _is_module(self, name: str) -> bool:
        module = self.module or ""
        if _is_pattern(module):
            return any(fnmatchcase(outer, module) for outer in _outward(name))
        below = self.recursive and self.function is None and name.startswith(f"{module}.")
        return name == module or below

    def _within(self, dotted: str, name: str) -> Match | None:
        """What `dotted` means if it names something inside the module `name`."""
        if not _is_pattern(dotted):
            return _named(dotted[len(name) + 1 :]) if dotted.startswith(f"{name}.") else None
        fixed = dotted[: min(dotted.find(c) for c in _WILD if c in dotted)]
        if not f"{name}.".startswith(fixed) and not fixed.startswith(f"{name}."):
            return None
        return lambda qualname: any(
            fnmatchcase(f"{name}.{outer}", dotted) for outer in _outward(qualname)
        )


class OwnCode(NamedTuple):
    """The user's own code: what lies in a folder and below, but is not installed there."""

    folder: str  # Absolute, links resolved
    text: str = "--all"
    names_files: bool = True

    def match(self, names: Sequence[str], file: str) -> Match | None:
        if not file or not _is_below(file, self.folder):
            return None
        inside = file[len(self.folder) :].split(os.sep)
        if not _INSTALLED.isdisjoint(inside):
            return None
        for library in _libraries():
            if _is_below(file, library) and not _is_below(self.folder, library):
                return None
        return whole


_INSTALLED = {"site-packages", "dist-packages"}
_WILD = "*?["


@cache
def _libraries() -> tuple[str, ...]:
    """Folders of the standard library and of our own packages."""
    own = os.path.dirname(os.path.dirname(__file__))
    beside = (os.path.join(os.path.dirname(own), "kernprof"),)
    python = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    prefixes = {sys.base_prefix, sys.base_exec_prefix}
    stdlib = {os.path.join(prefix, sys.platlibdir, python) for prefix in prefixes}
    return tuple(map(os.path.realpath, (os.path.dirname(os.__file__), *stdlib, own, *beside)))


def parse(text: str) -> Target:
    """The target a text names; relative paths are looked up from the working folder."""
    name, function = text, None
    if not os.path.exists(text):
        before, colon, after = text.rpartition(":")
        # A colon may also belong to a drive, as in C:\folder.
        if colon and before and after and not set(after) & {"/", os.sep}:
            name, function = before, after
    paths = tuple(map(os.path.realpath, _paths(name)))
    if _looks_like_path(name):
        return Target(text, None, True, paths, function)
    package = name.removesuffix(".__init__")
    return Target(text, package, package == name, paths, function)


def _paths(name: str) -> list[str]:
    if os.path.exists(name):
        return [name]
    if _is_pattern(name) and _looks_like_path(name):
        return glob.glob(name, recursive=True)
    return [name] if _looks_like_path(name) else []


def _looks_like_path(name: str) -> bool:
    separators = {os.sep, os.altsep or os.sep, "/"}
    return bool(separators & set(name)) or name.endswith(".py") or os.path.isfile(name)


def _is_pattern(text: str) -> bool:
    return any(c in text for c in _WILD)


def _is_below(file: str, path: str) -> bool:
    return file == path or file.startswith(path.rstrip(os.sep) + os.sep)


def _named(function: str) -> Match:
    """Functions of this qualified name or pattern, and those inside them."""
    return lambda qualname: any(fnmatchcase(outer, function) for outer in _outward(qualname))


def _outward(dotted: str) -> Iterable[str]:
    """A dotted name and those it is in: a.b.c, a.b, a."""
    while dotted:
        yield dotted
        dotted = dotted.rpartition(".")[0]


def module_names(file: str) -> tuple[str, ...]:
    """What a file can be called as a module: by its own name, and within the packages around."""
    folder, base = os.path.split(os.path.abspath(file))
    stem = os.path.splitext(base)[0]
    parts = [stem]
    while os.path.isfile(os.path.join(folder, "__init__.py")):
        folder, package = os.path.split(folder)
        parts.insert(0, package)
    return tuple(dict.fromkeys((stem, ".".join(parts).removesuffix(".__init__"))))
