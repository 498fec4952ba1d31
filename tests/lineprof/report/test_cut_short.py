"""A run that was cut short says so at the top of each report."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest

from lineprof.model.diff import difference
from lineprof.model.profile import Function, FunctionKey, Line, Profile, Run
from lineprof.report.diff.compared import remarks
from lineprof.report.export import markdown
from lineprof.report.html.page import document
from lineprof.report.notebook import render
from lineprof.report.options import TextOptions
from lineprof.report.show import show

FUNCTION = Function(FunctionKey("a.py", 1, "f"), 1, 5, 0, (Line(2, 1, 5, 5),))
WHOLE = Profile((Run(),), (FUNCTION,))
CUT = replace(WHOLE, runs=(Run(cut_short="SIGTERM"),))
SAID = "The run was cut short by SIGTERM."


@pytest.mark.parametrize("rich", [True, False])
def test_listings(rich: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    for profile, times in ((WHOLE, 0), (CUT, 1)):
        stream = io.StringIO()
        show(profile, stream, rich=rich)
        assert stream.getvalue().count(SAID) == times
    assert SAID in stream.getvalue()[:200]


def test_the_page_the_notebook_and_markdown() -> None:
    assert document(CUT)["notes"] == [SAID]
    assert SAID in render(CUT, TextOptions())
    assert f"**{SAID}**" in markdown.encode(CUT).decode()
    assert "cut short" not in markdown.encode(WHOLE).decode()


def test_comparisons() -> None:
    assert f"Note: after: {SAID}" in list(remarks(difference(WHOLE, CUT)))
    assert list(remarks(difference(WHOLE, WHOLE))) == []
