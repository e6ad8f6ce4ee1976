"""Numbers for the prose: a code cell glues what it computed, and the sentence names the key.

Used in chapters only. ``glue("share", 0.948)`` in a cell and ``{glue:text}`share:.1%``` in the text give "94.8%".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import myst_nb
import numpy as np


def glue(key: str, value: Any) -> None:
    """Make a value available to the page's text under a key, without showing it.

    Parameters
    ----------
    key : str
        Name used in the text, unique within the page.
    value : bool, int, float or str
        A Python or numpy scalar; numpy's are turned into Python's, whose text form a format such as ``.1%`` can read.

    Raises
    ------
    ValueError
        If the value is no scalar.
    """
    plain = value.item() if isinstance(value, np.generic) or (hasattr(value, "item") and np.ndim(value) == 0) else value
    if not isinstance(plain, bool | int | float | str):
        raise ValueError(
            f"cannot glue {key!r}: got a {type(value).__name__}, expected one number or text; pick the element "
            "that the sentence speaks of"
        )
    myst_nb.glue(key, plain, display=False)


def glue_all(values: Mapping[str, Any]) -> None:
    """Glue each value of a mapping under its key, as `glue` does one."""
    for key, value in values.items():
        glue(key, value)
