"""Profiles that the pages are tested with: small and known, hostile, large."""

from __future__ import annotations

from lineprof.model.profile import Edge, Function, FunctionKey, Line, Process, Profile, Run

MS = 1_000_000

RUN = Run(
    lineprof="1.2.3",
    python="3.11.7",
    implementation="cpython",
    platform="Linux x86_64",
    argv=("shop.py", "--fast", "a b"),
    started=1_700_000_000.5,
    duration=100 * MS,
    pid=4711,
    host="ada",
    core="trace",
    clock="wall/tsc",
)

CHECKOUT = FunctionKey("/srv/shop/shop.py", 10, "checkout")
PRICE = FunctionKey("/srv/shop/prices.py", 3, "Prices.price")
LOAD = FunctionKey("/srv/shop/prices.py", 20, "Prices.load")
UNUSED = FunctionKey("/srv/shop/prices.py", 40, "Prices.unused")

SHOP = Profile(
    (RUN,),
    (
        Function(
            PRICE,
            100,
            60 * MS,
            lines=(Line(4, 100, 55 * MS, 35 * MS), Line(5, 100, 5 * MS, 5 * MS)),
            edges=(Edge(4, LOAD, 2, 20 * MS),),
            source="    def price(self, item):\n        table = self.load(item)\n"
            "        return table[item]  # as listed\n",
        ),
        Function(
            LOAD,
            2,
            20 * MS,
            lines=(Line(21, 2, 20 * MS, 20 * MS, 7 * MS),),
            source="    async def load(self, item):\n        return await fetch('table', 7)\n",
        ),
        Function(
            UNUSED,
            0,
            0,
            source="    def unused(self):\n        pass\n",
        ),
        Function(
            CHECKOUT,
            1,
            80 * MS,
            lines=(
                Line(12, 1, 1_000, 1_000),
                Line(13, 101, 2 * MS, 2 * MS),
                Line(14, 100, 78 * MS, 18 * MS),
                Line(20, 1, 400, 400),
            ),
            edges=(Edge(14, PRICE, 100, 60 * MS),),
            source="@profile\ndef checkout(basket):\n    total = 0\n    for item in basket:\n"
            "        total += price(item)\n    if not total:\n        log('empty')\n"
            "        log('basket')\n        log('again')\n\n    return total\n",
        ),
    ),
)

PARTS = (
    Process(
        4711,
        "ada",
        "main",
        started=1.0,
        ending="",
        time=30 * MS,
        functions=(Function(CHECKOUT, 1, 30 * MS, lines=(Line(13, 1, 30 * MS, 30 * MS),)),),
    ),
    Process(
        4712,
        "ada",
        "Worker-1",
        started=2.0,
        ending="ended",
        time=50 * MS,
        functions=(Function(PRICE, 100, 50 * MS, lines=(Line(4, 100, 50 * MS, 50 * MS),)),),
    ),
)
MANY = Profile((RUN,), SHOP.functions, processes=PARTS)

HOSTILE_LINES = (
    "x = '</script><script>window.hacked = 1</script>'",
    "y = '<!-- <script>' # <img src=x onerror=\"window.hacked = 2\">",
    "z = '\u2028window.hacked = 3\u2029' + '&lt;b&gt; &amp; ${window.hacked = 4}'",
    "<svg onload=window.hacked=5><style>*{display:none}</style>",
    "w = 'emoji \U0001f680 \U0001f680' + '\udc80' + 'ÄÖ' # \u6f22\u5b57 'quoted'",
    "]]> --> */ `${x}` \\u003c/script\\u003e",
)
HOSTILE_NAME = "<b>f</b>.<locals>.</script><script>window.hacked = 6</script>"
HOSTILE_FILE = "/tmp/<img src=x onerror='window.hacked = 7'>&lt;.py"

HOSTILE = Profile(
    (Run(argv=("</title><script>window.hacked = 8</script>",), host="<i>host</i>"),),
    (
        Function(
            FunctionKey(HOSTILE_FILE, 1, HOSTILE_NAME),
            1,
            MS,
            lines=tuple(Line(n, 1, n * 1000, n * 1000) for n in range(1, len(HOSTILE_LINES) + 1)),
            edges=(Edge(1, FunctionKey("gone.py", 1, "<script>gone</script>"), 3, 100),),
            source="\n".join(HOSTILE_LINES) + "\n",
        ),
    ),
)

LINES = Profile(
    (RUN,),
    tuple(
        Function(
            FunctionKey(f"/srv/{name}.py", 1, name),
            1,
            2 * MS,
            lines=(Line(2, 1, 2 * MS, 2 * MS, awaited),),
            source=f"def {name}():\n{line}\n",
        )
        for name, line, awaited in (
            ("broad", "    text = '" + "\u6f22\u5b57" * 80 + "'", 7 * MS),
            ("short", "    pass", 0),
            ("tabs", "\t" * 12 + "x = 1" + "\t#" * 20, 0),
        )
    ),
)
"""A file of short lines, one of tabs, and one of characters that take two columns."""

HUGE = Profile(
    (RUN,),
    (
        Function(
            FunctionKey("/srv/huge.py", 1_234_565, "Server.<locals>.serve_until_somebody_stops_it"),
            1,
            123_456 * 1000 * MS,
            lines=(
                Line(1_234_566, 10**12, 123_456_789 * MS, 123_456_789 * MS, 9_876_543_210 * MS),
            ),
            source="    def serve_until_somebody_stops_it(self):\n        pass\n",
        ),
    ),
)
"""Numbers of a server that ran for a day, in a file that a program wrote."""


def large(functions: int = 500, lines: int = 100, files: int = 1) -> Profile:
    """A profile of so many functions of so many lines, two thirds of them measured."""
    made = []
    for n in range(functions):
        first = 1 + n * (lines + 2)
        body = [f"def function_{n}(values, limit=10):\n"]
        body += [
            f"    item_{i} = values.get('key-{i}', {i}) + len(values)  # step {i} of {n}\n"
            for i in range(1, lines)
        ]
        measured = tuple(
            Line(first + i, 1000 + i, (n + 1) * (i + 1) * 997, (n + 1) * (i + 1) * 499)
            for i in range(1, lines)
            if i % 3
        )
        key = FunctionKey(f"/srv/big/module_{n % files}.py", first, f"function_{n}")
        total = sum(line.total for line in measured)
        made.append(Function(key, n, total, lines=measured, source="".join(body)))
    return Profile((RUN,), tuple(sorted(made, key=lambda f: f.key)))
