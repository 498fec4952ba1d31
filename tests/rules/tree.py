"""The modules of the tree, and which of them imports which."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from tests.support import ROOT

PACKAGES = ("lineprof", "kernprof")


def modules() -> Iterator[tuple[str, Path]]:
    """Full names and files, in order."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


def exists(name: str) -> bool:
    path = ROOT.joinpath(*name.split("."))
    return (
        path.with_suffix(".py").exists()
        or (path / "__init__.py").exists()
        or path.with_suffix(".pyi").exists()
    )


def imports(name: str, path: Path) -> Iterator[tuple[str, int]]:
    """The modules of ours that a module imports anywhere in its text, with the line."""
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    tree = ast.parse(path.read_text("utf-8"))
    by_text = "import_module" in _called(tree) or "__import__" in _called(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found = _imported_from(package, node)
        elif by_text and isinstance(node, ast.Constant) and isinstance(node.value, str):
            found = _named(package, node.value)
        else:
            continue
        yield from ((item, node.lineno) for item in found if item.split(".")[0] in PACKAGES)


def _imported_from(package: str, node: ast.ImportFrom) -> list[str]:
    base = node.module or ""
    if node.level:
        base = _absolute(package, "." * node.level + base)
    # `from .report import rows` imports a module, `from .model import Line` does not.
    return [full if exists(full := f"{base}.{alias.name}") else base for alias in node.names]


def _named(package: str, text: str) -> list[str]:
    """The module that a text names: in full, from the package, or from `lineprof` ("files.lprof").

    The beginning of an f-string ("lineprof.report.export.") names the folder.
    """
    text = text.removesuffix(".")
    if not text.strip(".").replace(".", "_").isidentifier():
        return []
    names = [_absolute(package, text)] if text.startswith(".") else [text, f"lineprof.{text}"]
    return [name for name in names if "." in text and exists(name)]


def _absolute(package: str, text: str) -> str:
    rest = text.lstrip(".")
    level = len(text) - len(rest)
    above = package.split(".")[: len(package.split(".")) - level + 1]
    return ".".join([*above, rest] if rest else above)


def _called(tree: ast.AST) -> set[str]:
    functions = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
    return {f.id if isinstance(f, ast.Name) else getattr(f, "attr", "") for f in functions}


def circles(graph: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """Groups of nodes that reach each other; empty if the arrows have no circle."""
    reached = {node: _reachable(graph, node) for node in graph}
    groups = {
        tuple(sorted({node} | {n for n in reached[node] if node in reached.get(n, ())}))
        for node in graph
        if node in reached[node]
    }
    return sorted(map(list, groups))


def _reachable(graph: Mapping[str, Iterable[str]], start: str) -> set[str]:
    found: set[str] = set()
    waiting = [start]
    while waiting:
        for target in graph.get(waiting.pop(), ()):
            if target not in found:
                found.add(target)
                waiting.append(target)
    return found
