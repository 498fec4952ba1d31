"""When the processor's counter is read, and when the system's clock: the choice, in C alone."""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CSRC = Path(__file__).parents[3] / "csrc"
COMPILER = shutil.which("cc")

pytestmark = [
    pytest.mark.skipif(not CSRC.is_dir(), reason="the C source is not here"),
    pytest.mark.skipif(COMPILER is None, reason="no C compiler"),
    pytest.mark.skipif(
        sys.platform != "linux" or platform.machine() != "x86_64",
        reason="only Linux lists the clocks that it relies on, and only x86 has a choice",
    ),
]

MAIN = """
#define _GNU_SOURCE
#include "base/clock.h"
#include <stdio.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifdef DRIFT
/* Takes the place of the system's clock: it gains and loses by turns. */
int
clock_gettime(clockid_t id, struct timespec *now)
{
    static long long last, shown;
    (void)id;
    syscall(SYS_clock_gettime, CLOCK_MONOTONIC, now);
    long long real = now->tv_sec * 1000000000LL + now->tv_nsec;
    shown += last == 0 ? real : (real - last) * (real / 1000000 % 2 ? 3 : 1) / 2;
    last = real;
    now->tv_sec = shown / 1000000000;
    now->tv_nsec = shown % 1000000000;
    return 0;
}
#elif defined(SLOW)
/* A clock that is read by the kernel. */
int
clock_gettime(clockid_t id, struct timespec *now)
{
    for (int i = 0; i < 20; i++) {
        (void)syscall(SYS_clock_gettime, id, now);
    }
    return 0;
}
#endif

int
main(void)
{
    clock_state clock;
    if (!clock_open(&clock, false)) {
        return 1;
    }
    printf("%s\\n%s\\n%.17g\\n", clock_name(&clock), clock.reason, clock_tick(&clock));
    return 0;
}
"""


def chosen(folder: Path, listed: str | None, *flags: str) -> tuple[str, str]:
    """Name of the clock, and why, where the kernel's list of clocks has this text."""
    file = folder / "available_clocksource"
    if listed is not None:
        file.write_text(listed)
    (folder / "main.c").write_text(MAIN)
    assert COMPILER is not None
    subprocess.run(
        [
            COMPILER,
            "-std=c11",
            "-O2",
            *flags,
            f"-I{CSRC}",
            f'-DCLOCK_SOURCES_FILE="{file}"',
            str(folder / "main.c"),
            str(CSRC / "base" / "clock.c"),
            "-o",
            str(folder / "main"),
            "-lpthread",
        ],
        check=True,
    )
    done = subprocess.run([folder / "main"], capture_output=True, text=True, check=True)
    name, reason, tick = done.stdout.splitlines()
    assert (float(tick) == 1e-9) == (name == "monotonic")
    return name, reason


def invariant() -> bool:
    flags = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    return "constant_tsc" in flags and "nonstop_tsc" in flags


needs_invariant = pytest.mark.skipif(
    sys.platform == "linux" and not invariant(), reason="the counter is not steady here"
)


@needs_invariant
def test_the_kernel_lists_the_counter(tmp_path: Path) -> None:
    assert chosen(tmp_path, "kvm-clock tsc acpi_pm \n") == ("tsc", "the kernel relies on it")


@needs_invariant
def test_the_kernel_has_struck_the_counter_off(tmp_path: Path) -> None:
    name, reason = chosen(tmp_path, "hpet acpi_pm \n")
    assert (name, reason) == ("monotonic", "the kernel does not rely on the processor's counter")


@needs_invariant
def test_without_a_list_the_counter_is_checked(tmp_path: Path) -> None:
    """A busy machine may fail the check: then it says so."""
    name, reason = chosen(tmp_path, None)
    assert (name, reason.split(";")[0]) in {
        ("tsc", "it agrees with the system's clock"),
        ("monotonic", "the processor's counter does not agree with the system's clock"),
    }


@needs_invariant
@pytest.mark.parametrize("fault", ["-DDRIFT", "-DSLOW"])
def test_without_a_list_a_counter_that_fails_the_check_is_not_read(
    tmp_path: Path, fault: str
) -> None:
    name, reason = chosen(tmp_path, None, fault)
    assert name == "monotonic"
    assert reason.startswith("the processor's counter does not agree")
