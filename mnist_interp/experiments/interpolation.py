"""Between two networks: accuracy along the straight path of weights, units as they come or matched to each other.

Units of both hidden layers are matched by the correlation of their activations on 10,000 training images; accuracy is
that of all test images. What ten output biases, refitted on training images, give back half way was an offset and no
obstacle. About half a second a pair.
"""

from __future__ import annotations

import numpy as np
import xarray as xr
from torch import nn

from mnist_interp.data import mnist
from mnist_interp.experiments import recordings, sparse_forward
from mnist_interp.experiments.cross_seed_similarity import FITTED_PER_CLASS, pair_names, pairs
from mnist_interp.methods import ablation, bias_refit, evaluate, similarity, weight_matching
from mnist_interp.runtime import parallel, store
from mnist_interp.training.runs import Population, Run

SHARES = tuple(k / 10 for k in range(11))
AS_THEY_COME, MATCHED = ORDERS = ("as they come", "matched")


def matched(one: Run, other: Run) -> nn.Sequential:
    """Return the other network with its hidden units permuted to match those of the one."""
    layers = ablation.read_layers(one.model())
    seen = [recordings.points_of_layers(run, layers, "train", per_class=FITTED_PER_CLASS) for run in (one, other)]
    return weight_matching.permuted(
        other.model(), {layer: similarity.partners(seen[0][layer], seen[1][layer]) for layer in layers}
    )


def _refitted(model: nn.Sequential) -> float:
    """Return a network's accuracy with ten output biases refitted on all training images."""
    train, test = mnist.load("train"), mnist.load("test")
    learned = next(sparse_forward.activations([model], "train", ["output"]))["output"]
    seen = next(sparse_forward.activations([model], "test", ["output"]))["output"]
    return evaluate.accuracy(seen + bias_refit.output_biases(learned, train.labels), test.labels)


def _path(one: Run, other: Run) -> tuple[np.ndarray, list[float]]:
    first, labels = one.model(), mnist.load("test").labels
    ends = {AS_THEY_COME: other.model(), MATCHED: matched(one, other)}
    models = [weight_matching.between(first, ends[order], share) for order in ORDERS for share in SHARES]
    outputs = sparse_forward.activations(models, "test", ["output"])
    found = [evaluate.accuracy(recorded["output"], labels) for recorded in outputs]
    half_way = [_refitted(weight_matching.between(first, ends[order], 0.5)) for order in ORDERS]
    return np.reshape(found, (len(ORDERS), len(SHARES))), half_way


@store.cached
def paths(population: Population) -> xr.Dataset:
    """Measure accuracy along the paths between the networks of disjoint pairs.

    Returns
    -------
    xarray.Dataset
        ``accuracy`` (pair, order, share): of test images, with hidden units ``as they come`` or ``matched``; ``share``
        is the way from the first network (0) to the second (1). ``refitted`` (pair, order): half way, with output
        biases refitted.
    """
    accuracy, refitted = (np.stack(values) for values in zip(*parallel.each(_path, pairs(population)), strict=True))
    return xr.Dataset(
        {"accuracy": (("pair", "order", "share"), accuracy), "refitted": (("pair", "order"), refitted)},
        coords={"pair": pair_names(population), "order": list(ORDERS), "share": list(SHARES)},
    )
