"""Scripts rewritten so that they profile themselves: line_profiler's way, for plugins built on it.

kernprof needs none of it: it chooses what to measure by code object.
"""

import ast
import os
import sys
from collections.abc import Sequence
from importlib.machinery import PathFinder
from typing import TypeVar

_Node = TypeVar("_Node", bound=ast.AST)

PROFILER = "profile"


def split_modpath(modpath: str | os.PathLike[str], check: bool = True) -> tuple[str, str]:
    """The folder that a module's top-level package is in, and the path of the module from there.

    ValueError if `check` is true and there is no module at that path.
    """
    path = os.path.abspath(os.fspath(modpath))
    if check and not (os.path.isfile(path) or os.path.isfile(os.path.join(path, "__init__.py"))):
        raise ValueError(f"no module: {path!r}")
    folder, name = os.path.split(path)
    while os.path.isfile(os.path.join(folder, "__init__.py")):
        folder, package = os.path.split(folder)
        name = os.path.join(package, name)
    return folder, name


def modpath_to_modname(
    modpath: str | os.PathLike[str],
    hide_init: bool = True,
    hide_main: bool = False,
    check: bool = True,
) -> str:
    """The dotted name of the module at a path; errors as for `split_modpath`.

    hide_init, hide_main: leave out a last part `__init__`, `__main__`.
    """
    _, name = split_modpath(modpath, check)
    parts = name.split(os.sep)
    parts[-1] = parts[-1].partition(".")[0]
    if parts[-1] in ("__init__",) * hide_init + ("__main__",) * hide_main and len(parts) > 1:
        parts.pop()
    return ".".join(parts)


def modname_to_modpath(
    modname: str, hide_init: bool = True, sys_path: Sequence[str] | None = None
) -> str | None:
    """The file of a module, found without importing anything; None if there is none.

    hide_init: give the folder of a package, not its `__init__.py`.
    sys_path: where to look; `sys.path` by default.
    """
    path, name, found = list(sys.path if sys_path is None else sys_path), "", None
    for part in modname.split("."):
        name = f"{name}.{part}" if name else part
        spec = PathFinder.find_spec(name, path)
        if spec is None:
            return None
        path = list(spec.submodule_search_locations or ())
        found = spec.origin if spec.has_location else None
    if found and hide_init and os.path.basename(found) == "__init__.py":
        return os.path.dirname(found)
    return found


class AstTreeProfiler:
    """A script's syntax tree, with calls of a profiler where something is to be measured.

    prof_mod: names and paths of modules, and dotted names in modules; the script may be one.
    profile_imports: measure what the script imports, too, if the script is one of them.
    """

    def __init__(
        self,
        script_file: str | os.PathLike[str],
        prof_mod: Sequence[str],
        profile_imports: bool = False,
    ) -> None:
        self._script_file = os.fspath(script_file)
        self._prof_mod = list(prof_mod)
        self._profile_imports = profile_imports

    def profile(self) -> ast.Module:
        """The tree. Its functions are decorated with `profile`, and what it imports is handed to
        `profile.add_imported_function_or_module`, as far as they are targets."""
        whole = self._is_whole_script()
        tree = self._get_script_ast_tree(self._script_file)
        return self._profile_ast_tree(tree, whole, whole and self._profile_imports)

    def _get_script_ast_tree(self, script_file: str) -> ast.Module:
        with open(script_file, "rb") as file:
            return ast.parse(file.read(), filename=script_file)

    def _profile_ast_tree(
        self, tree: ast.Module, profile_script: bool = False, profile_imports: bool = False
    ) -> ast.Module:
        body: list[ast.stmt] = []
        for node in tree.body:
            body.append(node)
            for name, target in _imported(node):
                if profile_imports or self._is_target(target):
                    call = f"{PROFILER}.add_imported_function_or_module({name})"
                    body += [_placed(item, node) for item in ast.parse(call).body]
        tree.body = body
        if profile_script:
            for inner in ast.walk(tree):
                if isinstance(inner, (ast.FunctionDef, ast.AsyncFunctionDef)):
                    _decorate(inner)
        return ast.fix_missing_locations(tree)

    def _is_whole_script(self) -> bool:
        script = os.path.realpath(self._script_file)
        paths = [script]
        if os.path.basename(script) == "__main__.py":
            paths.append(os.path.dirname(script))
        return any(os.path.realpath(item) in paths for item in self._paths())

    def _paths(self) -> list[str]:
        found = [modname_to_modpath(item) for item in self._prof_mod if not os.path.exists(item)]
        return [*self._prof_mod, *filter(None, found)]

    def _is_target(self, name: str) -> bool:
        names = [
            modpath_to_modname(item, check=False) if os.path.exists(item) else item
            for item in self._prof_mod
        ]
        return any(name == item or name.startswith(f"{item}.") for item in names)


class AstTreeModuleProfiler(AstTreeProfiler):
    """The same for a module, whose relative imports become absolute ones."""

    def _get_script_ast_tree(self, script_file: str) -> ast.Module:
        tree = super()._get_script_ast_tree(script_file)
        module = modpath_to_modname(script_file, hide_init=False, check=False)
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.level:
                package = module.split(".")[: -node.level]
                node.module = ".".join([*package, *filter(None, [node.module])])
                node.level = 0
        return tree


def _imported(node: ast.stmt) -> list[tuple[str, str]]:
    if isinstance(node, ast.Import):
        return [(alias.asname or alias.name, alias.name) for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module != "__future__":
        return [
            (alias.asname or alias.name, f"{node.module}.{alias.name}")
            for alias in node.names
            if alias.name != "*"
        ]
    return []


def _decorate(function: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
    names = [item.id for item in function.decorator_list if isinstance(item, ast.Name)]
    if PROFILER not in names:
        name = ast.Name(id=PROFILER, ctx=ast.Load())
        function.decorator_list.append(_placed(name, function))


def _placed(node: _Node, other: ast.AST) -> _Node:
    for inner in ast.walk(node):
        ast.copy_location(inner, other)
    return node
