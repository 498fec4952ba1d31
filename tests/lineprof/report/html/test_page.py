"""The page as a text: self-contained, escaped, readable; tests/browser looks at it in a browser."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from lineprof.model.profile import Edge, Function, FunctionKey, Line, Profile, Run
from lineprof.report.html import page as html
from lineprof.report.html.page import document, island, render, short_names, title
from lineprof.report.options import TextOptions

F = FunctionKey("/srv/app/main.py", 10, "main")
G = FunctionKey("/srv/app/lib/tools.py", 5, "Tool.use")
GONE = FunctionKey("/srv/app/lib/tools.py", 99, "gone")
PROFILE = Profile(
    (Run(argv=("main.py", "a b"), clock="wall/tsc", duration=5_000),),
    (
        Function(
            G,
            7,
            5_000,
            1_000,
            (Line(6, 7, 5_000, 4_000, 50, 1_000, 500),),
            (),
            "def use(self):\n    pass\n",
        ),
        Function(
            F,
            1,
            9_000,
            lines=(Line(12, 2, 8_000, 3_000), Line(15, 1, 1_000, 1_000)),
            edges=(Edge(12, G, 7, 5_000, 1_000), Edge(15, GONE, 1, 10)),
            source="@profile\ndef main():\n    Tool().use()\n",
        ),
    ),
)
HOSTILE = "</script><script>alert(1)</script><!-- <b> &amp; \u2028 \u2029 \udc80 $title ${x}"


class Parsed(HTMLParser):
    """Elements with their attributes, and the texts of script and style elements and the title."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        tag = self.elements[-1][0] if self.elements else ""
        self.texts.setdefault(tag, []).append(data)

    def data(self) -> Any:
        return json.loads(max(self.texts["script"], key=lambda text: text.startswith("{")))


def test_the_document() -> None:
    made = document(PROFILE)
    assert made["files"] == {
        "path": ["/srv/app/lib/tools.py", "/srv/app/main.py"],
        "name": ["lib/tools.py", "main.py"],
    }
    assert made["functions"] == {
        "file": [0, 1],
        "line": [5, 10],
        "name": ["Tool.use", "main"],
        "calls": [7, 1],
        "total": [4000, 9000],
        "source": [
            "def use(self):\n    pass\n",
            "@profile\ndef main():\n    Tool().use()\n",
        ],
    }
    assert made["lines"] == {
        "step": [[6], [12, 3]],
        "hits": [[7], [2, 1]],
        "total": [[4000], [8000, 1000]],
        "self": [[3500], [3000, 1000]],
        "suspended": [[50], 0],
    }
    assert made["edges"] == {
        "caller": [1, 1],
        "line": [12, 15],
        "callee": [0, "gone"],
        "calls": [7, 1],
        "total": [4000, 10],
    }
    assert made["raw"] is False
    assert made["registered"] == 2
    assert made["runs"][0]["command"] == "main.py 'a b'"


def test_raw_times_are_those_measured() -> None:
    made = document(PROFILE, TextOptions(raw=True))
    assert made["raw"] is True
    assert made["functions"]["total"][0] == 5000
    assert made["edges"]["total"][0] == 5000


def test_functions_can_be_left_out() -> None:
    made = document(PROFILE, TextOptions(filter=("main",)))
    assert made["functions"]["name"] == ["main"]
    assert {name: column[0] for name, column in made["edges"].items()} == {
        "caller": 0, "line": 12, "callee": "Tool.use", "calls": 7, "total": 4000,
    }  # fmt: skip
    assert made["registered"] == 2


def test_source_is_found_where_the_profile_has_none(tmp_path: Path) -> None:
    file = tmp_path / "later.py"
    file.write_text("def f():\n    return 1\n")
    profile = Profile((), (Function(FunctionKey(str(file), 1, "f"), 0, 0),))
    assert document(profile)["functions"]["source"] == ["def f():\n    return 1\n"]
    file.unlink()
    assert document(profile)["functions"]["source"] == [None]


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        ([], []),
        (["/a/b/c.py"], ["c.py"]),
        (["/a/b/c.py", "/a/d.py"], ["b/c.py", "d.py"]),
        (["/a.py", "/b/c.py"], ["a.py", "b/c.py"]),
        (["<ipython-input-1>", "/a/b.py"], ["<ipython-input-1>", "b.py"]),
        (["b.py", "/a/b.py"], ["b.py", "/a/b.py"]),
        (["x/y.py", "z.py"], ["x/y.py", "z.py"]),
    ],
)
def test_names_of_files_are_short_and_different(paths: list[str], names: list[str]) -> None:
    assert short_names(paths) == names


