"""The published ladder of normalizations, rung by rung, laid out for a page.

A rung is a population of `registry.LADDER`; what it is held against is the baseline of the same seeds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from mnist_interp.experiments import performance
from mnist_interp.methods.statistics import interval
from mnist_interp.training.runs import Population

PUBLISHED = {
    "the baseline population": "test_accuracy",
    "standardized inputs": "normalization.input_standardized.test_accuracy",
    "LayerNorm after both, dropout": "normalization|with_dropout_0.2_after_layer1|test_accuracy",
    "the normalized population": "normalization|relu_layernorm_dropout_then_layernorm_relu|test_accuracy",
}
NAMES = {
    "the baseline population": "plain pixels",
    "the normalized population": "the published order",
}


def name(rung: str) -> str:
    """Return what a page calls a rung."""
    return NAMES.get(rung, rung)


def curves(rungs: Mapping[str, Population]) -> pd.DataFrame:
    """Lay out test accuracy by epoch: columns ``rung``, ``epoch``, ``accuracy``; ``low`` and ``high`` hold 95 %."""
    frames = []
    for rung, population in rungs.items():
        accuracy = performance.summary(population)["test_accuracy"]
        ends = np.array([interval(column) for column in accuracy.T])
        columns = {"epoch": range(len(ends)), "accuracy": accuracy.mean(0), "low": ends[:, 0], "high": ends[:, 1]}
        frames.append(pd.DataFrame({"rung": name(rung), **columns}))
    return pd.concat(frames, ignore_index=True)


def gains(rungs: Mapping[str, Population], against: Population) -> pd.DataFrame:
    """Lay out what each rung gains over another population, seed by seed.

    Parameters
    ----------
    rungs : mapping of str to Population
        By name.
    against : Population
        Holds the seeds of every rung.

    Returns
    -------
    pandas.DataFrame
        Columns ``rung``, ``gain``, the mean over seeds of test accuracy gained (last five epochs), ``low`` and
        ``high``, its 95 % interval.
    """
    reference = dict(
        zip(against.seeds, performance.settled(performance.summary(against)["test_accuracy"]), strict=True)
    )
    rows = []
    for rung, population in rungs.items():
        settled = performance.settled(performance.summary(population)["test_accuracy"])
        differences = settled - np.array([reference[seed] for seed in population.seeds])
        low, high = interval(differences)
        rows.append({"rung": name(rung), "gain": differences.mean(), "low": low, "high": high})
    return pd.DataFrame(rows)


def table(rungs: Mapping[str, Population], against: Population, published: Mapping[str, float]) -> pd.DataFrame:
    """Put what every rung reached into one table.

    Parameters
    ----------
    rungs : mapping of str to Population
        By name.
    against : Population
        The baseline, which holds the seeds of every rung.
    published : mapping of str to float
        Published test accuracies by rung, in percent.

    Returns
    -------
    pandas.DataFrame
        A row for each rung, text as it is to be read: means over networks after the last epoch, accuracies and
        calibration error in percent; and the standard deviation of test accuracy over seeds.
    """
    target = performance.settled(performance.summary(against)["test_accuracy"])
    rows = {}
    for rung, population in rungs.items():
        found = performance.summary(population)
        last = found["test_accuracy"][:, -1]
        places = [against.seeds.index(seed) for seed in population.seeds]
        epochs = performance.epochs_to_reach(found["test_accuracy"], target[places])
        rows[name(rung)] = {
            "networks": len(population),
            "epochs": population[0].recipe.epochs,
            "published, %": f"{published[rung]:.2f}" if rung in published else "",
            "test, %": f"{100 * last.mean():.2f}",
            "± over seeds": f"{100 * last.std(ddof=1):.2f}",
            "train, %": f"{100 * found['train_accuracy'].mean():.2f}",
            "train − test": f"{100 * (found['train_accuracy'] - last).mean():.2f}",
            "calibration error, %": f"{100 * found['calibration_error'].mean():.2f}",
            "spread of logits": f"{found['logit_spread'].mean():.2f}",
            "epochs to baseline": f"{epochs.mean():.1f}",
        }
    frame = pd.DataFrame.from_dict(rows, orient="index")
    frame.index.name = "rung"
    return frame


def classes(population: Population, published: Sequence[float]) -> pd.DataFrame:
    """Put published class accuracies beside those of a population.

    Parameters
    ----------
    population : Population
        Networks of the recipe that is said to have given them.
    published : sequence of float
        Ten, in percent.

    Returns
    -------
    pandas.DataFrame
        A row for each digit, percent as text: ``published``, ``ours`` with its standard deviation over seeds, and the
        ``lowest`` and ``highest`` seed; ``within``, whether the published one lies between these.
    """
    own = 100 * performance.summary(population)["class_accuracy"]
    cited = np.asarray(published)
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
