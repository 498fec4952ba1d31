"""A program that forks without end leaves few files behind, and nothing is lost."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from lineprof.model.profile import PROCESSES_LIMIT

from .programs import run

pytest.importorskip("lineprof._core")
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="numbers are kept in mapped files")

FORKS = """\
import os
folder = os.environ["LINEPROF_PROCESSES"]
def files():
    return sum(len(names) for _, _, names in os.walk(folder))
most = 0
for n in range({count}):
    if not os.fork():
        {child}
        os._exit(0)
    os.wait()
    most = max(most, files())
work(5)
with open("most", "w") as file:
    file.write(str(most))
{end}
"""
COUNT = 600


@pytest.mark.slow
def test_files_of_children_that_have_ended_are_added_up(tmp_path: Path) -> None:
    done = run(tmp_path, FORKS.format(count=COUNT, child="work(2)", end=""))
    done.assert_exact(at_least=2 * COUNT + 5)
    assert int((tmp_path / "most").read_text()) < 300
    crowd = done.profile.crowd
    assert crowd is not None
    assert crowd.count == COUNT + 1
    (spread,) = (spread for spread in crowd.spreads if spread.key.name == "work")
    (function,) = (f for f in done.profile.functions if f.key.name == "work")
    assert spread.total == function.total
    assert len(done.profile.processes) == PROCESSES_LIMIT
    assert function.source is not None


@pytest.mark.slow
def test_a_run_that_was_killed_has_the_sums_as_well(tmp_path: Path) -> None:
    from lineprof import load
    from lineprof.commands.main import main

    from .test_collect import KILL, left_by

    left = left_by(tmp_path, FORKS.format(count=COUNT, child="work(2)", end=KILL))
    assert len(list(left.glob("*.batch.lprof"))) == 2
    assert main(["collect", str(left), "-o", str(tmp_path / "out")]) == 0
    profile = load(tmp_path / "out")
    (function,) = (f for f in profile.functions if f.key.name == "work")
    assert function.lines[2].hits == (tmp_path / "count").stat().st_size == 2 * COUNT + 5


def test_a_batch_that_was_not_added_up_yet_is_read_as_it_is(tmp_path: Path) -> None:
    """The process was killed between moving the files and writing their sum."""
    from lineprof.processes.collect import collect_left
    from lineprof.processes.folder import RunFolder

    from .test_collect import KILL, left_by

    left = left_by(tmp_path, FORKS.format(count=3, child="work(2)", end=KILL))
    batch = left / f"{os.getpid()}-1.batch"
    batch.mkdir(mode=0o700)
    for path in list(left.glob("*.shard"))[:2]:
        path.rename(batch / path.name)
    (function,) = (f for f in collect_left(RunFolder.open(left)).functions if f.key.name == "work")
    assert function.lines[2].hits == 2 * 3 + 5
