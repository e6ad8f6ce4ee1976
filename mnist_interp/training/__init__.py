"""A recipe and seeds give networks: ``training.run(recipe)`` one, ``training.population(recipe)`` many.

``training.named(name)`` gives the population that the book calls so. The names below come from `runs` and
`populations` at first use, as importing torch takes seconds.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mnist_interp.training.populations import named
    from mnist_interp.training.runs import Population, Run, compute, population, run

__all__ = ["Population", "Run", "compute", "named", "population", "run"]


def __getattr__(name: str) -> Any:
    """Import a name of `__all__`."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = "populations" if name == "named" else "runs"
    return getattr(importlib.import_module(f"mnist_interp.training.{module}"), name)
