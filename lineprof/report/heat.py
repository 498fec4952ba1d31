"""What is hot: one scale of shares for terminals, notebooks and pages."""

SCALE = (0.05, 1.0, 5.0, 10.0, 20.0, 50.0, 70.0, 90.0)
"""The percentages at which a share reaches shade 1, 2, ... 8; what shows as 0.0 has shade 0."""

HOT = 1.0  # The percentage of its function's time below which a page takes a line for cold

_LEVELS = (0, 1, 2, 3, 3, 4, 5, 5, 5)
"""The level of each shade: terminals do not have as many colours."""

_EIGHTHS = " ▏▎▍▌▋▊▉█"


def shade(percent: float | None) -> int:
    """From 0, nothing to look at, to 8, nearly everything."""
    return 0 if percent is None else sum(percent >= limit for limit in SCALE)


def level(percent: float | None) -> int:
    """From 0, nothing to look at, to 5, at least half of all."""
    return _LEVELS[shade(percent)]


def bar(percent: float, width: int, unicode: bool = True) -> str:
    """A bar; 100 percent fill the whole `width`, and no space follows a shorter one."""
    share = min(max(percent, 0.0), 100.0) / 100 * width
    if not unicode:
        return "#" * round(share)
    full, eighth = divmod(round(share * 8), 8)
    return _EIGHTHS[8] * full + (_EIGHTHS[eighth] if eighth else "")
