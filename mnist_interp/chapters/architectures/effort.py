"""How each network of the chapter was tuned: the same draws for all, and the one that came out best."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from mnist_interp.experiments import performance, tuning
from mnist_interp.training import models
from mnist_interp.training.runs import Population


def table(networks: Mapping[str, Population], named: Mapping[str, str]) -> pd.DataFrame:
    """Return what each network is and what tuning made of it.

    Parameters
    ----------
    networks : mapping of str to Population
        By what readers call them.
    named : mapping of str to str
        The name of each in `tuning.TUNED`.

    Returns
    -------
    pandas.DataFrame
        A row a network: ``parameters``, ``rate`` and ``decay`` that were best, ``validation, %`` that they reached on
        pilots (mean over seeds), and ``test, %`` of the population in the end.
    """
    kept = tuning.kept()
    best = tuning.best(kept)
    rows = {}
    for title, population in networks.items():
        name = named[title]
        rate, decay = best[name]
        rows[title] = {
            "parameters": f"{models.n_parameters(models.build(population.recipe)):,}",
            "rate": f"{rate:g}",
            "decay": f"{decay:g}",
            "validation, %": f"{100 * np.mean(kept[name][f'{rate:g} {decay:g}']):.1f}",
            "test, %": f"{100 * performance.accuracy(population)['accuracy'].mean().item():.1f}",
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("network")


def numbers() -> dict[str, int]:
    """Return how many draws each network was tuned with (``n_draws``) and on how many seeds (``n_pilots``)."""
    return {"n_draws": len(tuning.RATES) * len(tuning.DECAYS), "n_pilots": len(tuning.SEEDS)}
