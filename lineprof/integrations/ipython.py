"""`%load_ext lineprof`: the magics %lprun and %%lprun_all in IPython and Jupyter."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def load_ipython_extension(ip: Any) -> None:
    """Add %lprun and %%lprun_all to this IPython shell; `%load_ext lineprof` calls it."""
    from .magics import LineprofMagics

    unload_ipython_extension(ip)  # of an earlier time
    magics = LineprofMagics(ip)
    ip.register_magics(magics)
    ip.input_transformers_post.append(magics.with_await)


def unload_ipython_extension(ip: Any) -> None:
    """Have cells left as they are; IPython cannot take the magics away."""
    from .magics import LineprofMagics

    transformers = ip.input_transformers_post
    transformers[:] = [
        item
        for item in transformers
        if not isinstance(getattr(item, "__self__", None), LineprofMagics)
    ]
