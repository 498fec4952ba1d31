"""What changed between two profiles, as values: matching of functions and lines, and order."""

from __future__ import annotations

from lineprof.model.diff import Difference, FunctionChange, changed_lines, difference
from lineprof.model.profile import Function, FunctionKey, Line, Profile


def function(
    text: str | None,
    hits: dict[int, int] | None = None,
    *,
    name: str = "f",
    file: str = "a.py",
    first: int = 1,
    total: int = 0,
) -> Function:
    """hits: by number of the line in the text, from 0."""
    lines = tuple(
        Line(first + n, count, 10 * count, 10 * count) for n, count in (hits or {}).items()
    )
    return Function(FunctionKey(file, first, name), 1, total, 0, lines, (), text)


def compared(before: list[Function], after: list[Function]) -> Difference:
    return difference(Profile((), tuple(before)), Profile((), tuple(after)))


def lines(before: str, after: str) -> list[tuple[str, str, int | None, int | None]]:
    (change,) = compared([function(before)], [function(after)]).functions
    return [(c.kind, c.text.strip(), c.before_number, c.after_number) for c in change.lines]


def kinds(found: Difference) -> dict[str, str]:
    return {change.key.name: change.kind for change in found.functions}


def test_equal() -> None:
    text = "def f():\n  x\n\n"
    assert lines(text, text) == [
        ("same", "def f():", 1, 1),
        ("same", "x", 2, 2),
        ("same", "", 3, 3),
    ]
    assert kinds(compared([function(text)], [function(text)])) == {"f": "same"}


def test_new_and_gone_lines() -> None:
    assert lines("def f():\n  first\n  old\n  last\n", "def f():\n  new\n  first\n  last\n") == [
        ("same", "def f():", 1, 1),
        ("new", "new", None, 2),
        ("same", "first", 2, 3),
        ("gone", "old", 3, None),
        ("same", "last", 4, 4),
    ]


def test_gone_at_the_end() -> None:
    assert lines("a\nb\nc\n", "a\n")[1:] == [("gone", "b", 2, None), ("gone", "c", 3, None)]


def test_an_edited_line_is_found_among_new_ones() -> None:
    assert lines(
        "def f():\n  total = sum(values)\n", "def f():\n  pass\n  total = sum(items)\n"
    ) == [
        ("same", "def f():", 1, 1),
        ("new", "pass", None, 2),
        ("edited", "total = sum(items)", 2, 3),
    ]


def test_indentation_is_no_change() -> None:
    assert lines("def f():\n  x = 1\n", "def f():\n  if a:\n    x = 1\n") == [
        ("same", "def f():", 1, 1),
        ("new", "if a:", None, 2),
        ("same", "x = 1", 2, 3),
    ]


def test_a_moved_line_is_found() -> None:
    before = "def f():\n  moving()\n  one\n  two\n  three\n"
    after = "def f():\n  one\n  two\n  three\n  moving()\n"
    assert lines(before, after) == [
        ("same", "def f():", 1, 1),
        ("same", "one", 3, 2),
        ("same", "two", 4, 3),
        ("same", "three", 5, 4),
        ("moved", "moving()", 2, 5),
    ]


def test_numbers_go_with_their_lines() -> None:
    before = function("def f():\n  x\n  y\n", {1: 5, 2: 6}, first=10)
    after = function("def f():\n  new\n  x\n  y\n", {1: 1, 2: 5, 3: 7}, first=40)
    (change,) = compared([before], [after]).functions
    assert [
        (c.before and c.before.hits, c.after and c.after.hits, c.before_number, c.after_number)
        for c in change.lines
    ] == [(None, None, 10, 40), (None, 1, None, 41), (5, 5, 11, 42), (6, 7, 12, 43)]


def test_without_text_the_place_decides() -> None:
    before = function(None, {1: 5, 3: 1}, first=10)
    after = function("def f():\n  x\n  y\n", {1: 6, 2: 7}, first=20)
    (change,) = compared([before], [after]).functions
    assert [
        (c.kind, c.before and c.before.hits, c.after and c.after.hits)
        for c in change.lines
        if c.before or c.after
    ] == [("same", 5, 6), ("same", None, 7), ("gone", 1, None)]


