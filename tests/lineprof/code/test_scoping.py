"""Which functions are measured when a class or a module is added."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from lineprof.code.scoping import DEFAULT_SCOPING_POLICIES, Policies, ScopingPolicy, functions_in

FILES = {
    "shop/__init__.py": """
        from . import stock
        from .stock import count
        from .deep.inner import within
        import outside
        from outside import stranger

        def own(): pass
        lam = lambda: 0
    """,
    "shop/stock.py": """
        import functools
        from dataclasses import dataclass
        from outside import Base, keep, stranger
        import shop

        def count(): pass

        class Other:
            def beside(self): pass

        class Item(Base):
            def method(self): pass
            @property
            def prop(self): pass
            @staticmethod
            def static(): pass
            @functools.lru_cache
            def cached(self): pass
            @keep
            def kept(self): pass
            class Inner:
                def deeper(self): pass
                class Innermost:
                    def deepest(self): pass
            borrowed = count
            foreign = stranger
            friend = Other

        @dataclass
        class Data:
            x: int
            def written(self): pass
    """,
    "shop/deep/__init__.py": "def middle(): pass",
    "shop/deep/inner.py": "def within(): pass",
    "outside.py": """
        import functools

        def stranger(): pass

        def keep(func):
            @functools.wraps(func)
            def wrapper(*args): return func(*args)
            return wrapper

        class Base:
            def inherited(self): pass
    """,
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    folder = tmp_path_factory.mktemp("scoping")
    for name, text in FILES.items():
        path: Path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))
    sys.path.insert(0, str(folder))
    try:
        import shop  # type: ignore[import-not-found]

        yield shop
    finally:
        sys.path.remove(str(folder))
        for name in [name for name in sys.modules if name.split(".")[0] in ("shop", "outside")]:
            del sys.modules[name]


def found(namespace: type | ModuleType, policies: Policies = None) -> set[str]:
    return {function.__code__.co_qualname for function in functions_in(namespace, policies)}


ITEM = {"Item.method", "Item.prop", "Item.static", "Item.cached", "Item.kept"}
INNER = {"Item.Inner.deeper", "Item.Inner.Innermost.deepest"}


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("exact", ITEM),
        ("children", ITEM | INNER),
        ("descendants", ITEM | INNER),
        ("siblings", ITEM | INNER | {"count", "Other.beside"}),
        ("none", ITEM | INNER | {"count", "Other.beside", "stranger"}),
        (None, ITEM | INNER | {"count", "Other.beside"}),
        (
            {"func": "exact", "class": "none", "module": "none"},
            ITEM | INNER | {"Other.beside"},
        ),
    ],
)
def test_classes(shop: ModuleType, policy: Policies, expected: set[str]) -> None:
    assert found(shop.stock.Item, policy) == expected


STOCK = {"count", "Other.beside", "Data.written"} | ITEM | INNER
HERE = {"own", "<lambda>"}


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("exact", HERE),
        # `inner` is a child of `deep`, which is one of `shop`.
        ("children", HERE | STOCK | {"middle", "within"}),
        ("descendants", HERE | STOCK | {"middle", "within"}),
        ("siblings", HERE | STOCK | {"middle", "within"}),
        (None, HERE | {"count", "within"}),
        (
            {"func": "EXACT", "class": "exact", "module": "siblings"},
            HERE | {"count", "middle", "within"},
        ),
    ],
)
def test_packages(shop: ModuleType, policy: Policies, expected: set[str]) -> None:
    assert found(shop, policy) == expected


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("exact", {"count"}),
        ("children", STOCK),
        # The package it is in is gone through as well, and what is imported there.
        ("siblings", STOCK | HERE | {"middle", "within"}),
        (None, STOCK),
    ],
)
def test_modules(shop: ModuleType, policy: Policies, expected: set[str]) -> None:
    assert found(shop.stock, policy) == expected


def test_everything_goes_on_into_other_modules(shop: ModuleType) -> None:
    policies = {"func": "none", "class": "exact", "module": "none"}
    everything = found(sys.modules["outside"], policies)
    assert {"stranger", "keep", "update_wrapper"} <= everything  # of functools, imported there


def test_a_name_is_a_policy_in_any_case() -> None:
    assert ScopingPolicy("exact") is ScopingPolicy("EXACT") is ScopingPolicy.EXACT
    assert ScopingPolicy.NONE == "none"  # type: ignore[comparison-overlap]
    with pytest.raises(ValueError, match=r"^'nonsense' is not a valid ScopingPolicy$"):
        ScopingPolicy("nonsense")
    with pytest.raises(ValueError, match="valid"):
        ScopingPolicy(3)  # type: ignore[arg-type]


def test_policies_of_all_kinds() -> None:
    exact, siblings = ScopingPolicy.EXACT, ScopingPolicy.SIBLINGS
    assert ScopingPolicy.to_policies() == {"func": siblings, "class": siblings, "module": exact}
    assert ScopingPolicy.to_policies() == DEFAULT_SCOPING_POLICIES
    assert set(ScopingPolicy.to_policies("Exact").values()) == {exact}
    assert set(ScopingPolicy.to_policies(exact).values()) == {exact}
    mixed = {"func": "NONE", "class": exact, "module": "siblings", "more": "unused"}
    assert ScopingPolicy.to_policies(mixed) == {
        "func": ScopingPolicy.NONE,
        "class": exact,
        "module": siblings,
    }
    with pytest.raises(KeyError, match="module"):
        ScopingPolicy.to_policies({"func": exact, "class": exact})


def test_filters_can_be_asked_for(shop: ModuleType) -> None:
    stock = shop.stock
    siblings = ScopingPolicy.SIBLINGS
    assert siblings.get_filter(stock, "module")(shop.deep)
    assert not siblings.get_filter(stock, "module")(sys.modules["outside"])
    assert not siblings.get_filter(stock, "module")(stock)
    assert not siblings.get_filter(stock.Item, "module")(shop)
    assert siblings.get_filter(stock, "func")(shop.own)
    assert not ScopingPolicy.EXACT.get_filter(stock, "class")(stock.Item)
    assert ScopingPolicy.CHILDREN.get_filter(stock.Item, "class")(stock.Item.Inner)
    assert not ScopingPolicy.CHILDREN.get_filter(stock.Item, "class")(stock.Item.Inner.Innermost)
    assert ScopingPolicy.DESCENDANTS.get_filter(shop, "module")(shop.deep.inner)
    assert not ScopingPolicy.CHILDREN.get_filter(shop, "module")(shop.deep.inner)
    assert ScopingPolicy.NONE.get_filter(stock, "func")(len)
    with pytest.raises(ValueError, match=r"^not func, class or module: 'method'$"):
        siblings.get_filter(stock, "method")  # type: ignore[arg-type]
