"""Curves in a selective subspace: what runs along them, and why they are thin.

Take a digit's five most selective units of layer 2 and the digit's own images in them. Their *position* is their place
along the direction in which they spread most. How much of it do slant, thickness and loop size predict, measures of
the image that no network has seen? And how much does the network's own lead predict, by how far the digit's logit is
ahead? Where all units but one are silent points lie on a line whatever the digit, so that is counted too. A straight
direction may miss what runs along a curve, so the same is asked of the first coordinate of Isomap; and of all five
units together, how much of the shape they hold. Fitted on training images, scored on test images; about 1 s a network,
and as much for the curve.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import xarray as xr

from mnist_interp.data import mnist, morphology
from mnist_interp.data.mnist import Split
from mnist_interp.experiments import recordings, subset_scores
from mnist_interp.methods import evaluate, intrinsic_dimension, neighbor_graph, probes, similarity
from mnist_interp.runtime import parallel, store
from mnist_interp.training.runs import Population, Run

LAYER = "relu2"
FITTED_PER_CLASS = 1_000
TEST_PER_CLASS = 890
N_CURVED = 400  # of the training images of a digit, for what takes all distances between them
NEIGHBORS = 15


@cache
def shapes(split: Split, per_class: int) -> np.ndarray:
    """Return slant, thickness and loop size of the images that `recordings.points` takes, (n_images, 3)."""
    return morphology.describe(mnist.load(split).images[mnist.sample(split, per_class)])


def direction(points: np.ndarray) -> np.ndarray:
    """Return the unit vector along which points, (n_points, n_units), spread most, its entries' sum positive."""
    axis = np.linalg.svd(points - points.mean(0), full_matrices=False)[2][0]
    return axis if axis.sum() >= 0 else -axis


PREDICTORS = ("all shapes", *morphology.SHAPES, "lead", "shuffled")
Parts = tuple[np.ndarray, np.ndarray]


def _digit(parts: Parts, forms: Parts, leads: Parts, seed: int) -> xr.Dataset:
    """Return the shares that shapes, the lead and shuffled shapes predict, and how thin the cloud is."""
    fitted, test = parts
    axis = direction(fitted)
    along = (fitted - fitted.mean(0)) @ axis, (test - fitted.mean(0)) @ axis

    def share(one: np.ndarray, other: np.ndarray) -> float:
        return float(similarity.linear_r_squared(one, along[0][:, None], other, along[1][:, None])[0])

    generator = np.random.default_rng(seed)
    alone = [share(forms[0][:, [k]], forms[1][:, [k]]) for k in range(len(morphology.SHAPES))]
    by_lead = share(leads[0][:, None], leads[1][:, None])
    null = share(generator.permutation(forms[0]), generator.permutation(forms[1]))
    spread = test.var(0).sum()
    thin = float(along[1].var() / spread) if spread > 0 else 0.0
    few = ((test > 0).sum(1) <= 1).mean()
    return xr.Dataset(
        {
            "share": ("predictor", [share(*forms), *alone, by_lead, null]),
            "one_active": few,
            "along": thin,
            "dimension": intrinsic_dimension.intrinsic(test),
        },
        coords={"predictor": list(PREDICTORS)},
    )


def _recorded(run: Run, layer: str, checkpoint: int = -1) -> Parts:
    """Return a layer on the training images that are fitted on, and on the test images that are scored."""
    return (
        recordings.points(run, layer, "train", per_class=FITTED_PER_CLASS, checkpoint=checkpoint),
        recordings.points(run, layer, "test", per_class=TEST_PER_CLASS, checkpoint=checkpoint),
    )


def _measure(run: Run, checkpoint: int) -> xr.Dataset:
    own = recordings.labels("train", per_class=FITTED_PER_CLASS), recordings.labels(per_class=TEST_PER_CLASS)
    forms = shapes("train", FITTED_PER_CLASS), shapes("test", TEST_PER_CLASS)
    seen = [points.astype(float) for points in _recorded(run, LAYER, checkpoint)]
    logits = _recorded(run, "output", checkpoint)
    ahead = [evaluate.margins(*one) for one in zip(logits, own, strict=True)]
    rows = []
    for digit, units in enumerate(subset_scores.selective_fives(run)):
        first, second = own[0] == digit, own[1] == digit
        parts = seen[0][first][:, units], seen[1][second][:, units]
        measured = forms[0][first], forms[1][second]
        rows.append(_digit(parts, measured, (ahead[0][first], ahead[1][second]), run.seed))
    return xr.concat(rows, "digit").assign_coords(digit=range(10))


