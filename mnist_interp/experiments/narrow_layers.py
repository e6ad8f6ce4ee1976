"""What a network keeps and what it loses as its layer 2 gets narrow, down to two units, which can be drawn.

Two linear directions of the pixels are the rival of two trained units: the best two linear discriminants (Fisher 1936)
of the training images, with a logistic readout of their own. A network takes some hundredths of a second; the rival, on
60,000 images, some seconds once.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from mnist_interp.data import mnist
from mnist_interp.experiments import digit_likeness, sparse_forward
from mnist_interp.methods import decision_regions, evaluate, probes, projections, superposition
from mnist_interp.methods.readout_spaces import centered
from mnist_interp.runtime import parallel, preview, store
from mnist_interp.training.runs import Population, Run

WIDTHS = {
    2: "the layer of two",
    4: "the layer of four",
    8: "the layer of eight",
    16: "twelve of the baseline",
    64: "the layer of sixty-four",
}
RECALLED = 0.5
PERMUTATIONS = preview.reduced(1_000)
_FAR = 1e6  # times the largest activation: beyond it no region begins


def smallest_angle(rows: np.ndarray) -> float:
    """Return the smallest angle between two of some directions, (n, n_units), in degrees."""
    unit = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    cosines = (unit @ unit.T)[np.triu_indices(len(rows), 1)]
    return float(np.degrees(np.arccos(np.clip(cosines.max(), -1, 1))))


def _recorded(run: Run, checkpoint: int = -1) -> tuple[np.ndarray, np.ndarray]:
    """Return layer 2 of all test images, (10000, n_units), and their confusion counts, (10, 10)."""
    found = next(sparse_forward.activations([run.model(checkpoint)], "test", ["relu2", "output"]))
    return found["relu2"].numpy(), evaluate.confusion(found["output"], mnist.load("test").labels)


def readout(run: Run, checkpoint: int = -1) -> tuple[np.ndarray, np.ndarray]:
    """Return the readout's weights, (10, n_units), and biases, (10,)."""
    weight, bias = (run.weights[f"output.{name}"][checkpoint].astype(float) for name in ("weight", "bias"))
    return weight, bias


def _of_run(run: Run) -> dict[str, Any]:
    _, counts = _recorded(run)
    training = next(sparse_forward.activations([run.model()], "train", ["relu2"]))["relu2"]
    recall = evaluate.accuracies(counts)
    rows = centered(readout(run)[0])
    return {
        "accuracy": recall[0],
        "recall": recall[1:],
        "effective_dimension": np.float64(superposition.effective_dimension(rows)),
        "angle": np.float64(smallest_angle(rows)),
        "holding": np.count_nonzero(counts.sum(0)),
        "recalled": np.count_nonzero(recall[1:] > RECALLED),
        "dead": np.count_nonzero((training <= 0).all(0).numpy()),
    }


@store.cached
def measured(population: Population) -> xr.Dataset:
    """Measure networks whose layer 2 may be of any width.

    Returns
    -------
    xarray.Dataset
        By ``seed``: ``accuracy`` on the test images, a fraction; ``recall`` (seed, digit), the share of each digit's
        images that are classified correctly; ``effective_dimension`` of the readout's rows less their mean; ``angle``,
        the smallest between two of these, in degrees; ``holding``, how many digits are read on any test image;
        ``recalled``, how many on more than half of their own; ``dead``, units that are 0 on all training images.
    """
    found = parallel.each(_of_run, [(run,) for run in population])
    axes = {name: ("seed", "digit")[: 1 + np.ndim(value)] for name, value in found[0].items()}
    variables = {name: (axes[name], np.stack([row[name] for row in found])) for name in axes}
    return xr.Dataset(variables, {"seed": population.seeds, "digit": range(10)})


def _plane(run: Run) -> dict[str, Any]:
    values, counts = _recorded(run)
    weight, bias = readout(run)
    labels, reach = mnist.load("test").labels, float(values.max()) or 1.0
    quadrant = decision_regions.rectangle((0, 0), (_FAR * reach, _FAR * reach))
    images, generator = digit_likeness.mean_images(), np.random.default_rng(run.seed)
    dealt = [digit_likeness.with_confusion(images[generator.permutation(10)], counts) for _ in range(PERMUTATIONS)]
    likeness = digit_likeness.with_confusion(images, counts)
    return {
        "confusion": counts,
        "corner": decision_regions.extreme(weight),
        "region": np.array([len(part) > 0 for part in decision_regions.regions(weight, bias, quadrant)]),
        "center": np.stack([values[labels == digit].mean(0, dtype=float) for digit in range(10)]),
        "silent": np.float64((values <= 0).all(1).mean()),
        "silent_on": np.array([(values[labels == digit] <= 0).all(1).mean() for digit in range(10)]),
        "on_axis": np.float64(((values <= 0).sum(1) == 1).mean()),
        "likeness": np.float64(likeness),
        "likeness_percentile": np.float64(np.mean(np.array(dealt) < likeness)),
    }


@store.cached
def planes(population: Population) -> xr.Dataset:
    """Describe the plane of a layer of two units, as its readout divides it and as the test images lie in it.

    Returns
    -------
    xarray.Dataset
        ``confusion`` (seed, digit, predicted), counts of test images. By seed and digit: ``corner``, whether the
        digit's readout row is a corner among the ten, so that its region has no end; ``region``, whether the digit is
        read anywhere that the layer can reach; ``silent_on``, the share of its images on which both units are 0, all of
        which are read alike; ``center`` (seed, digit, unit), the mean of its images. By seed:
        ``silent`` and ``on_axis``, the shares of test images on which both units are 0, or just one; ``likeness``,
        Spearman's rho over pairs of digits of their mean images' cosine and of their confusions;
        ``likeness_percentile``, the share of random deals of the mean images to the digits that agree less.
    """
    found = parallel.each(_plane, [(run,) for run in population])
    axes = {
        "confusion": ("digit", "predicted"),
        "center": ("digit", "unit"),
        **dict.fromkeys(("corner", "region", "silent_on"), ("digit",)),
        **dict.fromkeys(("silent", "on_axis", "likeness", "likeness_percentile"), ()),
    }
    variables = {name: (("seed", *axes[name]), np.stack([row[name] for row in found])) for name in axes}
    return xr.Dataset(variables, {"seed": population.seeds, "digit": range(10)})


@store.cached
def two_directions() -> xr.Dataset:
    """Read digits from the two best linear discriminants of the training pixels: ``accuracy``, of the test images."""
    train, test = mnist.load("train"), mnist.load("test")
    chosen = mnist.sample("train", 500) if preview.enabled() else np.arange(len(train))
    pixels, labels = train.pixels.numpy()[chosen], train.labels[chosen]
    basis = projections.discriminant_basis(pixels, labels)
    placed = [basis.transform(images) for images in (pixels, test.pixels.numpy())]
    return xr.Dataset({"accuracy": probes.logistic_accuracy(placed[0], labels, placed[1], test.labels)})
