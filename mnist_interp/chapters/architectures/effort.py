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
        A row a network: ``parameters``, the ``rate`` that was best, ``pilots, %``, the validation accuracy that it
        reached (mean over seeds), ``with decay, %``, that of the best rate with decay, and ``test, %`` of the
        population in the end.
    """
    kept = tuning.kept()
    plain, shrunk = (tuning.best(kept, decays=(decay,)) for decay in tuning.DECAYS)
    rows = {}
    for title, population in networks.items():
        name = named[title]
        reached = [np.mean(kept[name]["{:g} {:g}".format(*best[name])]) for best in (plain, shrunk)]
        rows[title] = {
            "parameters": f"{models.n_parameters(models.build(population.recipe)):,}",
            "rate": f"{plain[name][0]:g}",
            "pilots, %": f"{100 * reached[0]:.1f}",
            "with decay, %": f"{100 * reached[1]:.1f}",
            "test, %": f"{100 * performance.accuracy(population)['accuracy'].mean().item():.1f}",
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("network")


def numbers() -> dict[str, int]:
    """Return how many draws each network was tuned with (``n_draws``) and on how many seeds (``n_pilots``)."""
    return {"n_draws": len(tuning.RATES) * len(tuning.DECAYS), "n_pilots": len(tuning.SEEDS)}
