"""What losing directions of layer 2 costs, and how often swapping one changes an answer, over networks."""

from __future__ import annotations

import pandas as pd

from mnist_interp.chapters.intervals import with_interval
from mnist_interp.experiments import directions, interchange
from mnist_interp.training.runs import Population

COMPONENTS = (0, 1, 2, 3)
SWAPPED = {"neuron": "the best neuron", "direction": "a fitted direction", "readout": "the readout’s own direction"}


def costs(population: Population) -> pd.DataFrame:
    """Lay out what neurons, random axes and principal components of layer 2 cost.

    Returns
    -------
    pandas.DataFrame
        Columns ``held``, what is held at its mean, ``mean``, ``low`` and ``high``: accuracy lost, over networks.
    """
    found = directions.costs(population)
    kinds = {"a live neuron": found["neuron_cost"], "a random axis": found["axis_cost"].mean("rotation")}
    kinds |= {f"principal component {k + 1}": found["component_cost"].isel(component=k) for k in COMPONENTS}
    return with_interval(({"held": name}, values.to_numpy()) for name, values in kinds.items())


def swaps(population: Population) -> pd.DataFrame:
    """Lay out how often an interchange between a 4 and a 9 changes the answer.

    Returns
    -------
    pandas.DataFrame
        Columns ``state``, ``swapped``, ``mean``, ``low`` and ``high``: shares of test pairs, over networks.
    """
    found = interchange.successes(population)
    return with_interval(
        ({"state": state, "swapped": title}, found[name].sel(state=state).to_numpy())
        for state in found["state"].to_numpy().tolist()
        for name, title in SWAPPED.items()
    )