def test_the_title() -> None:
    assert title(PROFILE) == "main.py 'a b'"
    assert title(PROFILE + Profile((Run(argv=("x",)), Run(argv=("x",))), ())) == (
        "main.py 'a b' and 1 more"
    )
    assert title(Profile((Run(),), ())) == "line profile"


def test_the_island_holds_any_text() -> None:
    text = island([HOSTILE])
    assert text.isascii()
    assert not set("<>&") & set(text)
    assert json.loads(text) == [HOSTILE]


def test_hostile_text_makes_no_elements() -> None:
    key = FunctionKey(f"/{HOSTILE}", 1, HOSTILE)
    function = Function(key, 1, 9, lines=(Line(1, 1, 9, 9),), source=HOSTILE)
    profile = Profile((Run(argv=(HOSTILE,), host=HOSTILE),), (function,))
    page = render(profile)
    page.encode("utf-8", "replace")
    parsed, plain = Parsed(page), Parsed(render(PROFILE))
    assert [tag for tag, _ in parsed.elements] == [tag for tag, _ in plain.elements]
    assert parsed.data()["functions"]["source"] == [HOSTILE]
    assert parsed.data()["functions"]["name"] == [HOSTILE]
    assert HOSTILE in "".join(parsed.texts["title"])


def test_the_page_is_self_contained() -> None:
    page = render(PROFILE)
    parsed = Parsed(page)
    for tag, attributes in parsed.elements:
        assert "src" not in attributes, tag
        assert (attributes.get("href") or "data:").startswith("data:"), tag
        assert not [name for name in attributes if name.startswith("on")], tag
    style = page[page.index("<style>") : page.index("</style>")]
    assert not re.search(r"url\(|@import|@font-face", style)
    script = page[page.index("<script>") : page.index("</script>")]
    assert not re.search(r"https?:|fetch\(|XMLHttpRequest|import\(|WebSocket|eval\(", script)
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write", script)


def test_the_page_runs_only_its_own_script() -> None:
    page = render(PROFILE)
    policy = next(
        attributes["content"]
        for tag, attributes in Parsed(page).elements
        if attributes.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy is not None
    directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert directives["default-src"] == "'none'"
    for tag in ("style", "script"):
        text = page.partition(f"<{tag}>")[2].partition(f"</{tag}>")[0]
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert directives[f"{tag}-src"] == f"'sha256-{digest}'"


def test_the_same_profile_gives_the_same_page() -> None:
    assert render(PROFILE) == render(replace(PROFILE))


def test_every_file_is_used_and_none_is_long() -> None:
    folder = Path(html.__file__).parent / "assets"
    assert {path.name for path in folder.glob("*.js")} == set(html.SCRIPTS)
    for path in folder.iterdir():
        assert len(path.read_text("utf-8").splitlines()) <= 500, path


# Contrast of colours as WCAG 2 has it: at least 4.5 for text, AA.

STYLE = (Path(html.__file__).parent / "assets" / "style.css").read_text("utf-8")
SYNTAX = ("keyword", "string", "comment", "number", "function", "builtin", "decorator")
ROWS = ("bg", "hover", "selected", "match", *(f"row-{level}" for level in range(1, 9)))
PAIRS = [
    *((text, behind) for text in ("text", "muted", *SYNTAX) for behind in ROWS),
    *((text, behind) for text in ("text", "muted", "accent") for behind in ("panel", "raised")),
    ("accent", "bg"),
    ("accent", "hover"),
    ("accent", "selected"),
    ("on-accent", "accent"),
    *(("on-heat", f"heat-{level}") for level in range(1, 8)),
    ("on-heat-8", "heat-8"),
]


def colours(theme: str) -> dict[str, str]:
    selector = re.escape(":root {" if theme == "light" else ':root[data-theme="dark"] {')
    block = re.search(rf"(?m)^\s*{selector}(.*?)\}}", STYLE, re.DOTALL)
    assert block is not None
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block[1]))


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_reckoned_right() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_can_be_read(theme: str) -> None:
    found = colours(theme)
    weak = {
        pair: round(contrast(found[pair[0]], found[pair[1]]), 2)
        for pair in PAIRS
        if contrast(found[pair[0]], found[pair[1]]) < 4.5
    }
    assert weak == {}


def test_both_themes_have_every_colour() -> None:
    assert colours("light").keys() == colours("dark").keys()
    used = set(re.findall(r"var\(--([\w-]+)\)", STYLE))
    used -= set(re.findall(r"--([\w-]+):", STYLE)) - colours("light").keys()
    assert used - colours("light").keys() <= {"share", "line", "hits", "time", "longest", "shown"}
