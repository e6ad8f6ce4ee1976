"""The published ladder of normalizations, rung by rung, laid out for a page.

A rung is a population of `registry.LADDER`; what it is held against is the baseline of the same seeds.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from mnist_interp.claims import normalization as chapter
from mnist_interp.claims.normalization import settled
from mnist_interp.data import published
from mnist_interp.experiments import performance
from mnist_interp.methods.statistics import interval
from mnist_interp.training.runs import Population

PUBLISHED = {
    "the baseline population": "test_accuracy",
    "standardized inputs": "normalization.input_standardized.test_accuracy",
    "LayerNorm after both, dropout": "normalization|with_dropout_0.2_after_layer1|test_accuracy",
    "the normalized population": "normalization|relu_layernorm_dropout_then_layernorm_relu|test_accuracy",
}
CLIMBED = (
    chapter.RAW,
    chapter.STANDARD,
    chapter.BEFORE,
    chapter.AFTER,
    chapter.MASKED,
    chapter.FINAL,
)  # the rungs that all seeds climbed, in the order of the page
NAMES = {
    "the baseline population": "plain pixels",
    "the normalized population": "the published order",
}


def name(rung: str) -> str:
    """Return what a page calls a rung."""
    return NAMES.get(rung, rung)


def published_accuracies() -> dict[str, float]:
    """Return published test accuracies by rung, in percent."""
    return {rung: published.figure(path) for rung, path in PUBLISHED.items()}


def curves(rungs: Mapping[str, Population]) -> pd.DataFrame:
    """Lay out test accuracy by epoch: columns ``rung``, ``epoch``, ``accuracy``; ``low`` and ``high`` hold 95 %."""
    frames = []
    for rung, population in rungs.items():
        accuracy = performance.summary(population)["test_accuracy"].transpose("epoch", "seed")
        low, high = zip(*map(interval, accuracy.to_numpy()), strict=True)
        columns = {"epoch": accuracy["epoch"], "accuracy": accuracy.mean("seed"), "low": low, "high": high}
        frames.append(pd.DataFrame({"rung": name(rung), **columns}))
    return pd.concat(frames, ignore_index=True)


def late(curves: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of `curves` from the third epoch on, before which accuracies are far below all others."""
    return curves[curves["epoch"] >= min(3, curves["epoch"].max())]


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
    rows = []
    for rung, population in rungs.items():
        differences = settled(population) - settled(against).sel(seed=list(population.seeds))
        low, high = interval(differences.to_numpy())
        rows.append({"rung": name(rung), "gain": float(differences.mean()), "low": low, "high": high})
    return pd.DataFrame(rows)


def table(rungs: Mapping[str, Population], against: Population, cited: Mapping[str, float]) -> pd.DataFrame:
    """Put what every rung reached into one table.

    Parameters
    ----------
    rungs : mapping of str to Population
        By name.
    against : Population
        The baseline, which holds the seeds of every rung.
    cited : mapping of str to float
        Published test accuracies by rung, in percent.

    Returns
    -------
    pandas.DataFrame
        A row for each rung, text as it is to be read: means over networks after the last epoch, accuracies and
        calibration error in percent; and the standard deviation of test accuracy over seeds.
    """
    target = settled(against)
    rows = {}
    for rung, population in rungs.items():
        found = performance.summary(population)
        last = found["test_accuracy"].isel(epoch=-1)
        epochs = performance.epochs_to_reach(found["test_accuracy"], target)
        rows[name(rung)] = {
            "networks": len(population),
            "epochs": population[0].recipe.epochs,
            "published, %": f"{cited[rung]:.2f}" if rung in cited else "",
            "test, %": f"{100 * last.mean().item():.2f}",
            "± over seeds": f"{100 * last.std(ddof=1).item():.2f}",
            "train, %": f"{100 * found['train_accuracy'].mean().item():.2f}",
            "train − test": f"{100 * (found['train_accuracy'] - last).mean().item():.2f}",
            "calibration error, %": f"{100 * found['calibration_error'].mean().item():.2f}",
            "spread of logits": f"{found['logit_spread'].mean().item():.2f}",
            "epochs to baseline": f"{epochs.mean().item():.1f}",
        }
    frame = pd.DataFrame.from_dict(rows, orient="index")
    frame.index.name = "rung"
    return frame
