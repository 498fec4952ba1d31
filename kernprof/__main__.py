"""`python -m kernprof`."""

import sys


def _load() -> None:
    """Import kernprof while the folder that `python -m` puts first on the path is out of the way:
    it is the program's, and may have a `signal.py`."""
    if sys.flags.safe_path:
        return
    first = sys.path.pop(0)
    try:
        import kernprof.cli  # noqa: F401
    except ModuleNotFoundError:
        # Not installed: kernprof itself comes from that folder.
        pass
    finally:
        sys.path.insert(0, first)


if __name__ == "__main__":
    _load()

    from kernprof.cli import main

    sys.exit(main())
