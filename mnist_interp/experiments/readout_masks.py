"""The notebooks' own plan: each logit reads its digit's three most selective neurons alone, and the network learns on.

Does selectivity rise beyond what any such mask forces? Beside it stand the same mask dealt at random, in which every
logit reads three neurons and every neuron is read by as many logits; a mask that keeps as many weights, the largest;
and no mask. What weights that go have said on average enters the output biases. All learn on for five epochs, a network
and epoch takes 0.05 s.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import xarray as xr

from mnist_interp.data import mnist
from mnist_interp.experiments import further_training, recovery, sparse_forward, training_moments
from mnist_interp.methods import selectivity
from mnist_interp.runtime import parallel, preview, store
from mnist_interp.training.runs import Population, Run

LAYER = "relu2"
READ = 3
SELECTIVE, DEALT, LARGEST, FULL = "most selective", "dealt at random", "largest weights", "no mask"
N_DEALT = 1 if preview.enabled() else 3
_SWITCHES = 1_000
RATE = 0.1  # the best of `pruning_tuning`'s table


def selective(run: Run) -> np.ndarray:
    """Return which neuron each logit reads, (10, n_units): its digit's three most selective, on training images."""
    means = training_moments.of_run(run, LAYER)["class_means"]
    mask = np.zeros(means.shape, bool)
    np.put_along_axis(mask, selectivity.top_units(selectivity.class_selectivity(means), READ), True, axis=1)
    return mask


def dealt(mask: np.ndarray, *, seed: int) -> np.ndarray:
    """Deal a mask anew: as many readers for each unit and as many units for each reader, who reads whom at random.

    Two pairs of reader and unit are drawn and exchange their units, if neither pair is there already, a thousand times.
    """
    generator, pairs = np.random.default_rng(seed), np.argwhere(mask)
    found = mask.copy()
    for one, other in generator.integers(len(pairs), size=(_SWITCHES, 2)):
        (first, here), (second, there) = pairs[one], pairs[other]
        if not found[first, there] and not found[second, here]:
            found[first, here] = found[second, there] = False
            found[first, there] = found[second, here] = True
            pairs[one, 1], pairs[other, 1] = there, here
    return found


def largest(run: Run, count: int) -> np.ndarray:
    """Return the mask of the readout's so many largest weights, (10, n_units)."""
    size = np.abs(run.weights["output.weight"][-1])
    mask = np.zeros(size.shape, bool)
    mask.flat[np.argsort(-size, axis=None, kind="stable")[:count]] = True
    return mask


def masks(run: Run) -> dict[str, np.ndarray]:
    """Return all masks of a network by name, (10, n_units) each."""
    own = selective(run)
    drawn = {f"{DEALT} {draw}": dealt(own, seed=N_DEALT * run.seed + draw) for draw in range(N_DEALT)}
    return {SELECTIVE: own, **drawn, LARGEST: largest(run, int(own.sum())), FULL: np.ones_like(own)}


def retrained(run: Run, readouts: list[np.ndarray], *, rate: float) -> list[Run]:
    """Return a network under each mask, trained on, with a checkpoint before and after each epoch."""
    whole, mean = further_training.state(run), training_moments.of_run(run, LAYER)["mean"]
    starts = [
        whole | {"output.bias": (whole["output.bias"] + (whole["output.weight"] * ~mask) @ mean).astype(np.float32)}
        for mask in readouts
    ]
    recipe, stacked = replace(run.recipe, learning_rate=rate), np.stack(readouts)
    return further_training.trained_on(
        recipe, run.seed, starts, epochs=recovery.EPOCHS, skipped=run.recipe.epochs, readouts=stacked
    )


def _pairs(run: Run) -> tuple[np.ndarray, np.ndarray]:
    """Return class selectivity and AUROC on test images, before and after: (2, 10, n_units) each."""
    labels = mnist.load("test").labels
    seen = [one[LAYER].numpy() for one in sparse_forward.activations([run.model(0), run.model()], "test", [LAYER])]
    own = [selectivity.class_selectivity(selectivity.class_means(values, labels)) for values in seen]
    return np.stack(own), np.stack([selectivity.auroc(values, labels) for values in seen])


def _of_run(run: Run) -> xr.Dataset:
    kept = masks(run)
    networks = retrained(run, list(kept.values()), rate=RATE)
    own, auroc = (np.stack(one) for one in zip(*map(_pairs, networks), strict=True))
    read, notebooks = np.stack(list(kept.values())), kept[SELECTIVE]
    axes = ("mask", "state")

    def over(scores: np.ndarray, pairs: np.ndarray) -> np.ndarray:
        return (scores * pairs).sum((-2, -1)) / np.maximum(pairs.sum((-2, -1)), 1)

    return xr.Dataset(
        {
            "read": (("mask", "digit", "unit"), read),
            "accuracy": (("mask", "epoch"), recovery.accuracies(networks, range(recovery.EPOCHS + 1))),
            "selectivity": (axes, over(own, read[:, None])),
            "auroc": (axes, over(auroc, read[:, None])),
            "selectivity_of_notebooks": (axes, over(own, notebooks)),
            "auroc_of_notebooks": (axes, over(auroc, notebooks)),
        },
        coords={
            "mask": list(kept),
            "digit": range(10),
            "unit": range(read.shape[-1]),
            "epoch": range(recovery.EPOCHS + 1),
            "state": list(recovery.STATES),
        },
    )


@store.cached
def measured(population: Population) -> xr.Dataset:
    """Train networks on under the notebooks' mask and the masks that it is held against.

    Parameters
    ----------
    population : Population
        Of a recipe of plain perceptrons on pixels.

    Returns
    -------
    xarray.Dataset
        By ``seed`` and ``mask``: ``read`` (digit, unit), which weights of the readout are used; ``accuracy`` (epoch),
        of test images. Before and after (``state``), on test images: ``selectivity`` and ``auroc``, means over the
        pairs of unit and digit that the mask lets be read, and ``selectivity_of_notebooks`` and ``auroc_of_notebooks``,
        over those of the notebooks' mask.
    """
    found = parallel.each(_of_run, [(run,) for run in population])
    return xr.concat(found, "seed").assign_coords(seed=population.seeds)


def dealt_at_random(found: xr.Dataset) -> xr.Dataset:
    """Return what `measured` found under masks dealt at random, by ``mask``."""
    return found.sel(mask=[f"{DEALT} {draw}" for draw in range(N_DEALT)])
