"""Curves in a selective subspace: what runs along them, and why they are thin.

Take a digit's five most selective units of layer 2 and the digit's own images in them. Their *position* is their place
along the direction in which they spread most. How much of it do slant, thickness and loop size predict, measures of
the image that no network has seen? And how much does the network's own lead predict, by how far the digit's logit is
ahead? Where all units but one are silent points lie on a line whatever the digit, so that is counted too. Fitted on
training images, scored on test images; about 1 s a network.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import xarray as xr

from mnist_interp.data import mnist, morphology
from mnist_interp.data.mnist import Split
from mnist_interp.experiments import recordings, subset_scores
from mnist_interp.methods import evaluate, intrinsic_dimension, similarity
from mnist_interp.runtime import parallel, store
from mnist_interp.training.runs import Population, Run

LAYER = "relu2"
FITTED_PER_CLASS = 1_000
TEST_PER_CLASS = 890


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


def _measure(run: Run, checkpoint: int) -> xr.Dataset:
    splits: list[tuple[Split, int]] = [("train", FITTED_PER_CLASS), ("test", TEST_PER_CLASS)]
    seen, ahead, forms, own = [], [], [], []
    for split, count in splits:
        digits = recordings.labels(split, per_class=count)
        logits = recordings.points(run, "output", split, per_class=count, checkpoint=checkpoint)
        seen.append(recordings.points(run, LAYER, split, per_class=count, checkpoint=checkpoint).astype(float))
        ahead.append(evaluate.margins(logits, digits))
        forms.append(shapes(split, count))
        own.append(digits)
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
