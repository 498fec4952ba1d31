"""Scripts rewritten as line_profiler rewrites them, for plugins that ask for it."""

from __future__ import annotations

import ast
import os
from pathlib import Path

import pytest

from lineprof.compat.syntax_trees import (
    AstTreeModuleProfiler,
    AstTreeProfiler,
    modname_to_modpath,
    modpath_to_modname,
    split_modpath,
)


@pytest.fixture(autouse=True)
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "pack" / "inner").mkdir(parents=True)
    for name in ("__init__", "__main__", "mod", "inner/__init__", "inner/deep"):
        (tmp_path / "pack" / f"{name}.py").write_text("")
    (tmp_path / "script.py").write_text(
        "from __future__ import annotations\nimport os.path, pack.mod as m\n"
        "from pack.inner import deep\nfrom pack import *\n"
        "def f():\n    @profile\n    def g(): pass\n@other\nasync def h(): pass\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def test_names_and_paths_of_modules(package: Path) -> None:
    deep = package / "pack" / "inner" / "deep.py"
    assert split_modpath(deep) == (str(package), os.path.join("pack", "inner", "deep.py"))
    assert modpath_to_modname(deep) == "pack.inner.deep"
    assert modname_to_modpath("pack.inner.deep") == str(deep)
    assert modname_to_modpath("pack") == str(package / "pack")
    assert modname_to_modpath("pack", hide_init=False) == str(package / "pack" / "__init__.py")
    assert modname_to_modpath("pack.nosuch") is None
    assert modname_to_modpath("pack.mod.nosuch") is None
    main = package / "pack" / "__main__.py"
    assert modpath_to_modname(main) == "pack.__main__"
    assert modpath_to_modname(main, hide_main=True) == "pack"
    assert modpath_to_modname(main.with_name("__init__.py")) == "pack"
    assert modpath_to_modname(main.with_name("__init__.py"), hide_init=False) == "pack.__init__"
    with pytest.raises(ValueError, match="no module"):
        split_modpath("nosuch.py")


@pytest.mark.parametrize(
    ("targets", "imports", "lines"),
    [
        ([], False, []),
        (["pack.mod"], False, ["profile.add_imported_function_or_module(m)"]),
        (["pack"], True, ["profile.add_imported_function_or_module(m)", "(deep)"]),
        (["pack/inner/deep.py"], False, ["(deep)"]),
        (["script.py"], True, ["(os.path)", "(m)", "(deep)", "@profile"]),
        (["script"], False, ["@profile"]),
    ],
)
def test_what_is_measured(targets: list[str], imports: bool, lines: list[str]) -> None:
    before = ast.unparse(ast.parse(Path("script.py").read_text())).splitlines()
    text = ast.unparse(AstTreeProfiler("script.py", targets, imports).profile()).splitlines()
    added = [line.strip() for line in text if line not in before]
    assert len(added) == len([line for line in lines if line != "@profile"]) + (
        # Of f, and of h below @other; g has it.
        text.count("@profile")
    )
    for line in lines:
        assert any(line in found for found in added)
    assert "@profile" not in lines or text[text.index("@other") + 1] == "@profile"


def test_relative_imports_become_absolute(package: Path) -> None:
    path = package / "pack" / "inner" / "deep.py"
    path.write_text("from . import x\nfrom .. import y\nfrom ..mod import z\n")
    tree = AstTreeModuleProfiler(path, []).profile()
    assert ast.unparse(tree).splitlines() == [
        "from pack.inner import x",
        "from pack import y",
        "from pack.mod import z",
    ]


def test_a_package_means_its_main(package: Path) -> None:
    path = package / "pack" / "__main__.py"
    path.write_text("def f(): pass\n")
    assert "@profile" in ast.unparse(AstTreeModuleProfiler(path, ["pack"]).profile())
