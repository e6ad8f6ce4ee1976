"""Five of sixteen units, over a population: the best for the silhouette, the class-selective, the random.

What is chosen is chosen on training images: the best five by the silhouette of all 4,368 subsets on 500 images, the
twenty best of them once more on 2,000; the selective five of a digit by class selectivity on all. Scored on test
images, silhouettes on 2,000. About 3 s a network.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import xarray as xr

from mnist_interp.experiments import ablation_effects, recordings, training_moments
from mnist_interp.methods import ablation, evaluate, probes, selectivity, unit_subsets
from mnist_interp.runtime import parallel, preview, store
from mnist_interp.training.runs import Population, Run

SIZE = 5
SHORTLIST = 20
N_RANDOM = 200
PER_CLASS = preview.reduced(200)
_FIRST_PER_CLASS = 50
_CHOSEN_PER_CLASS, _AGAINST_PER_CLASS = preview.reduced(1_000), preview.reduced(100)
LAYER = "relu2"
_AXES = {"selective": "digit", "random": "draw"}


class Best(NamedTuple):
    """The subset with the largest silhouette among all of its size, and that silhouette on training images."""

    units: np.ndarray
    silhouette: float


def best_five(run: Run, *, size: int = SIZE) -> Best:
    """Choose the units of layer 2 that hold the digits apart best by silhouette, on training images.

    Parameters
    ----------
    run : Run
        One network.
    size : int
        How many units.
    """
    few, more = (recordings.points(run, LAYER, "train", per_class=count) for count in (_FIRST_PER_CLASS, PER_CLASS))
    everything = unit_subsets.every(few.shape[1], size)
    first = unit_subsets.silhouettes(few, recordings.labels("train", per_class=_FIRST_PER_CLASS), everything)
    shortlist = everything[np.sort(np.argsort(-first, kind="stable")[:SHORTLIST])]
    second = unit_subsets.silhouettes(more, recordings.labels("train", per_class=PER_CLASS), shortlist)
    return Best(shortlist[second.argmax()], float(second.max()))


def selective_fives(run: Run, *, size: int = SIZE) -> np.ndarray:
    """Return the most selective units of layer 2 for each digit, by training images, best first: (10, size)."""
    means = training_moments.of_run(run, LAYER)["class_means"]
    return selectivity.top_units(selectivity.class_selectivity(means), size)


def random_fives(n_units: int, *, seed: int, count: int = N_RANDOM, size: int = SIZE) -> np.ndarray:
    """Draw different subsets at random: (count, size)."""
    everything = unit_subsets.every(n_units, size)
    return everything[np.sort(np.random.default_rng(seed).choice(len(everything), count, replace=False))]


@store.cached
def against_random(run: Run, layer: str) -> xr.Dataset:
    """Score the selective fives of any last hidden layer beside random fives of its live units.

    Parameters
    ----------
    run : Run
        One network.
    layer : str
        Its last hidden layer.

    Returns
    -------
    xarray.Dataset
        ``selective_silhouette`` and ``selective_accuracy`` (digit), of the fives chosen on 10,000 training images;
        ``random_silhouette`` and ``random_accuracy`` (draw). Silhouettes are of 1,000 test images, accuracies of all,
        with the other units at their means.
    """
    training, test = (
        recordings.stage(run, layer, "train", per_class=_CHOSEN_PER_CLASS),
        recordings.stage(run, layer),
    )
    seen, labels = (
        recordings.points(run, layer, per_class=_AGAINST_PER_CLASS),
        recordings.labels(per_class=_AGAINST_PER_CLASS),
    )
    scores = selectivity.class_selectivity(selectivity.class_means(training.levels, training.labels))
    live = np.flatnonzero(training.levels.max(0) > 0)
    sets = {
        "selective": selectivity.top_units(scores, SIZE),
        "random": live[random_fives(len(live), seed=run.seed)],
    }
    found = {}
    for name, chosen in sets.items():
        found[f"{name}_silhouette"] = (_AXES[name], unit_subsets.silhouettes(seen, labels, chosen))
        found[f"{name}_accuracy"] = (_AXES[name], unit_subsets.kept_accuracies(test, ablation.mean(training), chosen))
    return xr.Dataset(found, coords={"digit": range(10)})


def _measure(run: Run) -> xr.Dataset:
    test, mean, labels = (
        ablation_effects.scored(run, LAYER),
        ablation_effects.mean(run, LAYER),
        recordings.labels(per_class=PER_CLASS),
    )
    seen = recordings.points(run, LAYER, per_class=PER_CLASS)
    best = best_five(run).units
    probe = probes.logistic_accuracy(
        recordings.points(run, LAYER, "train", per_class=PER_CLASS)[:, best],
        recordings.labels("train", per_class=PER_CLASS),
        test.levels[:, best],
        test.labels,
    )
    found = xr.Dataset(
        {
            "silhouette": unit_subsets.silhouette(seen, labels),
            "accuracy": evaluate.accuracy(test.finish(test.read), test.labels),
            "best": ("member", best),
            "best_silhouette": unit_subsets.silhouettes(seen, labels, best[None])[0],
            "best_accuracy": unit_subsets.kept_accuracies(test, mean, best[None])[0],
            "best_probe": probe,
        },
        coords={"digit": range(10)},
    )
    sets = {"selective": selective_fives(run), "random": random_fives(test.n_units, seed=run.seed)}
    for name, chosen in sets.items():
        found[f"{name}_silhouette"] = (_AXES[name], unit_subsets.silhouettes(seen, labels, chosen))
        found[f"{name}_accuracy"] = (_AXES[name], unit_subsets.kept_accuracies(test, mean, chosen))
    return found


@store.cached
def measure(population: Population) -> xr.Dataset:
    """Score the best, the selective and random fives of every network's layer 2.

    Parameters
    ----------
    population : Population
        Networks with a layer ``relu2``.

    Returns
    -------
    xarray.Dataset
        ``silhouette`` and ``accuracy`` (seed), of the whole layer; ``..._silhouette`` and ``..._accuracy``, with all
        other units at their means, of the ``best`` five (seed), the ``selective`` (seed, digit) and the ``random``
        (seed, draw); ``best`` (seed, member), the numbers of the best five units; ``best_probe`` (seed), the test
        accuracy of a linear probe on them.
    """
    found = parallel.each(_measure, ((run,) for run in population))
    return xr.concat(found, "seed").assign_coords(seed=population.seeds)
