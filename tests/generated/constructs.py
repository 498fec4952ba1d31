"""Which constructs of a program were reached."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterator

_COMPOUND = (ast.If, ast.For, ast.While, ast.Try, ast.With, ast.AsyncFor)
_LOOPS = (ast.For, ast.While, ast.AsyncFor)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_NODES: dict[str, tuple[type[ast.AST], ...]] = {
    "break": (ast.Break,),
    "continue": (ast.Continue,),
    "list comprehension": (ast.ListComp,),
    "set comprehension": (ast.SetComp,),
    "dict comprehension": (ast.DictComp,),
    "generator expression": (ast.GeneratorExp,),
    "with": (ast.With,),
    "match": (ast.Match,),
    "raise": (ast.Raise,),
    "assert": (ast.Assert,),
    "lambda": (ast.Lambda,),
    "class body": (ast.ClassDef,),
    "del": (ast.Delete,),
    "walrus": (ast.NamedExpr,),
    "yield": (ast.Yield,),
    "yield from": (ast.YieldFrom,),
    "await": (ast.Await,),
    "async for": (ast.AsyncFor,),
    "async with": (ast.AsyncWith,),
    "except*": (ast.TryStar,),
    "f-string": (ast.JoinedStr,),
}
_OVER_LINES: dict[str, tuple[type[ast.AST], ...]] = {
    "conditional expression over lines": (ast.IfExp,),
    "boolean expression over lines": (ast.BoolOp,),
    "call over lines": (ast.Call,),
    "comprehension over lines": (ast.ListComp, ast.GeneratorExp),
    "lambda over lines": (ast.Lambda,),
}
_TEXTS = {
    "send": "'send'",
    "throw": "'throw'",
    "throw before the start": "'unstarted'",
    "close before the start": "'unused'",
    "close": "'close'",
    "abandonment": "'drop'",
    "del of a suspended generator": "'del'",
    "circle with a suspended generator": "'circle'",
    "gc": "gc.collect",
    "object that dies with __del__": "Dying(",
    "event loop": "asyncio.run(",
    "gather": "asyncio.gather(",
    "cancellation": "cancelled(",
    "timeout": "asyncio.timeout(",
    "task group": "asyncio.TaskGroup(",
    "asynchronous generator": "poke_async(",
    "threads with a barrier": "spread(",
}


def names() -> set[str]:
    """The names of all constructs that programs for this Python must have."""
    newer = {"type parameters"} if sys.version_info >= (3, 12) else set()
    return {*_NODES, *_OVER_LINES, *_TEXTS, *_RULES, "mutual recursion", *newer}


def constructs(source: str, reached: set[int]) -> set[str]:
    """The names of the constructs that have a line in `reached`."""
    module = ast.parse(source)
    found = {"mutual recursion"} if _mutual(module) else set()
    for node in ast.walk(module):
        start = getattr(node, "lineno", 0)
        lines = set(range(start, (getattr(node, "end_lineno", 0) or 0) + 1))
        if not (reached & lines if isinstance(node, ast.expr | ast.ClassDef) else start in reached):
            inner = node.body[0].lineno if isinstance(node, ast.Try) else 0
            if inner not in reached:
                continue
        found |= {name for name, kinds in _NODES.items() if isinstance(node, kinds)}
        if len(lines) > 1:
            found |= {name for name, kinds in _OVER_LINES.items() if isinstance(node, kinds)}
        found |= {name for name, rule in _RULES.items() if rule(node)}
        if getattr(node, "type_params", None):
            found.add("type parameters")
    texts = source.split("\n")
    said = "\n".join(texts[line - 1] for line in reached if line <= len(texts))
    found |= {name for name, text in _TEXTS.items() if text in said}
    return found


def _inside(node: ast.AST, kinds: tuple[type[ast.AST], ...]) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        for below in ast.walk(child):
            if isinstance(below, kinds):
                yield below


def _called(node: ast.AST) -> set[str]:
    calls = _inside(node, (ast.Call,))
    return {call.func.id for call in calls if isinstance(call.func, ast.Name)}  # type: ignore[attr-defined]


def _one_line(node: ast.AST) -> bool:
    return isinstance(node, _COMPOUND) and node.body[0].lineno == node.lineno


def _generator(node: ast.AST) -> bool:
    return isinstance(node, ast.AsyncFunctionDef) and any(_inside(node, (ast.Yield,)))


_RULES: dict[str, Callable[[ast.AST], bool]] = {
    "nested loops": lambda node: isinstance(node, _LOOPS) and any(_inside(node, _LOOPS)),
    "for, else": lambda node: isinstance(node, ast.For) and bool(node.orelse),
    "while, else": lambda node: isinstance(node, ast.While) and bool(node.orelse),
    "one-line compound statement": _one_line,
    "try, except, else, finally": lambda node: (
        isinstance(node, ast.Try) and all((node.handlers, node.orelse, node.finalbody))
    ),
    "return in try with finally": lambda node: (
        isinstance(node, ast.Try)
        and bool(node.finalbody)
        and any(any(_inside(ast.Module([each], []), (ast.Return,))) for each in node.body)
    ),
    "return in finally": lambda node: (
        isinstance(node, ast.Try) and any(isinstance(each, ast.Return) for each in node.finalbody)
    ),
    "with several": lambda node: isinstance(node, ast.With) and len(node.items) > 1,
    "recursion": lambda node: isinstance(node, _FUNCTIONS) and node.name in _called(node),
    "closure": lambda node: isinstance(node, _FUNCTIONS) and any(_inside(node, _FUNCTIONS)),
    "decorator": lambda node: isinstance(node, _FUNCTIONS) and bool(node.decorator_list),
    "decorated class": lambda node: isinstance(node, ast.ClassDef) and bool(node.decorator_list),
    "asynchronous generator function": _generator,
    "asynchronous comprehension": lambda node: (
        isinstance(node, ast.ListComp | ast.DictComp)
        and any(each.is_async for each in node.generators)
    ),
    "nonlocal": lambda node: (
        isinstance(node, _FUNCTIONS) and any(isinstance(each, ast.Nonlocal) for each in node.body)
    ),
    "line far down": lambda node: (
        isinstance(node, _FUNCTIONS) and node.body[-1].lineno > node.lineno + 128
    ),
}


def _mutual(module: ast.Module) -> bool:
    calls = {node.name: _called(node) for node in module.body if isinstance(node, _FUNCTIONS)}
    return any(a != b and a in calls.get(b, ()) for a in calls for b in calls[a])