def test_without_text_on_one_side_nothing_was_edited() -> None:
    text = "@profile\ndef f():\n  x\n  y\n"
    for sources in ((None, text), (text, None), (None, None)):
        before, after = (function(source, {2: 5, 3: 1}, first=10) for source in sources)
        (change,) = compared([before], [after]).functions
        assert change.kind == "same"
        assert [line.text for line in change.lines if line.before] == (
            ["  x", "  y"] if any(sources) else ["", ""]
        )


def test_functions_by_name_and_file() -> None:
    found = compared(
        [function("f", name="f"), function("g", name="g"), function("h", name="h")],
        [function("f", name="f", first=7), function("other", name="g"), function("x", name="x")],
    )
    assert kinds(found) == {"f": "same", "g": "edited", "h": "gone", "x": "new"}


def test_a_file_that_moved() -> None:
    here = function("here", name="here")
    moved = function("def f(): 1\n", file="old/a.py")
    found = compared([here, moved], [here, function("def f(): 2\n", file="new/a.py")])
    assert kinds(found) == {"here": "same", "f": "moved"}
    assert found.functions[1].label == "f (a.py:1), was in old/a.py"
    # Another name needs the same text.
    found = compared([here, moved], [here, function("def f(): 1\n", file="b.py")])
    assert kinds(found) == {"here": "same", "f": "moved"}
    found = compared([here, moved], [here, function("def f(): 2\n", file="b.py")])
    assert sorted(change.kind for change in found.functions) == ["gone", "new", "same"]


def test_another_checkout_is_no_move() -> None:
    def tree(root: str) -> list[Function]:
        return [
            function("def f(): 1\n", file=f"{root}/pkg/a.py"),
            function("def g(): 1\n", name="g", file=f"{root}/pkg/b/c.py"),
        ]

    assert kinds(compared(tree("/x/main"), tree("/y"))) == {"f": "same", "g": "same"}


def test_functions_of_one_name_in_one_file_are_matched_by_text_then_by_order() -> None:
    one, two = function("one", first=1), function("two", first=5)
    swapped = [function("two", first=1), function("one", first=9)]
    found = compared([one, two], swapped)
    pairs = {
        change.before.source: change.after.source
        for change in found.functions
        if change.before and change.after
    }
    # The first pair has the same key; what is left is a pair of its own.
    assert pairs == {"one": "two", "two": "one"}
    moved = [function("two", first=2), function("one", first=9)]
    found = compared([one, two], moved)
    assert all(change.kind == "same" for change in found.functions)


def test_what_changed_most_comes_first() -> None:
    def side(*totals: int) -> list[Function]:
        return [function("x", name=name, total=n) for name, n in zip("abc", totals, strict=True)]

    found = compared(side(100, 100, 100), side(101, 20, 150))
    assert [change.key.name for change in found.functions] == ["b", "c", "a"]


def test_lines_whose_own_time_changed_most_come_first() -> None:
    found = compared(
        [function("def f():\n  a\n  b(1)\n", {1: 5, 2: 5}), function("x\n", {0: 9}, name="same")],
        [
            function("def f():\n  a\n  b(2)\n  c\n", {1: 6, 2: 9, 3: 3}),
            function("x\n", {0: 9}, name="same"),
        ],
    )
    told = [(item.key.name, line.kind, line.text, line.was) for item, line in changed_lines(found)]
    assert told == [
        ("f", "edited", "  b(2)", "  b(1)"),
        ("f", "new", "  c", ""),
        ("f", "same", "  a", ""),
    ]


def test_a_function_rewritten_altogether_ends_soon() -> None:
    before = "".join(f"  before_{n} = {n * n}\n" for n in range(2000))
    after = "".join(f"  zzz[{n}] += call()\n" for n in range(2000))
    (change,) = compared([function(before)], [function(after)]).functions
    assert isinstance(change, FunctionChange)
    assert len(change.lines) == 4000
