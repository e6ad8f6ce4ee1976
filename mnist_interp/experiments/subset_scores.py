"""Five of sixteen units, over a population: the best for the silhouette, the class-selective, the random.

What is chosen is chosen on training images: the best five by the silhouette of all 4,368 subsets on 500 images, the
twenty best of them once more on 2,000; the selective five of a digit by class selectivity on all. Scored on test
images, silhouettes on 2,000. Where the network reads a subset, the other units are at their means and the ten output
biases refitted, on the training images that the probe is fitted on. About 4 s a network.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
import xarray as xr

from mnist_interp.experiments import ablation_effects, recordings, training_moments
from mnist_interp.methods import ablation, bias_refit, evaluate, probes, selectivity, unit_subsets
from mnist_interp.methods.ablation import Stage
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


def selective_live_fives(run: Run) -> np.ndarray:
    """Return what `selective_fives` does, of live units alone; of all where there are fewer than five: (10, 5)."""
    scores = selectivity.class_selectivity(training_moments.of_run(run, LAYER)["class_means"])
    awake = live_units(run)
    return awake[selectivity.top_units(scores[:, awake], SIZE)]


def live_units(run: Run) -> np.ndarray:
    """Return the live units of layer 2, or all where fewer than five are: numbers."""
    live = training_moments.live(run, LAYER)
    return live if len(live) >= SIZE else np.arange(len(training_moments.of_run(run, LAYER)["mean"]))


def random_fives(n_units: int, *, seed: int, count: int = N_RANDOM, size: int = SIZE) -> np.ndarray:
    """Draw different subsets at random, all of them where there are no more: (count, size)."""
    everything = unit_subsets.every(n_units, size)
    chosen = np.random.default_rng(seed).choice(len(everything), min(count, len(everything)), replace=False)
    return everything[np.sort(chosen)]


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


def _refitted(training: Stage, test: Stage, mean: torch.Tensor, units: np.ndarray) -> float:
    """Return test accuracy with all other units at their means, output biases refitted on the training images."""
    gone = [unit for unit in range(test.n_units) if unit not in units]
    learned, read = (ablation.intervene(stage, gone, mean) for stage in (training, test))
    return evaluate.accuracy(read + bias_refit.output_biases(learned, training.labels), test.labels)


def _read(training: Stage, test: Stage, mean: torch.Tensor, units: np.ndarray) -> tuple[float, float]:
    """Return the accuracy of the network with refitted biases, and that of a linear probe, on some units."""
    probe = probes.logistic_accuracy(training.levels[:, units], training.labels, test.levels[:, units], test.labels)
    return _refitted(training, test, mean, units), probe


def _measure(run: Run) -> xr.Dataset:
    test, mean = ablation_effects.scored(run, LAYER), ablation_effects.mean(run, LAYER)
    training = recordings.stage(run, LAYER, "train", per_class=PER_CLASS)
    seen, labels = recordings.points(run, LAYER, per_class=PER_CLASS), recordings.labels(per_class=PER_CLASS)
    best, awake = best_five(run).units, live_units(run)
    best_refitted, best_probe = _read(training, test, mean, best)
    random = awake[random_fives(len(awake), seed=run.seed)]
    selective = selective_live_fives(run)
    read = np.full((2, N_RANDOM), np.nan)
    read[:, : len(random)] = np.transpose([_read(training, test, mean, units) for units in random])
    random_silhouette = np.full(N_RANDOM, np.nan)
    random_silhouette[: len(random)] = unit_subsets.silhouettes(seen, labels, random)
    return xr.Dataset(
        {
            "silhouette": unit_subsets.silhouette(seen, labels),
            "accuracy": evaluate.accuracy(test.finish(test.read), test.labels),
            "best": ("member", best),
            "best_silhouette": unit_subsets.silhouettes(seen, labels, best[None])[0],
            "best_kept": unit_subsets.kept_accuracies(test, mean, best[None])[0],
            "best_refitted": best_refitted,
            "best_probe": best_probe,
            "selective_silhouette": ("digit", unit_subsets.silhouettes(seen, labels, selective)),
            "selective_refitted": ("digit", [_refitted(training, test, mean, units) for units in selective]),
            "random_silhouette": ("draw", random_silhouette),
            "random_refitted": ("draw", read[0]),
            "random_probe": ("draw", read[1]),
        },
        coords={"digit": range(10)},
    )


def refitted_accuracy(run: Run, units: np.ndarray) -> float:
    """Return the test accuracy of a network that keeps some units of layer 2, the others at their means.

    The ten output biases are refitted on 2,000 training images.
    """
    training = recordings.stage(run, LAYER, "train", per_class=PER_CLASS)
    return _refitted(training, ablation_effects.scored(run, LAYER), ablation_effects.mean(run, LAYER), units)


@store.cached
def measure(population: Population) -> xr.Dataset:
    """Score the best, the selective and random fives of every network's layer 2, the last two of live units alone.

    Parameters
    ----------
    population : Population
        Networks with a layer ``relu2``.

    Returns
    -------
    xarray.Dataset
        ``silhouette`` and ``accuracy`` (seed), of the whole layer. Of the ``best`` five (seed), the ``selective``
        (seed, digit) and the ``random`` (seed, draw): ``..._silhouette``; ``..._refitted``, test accuracy with the
        other units at their means and the output biases refitted; ``..._probe``, that of a linear probe on them (not
        of the selective). ``best`` (seed, member), the numbers of the best five units; ``best_kept`` (seed), their
        accuracy with nothing refitted. Draws are not numbers where a network has fewer fives of live units.
    """
    found = parallel.each(_measure, ((run,) for run in population))
    return xr.concat(found, "seed").assign_coords(seed=population.seeds)
