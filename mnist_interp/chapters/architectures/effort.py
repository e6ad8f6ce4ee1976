"""How each network of the chapter was tuned: the same draws for all, and the one that came out best."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mnist_interp import training
from mnist_interp.chapters.architectures import kinds
from mnist_interp.experiments import matched_architectures, performance, tuning
from mnist_interp.training import models


def table() -> pd.DataFrame:
    """Return what each network is and what tuning made of it.

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
    for title, kind in {**kinds.ALL, "narrow CNN": kinds.NARROW}.items():
        name, population = kind.population, training.named(kind.population)
        reached = [np.mean(kept[name]["{:g} {:g}".format(*best[name])]) for best in (plain, shrunk)]
        rows[title] = {
            "parameters": f"{models.n_parameters(models.build(population.recipe)):,}",
            "rate": f"{plain[name][0]:g}",
            "pilots, %": f"{100 * reached[0]:.1f}",
            "with decay, %": f"{100 * reached[1]:.1f}",
            "test, %": f"{100 * performance.accuracy(population)['accuracy'].mean().item():.1f}",
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("network")


def numbers() -> dict[str, float]:
    """Return what was chosen before anything was run.

    ``n_draws`` of rate and decay each network was tuned with, on ``n_pilots`` seeds; ``level``, the accuracy at which
    networks are compared, a fraction.
    """
    return {
        "n_draws": len(tuning.RATES) * len(tuning.DECAYS),
        "n_pilots": len(tuning.SEEDS),
        "level": matched_architectures.MATCHED,
    }
