"""What ten refitted output biases give back to a network that keeps a random subset of layer 2's units.

The other units are at their means; biases are refitted on 10,000 training images, accuracies are of test images. With
whole layers and all but one unit kept, every subset is tried: what refitting gives where nothing is lost is no
recovery. About 1 s a network.
"""

from __future__ import annotations

import numpy as np
import torch
import xarray as xr

from mnist_interp.experiments import ablation_effects, pruning_oracle
from mnist_interp.methods import ablation, bias_refit, evaluate, unit_subsets
from mnist_interp.methods.ablation import Stage
from mnist_interp.runtime import parallel, preview, store
from mnist_interp.training.runs import Population, Run

SIZES = (4, 8, 12)
N_DRAWN = preview.reduced(30)


def drawn(n_units: int, size: int, *, seed: int, count: int) -> np.ndarray:
    """Draw different subsets of a size from all, dead units among them: (count, size), all where there are no more."""
    everything = unit_subsets.every(n_units, size)
    chosen = np.random.default_rng(seed).choice(len(everything), min(count, len(everything)), replace=False)
    return everything[np.sort(chosen)]


def with_biases(training: Stage, test: Stage, mean: torch.Tensor, units: np.ndarray) -> tuple[float, float]:
    """Return test accuracy with only some units kept, then with the output biases refitted on the training images."""
    gone = sorted(set(range(test.n_units)) - set(units.tolist()))
    learned, read = (ablation.intervene(stage, gone, mean) for stage in (training, test))
    added = bias_refit.output_biases(learned, training.labels)
    return evaluate.accuracy(read, test.labels), evaluate.accuracy(read + added, test.labels)


def _of_run(run: Run) -> xr.Dataset:
    training, mean = pruning_oracle.chosen_on(run), ablation_effects.mean(run, pruning_oracle.LAYER)
    test = ablation_effects.scored(run, pruning_oracle.LAYER)
    n = test.n_units
    random = [
        [with_biases(training, test, mean, one) for one in drawn(n, size, seed=run.seed, count=N_DRAWN)]
        for size in SIZES
    ]
    without_one = [with_biases(training, test, mean, one) for one in unit_subsets.every(n, n - 1)]
    states = ["as it is", "refitted"]
    return xr.Dataset(
        {
            "random": (("size", "draw", "biases"), np.array(random)),
            "without_one": (("unit", "biases"), np.array(without_one[::-1])),
            "whole": ("biases", np.array(with_biases(training, test, mean, np.arange(n)))),
        },
        coords={"size": list(SIZES), "unit": range(n), "biases": states},
    )


@store.cached
def measured(population: Population) -> xr.Dataset:
    """Return accuracies before and after the output biases are refitted.

    Returns
    -------
    xarray.Dataset
        By ``seed`` and ``biases`` ("as it is", "refitted"), fractions of test images: ``random`` (size, draw), 30
        subsets of each of `SIZES`; ``without_one`` (unit), all units but one; ``whole``, all units.
    """
    found = parallel.each(_of_run, [(run,) for run in population])
    return xr.concat(found, "seed").assign_coords(seed=population.seeds)
