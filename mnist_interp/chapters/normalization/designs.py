"""The two factorial designs laid out for a page: by epoch, and cell by cell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from mnist_interp.experiments import factorials


@dataclass(frozen=True)
class Explored:
    """A design: ``accuracy`` on validation images of each cell, by epoch and at the end."""

    by_epoch: pd.DataFrame
    cells: pd.DataFrame


def inputs() -> Explored:
    """Lay out treatments of pixels by learning rate: columns ``pixels``, ``rate``, ``epoch`` and ``accuracy``."""
    table = factorials.table(factorials.INPUTS, ["centered", "scaled", "rate"])
    centered, scaled = table["centered"], table["scaled"]
    named = np.select([centered & scaled, centered, scaled], ["standardized", "centered", "scaled"], "plain")
    table["pixels"] = named
    return Explored(table, factorials.settled(table, ["pixels", "rate"]))


def layers() -> Explored:
    """Lay out kinds of normalization by dropout and rate: ``kind``, ``dropout``, ``rate``, ``epoch``, ``accuracy``."""
    factors = ["kind", "dropout", "rate"]
    table = factorials.table(factorials.LAYERS, factors)
    return Explored(table, factorials.settled(table, factors))