@store.cached
def measure(population: Population, checkpoint: int = -1) -> xr.Dataset:
    """Measure every digit's images in its class-selective five of layer 2, in every network.

    Parameters
    ----------
    population : Population
        Networks with a layer ``relu2``.
    checkpoint : int
        Index into the runs' checkpoints; the units are those that are selective after training in any case.

    Returns
    -------
    xarray.Dataset
        ``share`` (seed, digit, predictor): of the variance of the position on test images, what shapes predict, all
        three and each alone, the network's lead, and shuffled shapes. By (seed, digit): ``one_active``, the share of
        images on which at most one of the five units is active; ``along``, the position's share of the cloud's
        variance; ``dimension``, the cloud's intrinsic dimension.
    """
    found = parallel.each(_measure, ((run, checkpoint) for run in population))
    return xr.concat(found, "seed").assign_coords(seed=population.seeds)


def _curved(parts: Parts, forms: Parts, seed: int) -> tuple[float, float, np.ndarray, np.ndarray]:
    """Return what shapes, and permuted ones, give of the place along a curve; what units, and permuted ones, of shapes.

    Each image's place is its first Isomap coordinate.
    """
    few = slice(N_CURVED)
    seen, known = parts[0][few].astype(float), forms[0][few]
    along = neighbor_graph.first_coordinate(seen, parts[1].astype(float), neighbors=NEIGHBORS)
    position = along[0][:, None], along[1][:, None]
    generator = np.random.default_rng(seed)
    permuted = generator.permutation(known), generator.permutation(forms[1])
    by_shapes, by_permuted = (
        float(probes.kernel_r_squared(one, position[0], other, position[1])[0])
        for one, other in ((known, forms[1]), permuted)
    )
    held = probes.kernel_r_squared(seen, known, parts[1], forms[1])
    nothing = probes.kernel_r_squared(generator.permutation(seen), known, parts[1], forms[1])
    return by_shapes, by_permuted, held, nothing


def _curves(run: Run) -> xr.Dataset:
    own = recordings.labels("train", per_class=FITTED_PER_CLASS), recordings.labels(per_class=TEST_PER_CLASS)
    seen, found = _recorded(run, LAYER), []
    for digit, units in enumerate(subset_scores.selective_fives(run)):
        mine = [labels == digit for labels in own]
        parts = seen[0][mine[0]][:, units], seen[1][mine[1]][:, units]
        forms = shapes("train", FITTED_PER_CLASS)[mine[0]], shapes("test", TEST_PER_CLASS)[mine[1]]
        found.append(_curved(parts, forms, run.seed))
    along, permuted, held, nothing = (np.array(part) for part in zip(*found, strict=True))
    return xr.Dataset(
        {
            "along": ("digit", along),
            "along_permuted": ("digit", permuted),
            "held": (("digit", "shape"), held),
            "held_permuted": (("digit", "shape"), nothing),
        },
        coords={"digit": range(10), "shape": list(morphology.SHAPES)},
    )


@store.cached
def curves(population: Population) -> xr.Dataset:
    """Measure what runs along the curve of every digit's images in its class-selective five, and what the five hold.

    Returns
    -------
    xarray.Dataset
        Shares of variance on test images, by kernel ridge regression fitted on 400 training images of the digit:
        ``along`` (seed, digit), of the first Isomap coordinate, by slant, thickness and loop size, and
        ``along_permuted``, by permuted ones; ``held`` (seed, digit, shape), of each shape, by the five units, and
        ``held_permuted``, by those of permuted images.
    """
    found = parallel.each(_curves, ((run,) for run in population))
    return xr.concat(found, "seed").assign_coords(seed=population.seeds)
