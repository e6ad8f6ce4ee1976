"""Whether digits that a network confuses are alike: in its gradients, its readout, other readouts, and the pixels.

Likeness is a cosine between two digits' patterns, for each of the 45 pairs; confusion the number of test images of
either that are taken for the other; and the two are compared by Spearman's rho. The mean loss gradient of a digit at
the logits is its mean error, probabilities less the one-hot answer; in layer 2 it is that error passed back through
the readout, so a readout that is alike for two digits makes alike what was opposed.
"""

from __future__ import annotations

import numpy as np
import xarray as xr
from scipy.stats import spearmanr

from mnist_interp.data import mnist
from mnist_interp.experiments import sparse_forward, training_dynamics
from mnist_interp.methods import selectivity
from mnist_interp.runtime import parallel, preview, store
from mnist_interp.training.runs import Population, Run

PAIRS = np.triu_indices(10, 1)
PERMUTATIONS = 10 if preview.enabled() else 100


def likeness(patterns: np.ndarray) -> np.ndarray:
    """Return the cosine of each pair of digits' patterns, (45,), from (10, n)."""
    unit = patterns / np.maximum(np.linalg.norm(patterns, axis=1, keepdims=True), 1e-12)
    return (unit @ unit.T)[PAIRS]


def with_confusion(patterns: np.ndarray, counts: np.ndarray) -> float:
    """Return Spearman's rho of likeness with confusion over the pairs of digits.

    Parameters
    ----------
    patterns : numpy.ndarray of shape (10, n)
        One a digit.
    counts : numpy.ndarray of shape (10, 10)
        Test images by true and predicted digit.
    """
    return float(np.nan_to_num(spearmanr(likeness(patterns), (counts + counts.T)[PAIRS]).statistic))


def beyond(patterns: np.ndarray, counts: np.ndarray, known: np.ndarray) -> float:
    """Return `with_confusion` of patterns at equal likeness of other patterns: the partial rank correlation."""
    one, rival = with_confusion(patterns, counts), with_confusion(known, counts)
    shared = float(np.nan_to_num(spearmanr(likeness(patterns), likeness(known)).statistic))
    return (one - shared * rival) / max(np.sqrt((1 - shared**2) * (1 - rival**2)), 1e-12)


def _errors(run: Run) -> np.ndarray:
    logits = next(sparse_forward.activations([run.model()], "test", ["output"]))["output"].double()
    labels = mnist.load("test").labels
    return selectivity.class_means((logits.softmax(1).numpy() - np.eye(10)[labels]), labels)


def mean_images() -> np.ndarray:
    """Return the mean training image of each digit less the mean of all, (10, 784)."""
    digits = mnist.load("train")
    means = selectivity.class_means(digits.pixels.numpy(), digits.labels)
    return np.asarray(means - digits.pixels.numpy().mean(0))


@store.cached
def measured(population: Population) -> xr.Dataset:
    """Correlate the likeness of digits with their confusion, in each network.

    Returns
    -------
    xarray.Dataset
        Spearman's rho by ``seed``: ``logits``, of mean loss gradients at the logits; ``layer2``, the same passed back
        through the readout; ``permuted``, through the readout with its rows permuted, mean of many permutations;
        ``readout``, of its rows; ``other_readouts``, of those of the other networks, their mean; ``images``, of the
        digits' mean images; ``beyond_images``, of the readout's rows at equal likeness of the mean images.
    """
    confusion = training_dynamics.summary(population)["confusion"].isel(checkpoint=-1).to_numpy()
    readouts = [run.weights["output.weight"][-1].astype(float) for run in population]
    errors, images = parallel.each(_errors, [(run,) for run in population]), mean_images()
    rows = []
    for place, (seed, counts, error) in enumerate(zip(population.seeds, confusion, errors, strict=True)):
        own, generator = readouts[place], np.random.default_rng(seed)
        shuffled = (own[generator.permutation(10)] for _ in range(PERMUTATIONS))
        others = [other for k, other in enumerate(readouts) if k != place]
        rows.append(
            {
                "logits": with_confusion(error, counts),
                "layer2": with_confusion(error @ own, counts),
                "permuted": np.mean([with_confusion(error @ rows, counts) for rows in shuffled]),
                "readout": with_confusion(own, counts),
                "other_readouts": np.mean([with_confusion(other, counts) for other in others]),
                "images": with_confusion(images, counts),
                "beyond_images": beyond(own, counts, images),
            }
        )
    return xr.Dataset({name: ("seed", [row[name] for row in rows]) for name in rows[0]}, {"seed": population.seeds})
