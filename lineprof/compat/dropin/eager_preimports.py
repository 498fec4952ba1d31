"""Names like `package.module.Class.method`: what is imported for them, and a module that does it.

kernprof needs none of it: it imports targets as they are (`lineprof.select.selection`).
"""

from __future__ import annotations

import ast
import pkgutil
import sys
import warnings
from collections.abc import Collection, Iterator
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import find_spec
from keyword import iskeyword
from typing import Any, NamedTuple, TextIO

_TEMPLATE = """\
from importlib import import_module
from operator import attrgetter
from warnings import warn

add = {adder}
failed = []
for name, members, failure in (
{rows}
):
{indent}try:
{indent}{indent}module = import_module(name)
{indent}except failure:
{indent}{indent}failed += [name if member is None else f"{{name}}.{{member}}" for member in members]
{indent}{indent}continue
{indent}for member in members:
{indent}{indent}try:
{indent}{indent}{indent}found = module if member is None else attrgetter(member)(module)
{indent}{indent}except AttributeError:
{indent}{indent}{indent}failed.append(f"{{name}}.{{member}}")
{indent}{indent}else:
{indent}{indent}{indent}add(found)
if failed:
{indent}warn(f"cannot be imported, so not profiled: {{', '.join(failed)}}", stacklevel=2)
"""


class ResolvedResult(NamedTuple):
    """What targets mean."""

    targets: dict[str, set[str | None]]
    """Names of modules -> what is meant in each, by dotted name; None for all of it."""
    indirect: set[str]
    """Modules that are there only because they are below a package."""
    unresolved: list[str]
    """Targets that no module was found for."""


def is_dotted_path(obj: object) -> bool:
    """Whether it is a text of identifiers joined by dots."""
    return isinstance(obj, str) and all(
        part.isidentifier() and not iskeyword(part) for part in obj.split(".")
    )


def split_dotted_path(dotted_path: str, static: bool = True) -> tuple[str, str | None]:
    """The longest part that is a module, and what is left over, None if nothing is.

    static: look for modules in the folders of `sys.path`, importing nothing. Otherwise Python is
        asked, which imports the packages around a module.

    TypeError if it is no dotted path, ModuleNotFoundError if no part of it is a module.
    """
    if not is_dotted_path(dotted_path):
        raise TypeError(f"not a dotted path: {dotted_path!r}")
    parts = dotted_path.split(".")
    for count in range(len(parts), 0, -1):
        module = ".".join(parts[:count])
        if _spec(module, static) is not None:
            return module, ".".join(parts[count:]) or None
    raise ModuleNotFoundError(f"no part of {dotted_path!r} is a module", name=parts[0])


def resolve_profiling_targets(
    dotted_paths: Collection[str], static: bool = True, recurse: Collection[str] | bool = False
) -> ResolvedResult:
    """What dotted paths mean.

    static: as for `split_dotted_path`.
    recurse: paths of packages all modules below which are meant, too; True for all of them.
    """
    deep = set(dotted_paths if recurse is True else recurse or ())
    targets: dict[str, set[str | None]] = {}
    unresolved: list[str] = []
    below: set[str] = set()
    for path in dict.fromkeys((*deep, *dotted_paths)):
        try:
            module, member = split_dotted_path(path, static)
        except ModuleNotFoundError:
            unresolved.append(path)
            continue
        targets.setdefault(module, set()).add(member)
        if path in deep and member is None:
            below.update(_modules_below(module, static))
    indirect = below - targets.keys()
    targets.update((module, {None}) for module in sorted(indirect))
    return ResolvedResult(targets, indirect, unresolved)


def write_eager_import_module(
    dotted_paths: Collection[str],
    stream: TextIO | None = None,
    *,
    static: bool = True,
    recurse: Collection[str] | bool = False,
    adder: str = "profile.add_imported_function_or_module",
    indent: str = "    ",
) -> None:
    """Write the text of a module that imports targets and hands them to a profiler.

    dotted_paths, static, recurse: as for `resolve_profiling_targets`.
    stream: where to; standard output by default.
    adder: expression for what takes each target.
    indent: what lines are indented with.

    It warns of targets that it cannot import, and is written without those that no module is
    found for, of which a warning tells now. TypeError and ValueError for arguments that are
    not of this kind.
    """
    for name, text in {"adder": adder, "indent": indent}.items():
        if not isinstance(text, str):
            raise TypeError(f"{name} is not a text: {text!r}")
        if len(text.splitlines()) != 1:
            raise ValueError(f"{name} is not one line: {text!r}")
    if indent.strip():
        raise ValueError(f"indent is not white space: {indent!r}")
    try:
        ast.parse(adder, mode="eval")
    except SyntaxError:
        raise ValueError(f"adder is not an expression: {adder!r}") from None
    found = resolve_profiling_targets(dotted_paths, static, recurse)
    if found.unresolved:
        count = len(found.unresolved)
        warnings.warn(
            f"{count} import target{'s' * (count > 1)} cannot be resolved: {found.unresolved}",
            stacklevel=2,
        )
    rows = [
        f"{indent}({module!r}, {sorted(members, key=lambda member: member or '')!r}, "
        # Nobody asked for these by name: whatever they raise is their affair.
        f"{'Exception' if module in found.indirect else 'ImportError'}),"
        for module, members in found.targets.items()
    ]
    text = _TEMPLATE.format(adder=adder.strip(), rows="\n".join(rows), indent=indent)
    (stream or sys.stdout).write(text)


def _spec(module: str, static: bool) -> ModuleSpec | None:
    if not static:
        try:
            return find_spec(module)
        except (ImportError, ValueError):
            return None
    spec: Any = None
    path = None
    name = ""
    for part in module.split("."):
        name = f"{name}.{part}" if name else part
        spec = PathFinder.find_spec(name, path) if path or "." not in name else None
        if spec is None and module in sys.builtin_module_names:
            return find_spec(module)
        if spec is None:
            return None
        path = spec.submodule_search_locations
    found: ModuleSpec | None = spec
    return found


def _modules_below(package: str, static: bool) -> Iterator[str]:
    spec = _spec(package, static)
    for found in pkgutil.iter_modules(spec.submodule_search_locations if spec else None or ()):
        if found.name == "__main__":
            continue
        yield f"{package}.{found.name}"
        if found.ispkg:
            yield from _modules_below(f"{package}.{found.name}", static)
