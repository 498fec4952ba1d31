"""A real notebook, run by a real kernel: what stands below its cells."""

from __future__ import annotations

import os
import warnings
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("lineprof._core")
nbclient = pytest.importorskip("nbclient")
nbformat = pytest.importorskip("nbformat")
pytest.importorskip("ipykernel")

import lineprof  # noqa: E402

CELLS = [
    "%load_ext lineprof",
    'def slow(n):\n    text = "<b>&amp;</b>"\n    return sum(i * i for i in range(n))',
    "%lprun -f slow slow(1000)",
    "%%lprun_all\nimport asyncio\nfor i in range(3):\n    await asyncio.sleep(0)\nx = slow(3)",
    "loop = asyncio.get_running_loop()",
    "%%lprun_all -D cell.lprof\nassert asyncio.get_running_loop() is loop\nawait asyncio.sleep(0)",
    "def late(n):\n    return slow(n)",
    "import lineprof\nlineprof.load('cell.lprof')",
    "p = %lprun -r -f late late(3)\nprint([f.key.name for f in p.snapshot().functions])",
]


class Table(HTMLParser):
    """Rows of the tables in a piece of HTML, and the names of all tags."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.tags: set[str] = set()
        self._in_cell = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")
            self._in_cell = True

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._in_cell = False

    def handle_data(self, data: str) -> None:
        if self._in_cell:
            self.rows[-1][-1] += data


@pytest.fixture(scope="module")
def notebook(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("notebook")
    packages = str(Path(lineprof.__file__).parent.parent)
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    client = nbclient.NotebookClient(
        made, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    )
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        # What libraries of others warn of is not ours to answer for.
        warnings.simplefilter("ignore")
        patch.setenv("PYTHONPATH", os.pathsep.join([packages, os.environ.get("PYTHONPATH", "")]))
        patch.setenv("IPYTHONDIR", str(folder / "ipython"))
        patch.setenv("JUPYTER_RUNTIME_DIR", str(folder / "runtime"))
        client.execute()
    (folder / "done.ipynb").write_text(nbformat.writes(made))
    return made, folder


def outputs(notebook: Any, cell: int) -> list[Any]:
    found: list[Any] = notebook[0].cells[cell].outputs
    return found


def test_the_table_shows_the_cells_source_escaped(notebook: Any) -> None:
    (output,) = outputs(notebook, 2)
    table = Table(output.data["text/html"])
    assert table.tags == {
        "b",
        "details",
        "div",
        "summary",
        "table",
        "tbody",
        "td",
        "th",
        "thead",
        "tr",
    }
    assert [title.partition(" (")[0] for title in table.rows[0]] == [
        *("Line", "Hits", "Time", "Per Hit", "% Time", "Contents")
    ]
    assert [(row[0], row[1], row[-1]) for row in table.rows[1:]] == [
        ("1", "", "def slow(n):"),
        ("2", "1", '    text = "<b>&amp;</b>"'),
        ("3", "1", "    return sum(i * i for i in range(n))"),
    ]


def test_the_hottest_line_is_coloured(notebook: Any) -> None:
    (output,) = outputs(notebook, 2)
    rows = output.data["text/html"].split("<tr ")[1:]
    assert "transparent" in rows[0]
    assert "rgba(255,96,0,0.55)" in rows[2]


def test_front_ends_without_html_get_the_listing(notebook: Any) -> None:
    (output,) = outputs(notebook, 2)
    text = output.data["text/plain"]
    assert text.startswith("Timer unit: 1e-06 s\n")
    assert "Function: slow at line 1\n" in text


def test_a_cell_with_await_runs_in_the_kernels_own_loop(notebook: Any) -> None:
    (output,) = outputs(notebook, 3)
    rows = Table(output.data["text/html"]).rows
    assert [(row[0], row[1], row[-1]) for row in rows[1:]] == [
        ("1", "1", "import asyncio"),
        ("2", "4", "for i in range(3):"),
        ("3", "3", "    await asyncio.sleep(0)"),
        ("4", "1", "x = slow(3)"),
    ]
    shown, message = outputs(notebook, 5)
    assert "lprof_cell" in shown.data["text/html"]
    assert message.text == "\n*** Profile stats saved to file 'cell.lprof'.\n"


def test_the_text_of_cells_is_in_the_file(notebook: Any) -> None:
    (function,) = lineprof.load(notebook[1] / "cell.lprof").functions
    assert function.key.file == "Cell In[6]"
    assert function.source == (
        "assert asyncio.get_running_loop() is loop\nawait asyncio.sleep(0)\n"
    )


def test_the_profiler_is_a_value_of_the_notebook(notebook: Any) -> None:
    assert outputs(notebook, 8)[-1].text == "['late']\n"


def test_a_profile_is_a_table(notebook: Any) -> None:
    (output,) = outputs(notebook, 7)
    assert [row[-1] for row in Table(output.data["text/html"]).rows[1:]] == [
        "assert asyncio.get_running_loop() is loop",
        "await asyncio.sleep(0)",
    ]
