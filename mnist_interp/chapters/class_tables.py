"""Published accuracies of the ten digits beside those of a population."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mnist_interp.experiments import performance
from mnist_interp.training.runs import Population


def beside(population: Population, accuracies: Sequence[float]) -> pd.DataFrame:
    """Put published class accuracies beside those of a population.

    Parameters
    ----------
    population : Population
        Networks of the recipe that is said to have given them.
    accuracies : sequence of float
        Published, ten, in percent.

    Returns
    -------
    pandas.DataFrame
        A row for each digit, percent as text: ``published``, ``ours`` with its standard deviation over seeds, and the
        ``lowest`` and ``highest`` seed; ``within``, whether the published one lies between these.
    """
    own = 100 * performance.summary(population)["class_accuracy"].to_numpy()
    cited = np.asarray(accuracies)
    frame = pd.DataFrame(
        {
            "published": [f"{value:.2f}" for value in cited],
            "ours": [
                f"{mean:.2f} ± {spread:.2f}" for mean, spread in zip(own.mean(0), own.std(0, ddof=1), strict=True)
            ],
            "lowest": [f"{value:.2f}" for value in own.min(0)],
            "highest": [f"{value:.2f}" for value in own.max(0)],
            "within": np.where((own.min(0) <= cited) & (cited <= own.max(0)), "yes", "no"),
        }
    )
    frame.index.name = "digit"
    return frame
